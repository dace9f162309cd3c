"""Amazon API Gateway: deployments, stages and the settings of a stage's methods."""

from typing import Any, ClassVar

from toq_aws_provider.resources.apigateway import ApiPart, Patch, TaggedPart, replace
from toq_aws_provider.values import Object, Value


class Deployment(ApiPart):
    """A snapshot of the API; `triggers` say when a new one is due and are Terraform's alone."""

    type = "aws_api_gateway_deployment"
    noun = "deployment"
    key: ClassVar = {"rest_api_id": "restApiId", "id": "deploymentId"}
    properties: ClassVar = {"description": ("description", "")}
    unsupported_attributes = ("variables",)  # a stage's own variables say the same

    def attributes(self, state: Object, actual: dict[str, Any]) -> Object:
        created = actual["createdDate"].strftime("%Y-%m-%dT%H:%M:%SZ")
        return {**super().attributes(state, actual), "created_date": created}


class Stage(TaggedPart):
    type = "aws_api_gateway_stage"
    noun, id_prefix = "stage", "ags"
    key: ClassVar = {"rest_api_id": "restApiId", "stage_name": "stageName"}
    properties: ClassVar = {
        "cache_cluster_enabled": ("cacheClusterEnabled", False),
        "cache_cluster_size": ("cacheClusterSize", None),
        "deployment_id": ("deploymentId", None),
        "description": ("description", ""),
        "variables": ("variables", {}),
        "xray_tracing_enabled": ("tracingEnabled", False),
    }
    settles: ClassVar = {"cache_cluster_enabled": False}
    unsupported_attributes = ("canary_settings", "client_certificate_id", "documentation_version")

    def arn(self, state: Object) -> str:
        return f"arn:aws:apigateway:{self.aws.region}::/restapis/{state['rest_api_id']}/stages/{state['stage_name']}"

    def after_create(self, identifier: str, planned: Object) -> None:
        super().after_create(identifier, planned)
        if planned["access_log_settings"]:
            self.patch(planned, self._access_log(planned))

    @staticmethod
    def _access_log(planned: Object) -> list[Patch]:
        for block in planned["access_log_settings"]:
            return [
                replace("/accessLogSettings/destinationArn", block["destination_arn"]),
                replace("/accessLogSettings/format", block["format"]),
            ]
        return [{"op": "remove", "path": "/accessLogSettings"}]

    def attributes(self, state: Object, actual: dict[str, Any]) -> Object:
        api, name = state["rest_api_id"], state["stage_name"]
        log = actual.get("accessLogSettings") or {}
        logged = [{"destination_arn": log["destinationArn"], "format": log["format"]}] if log else []
        return {
            **super().attributes(state, actual),
            "access_log_settings": logged,
            "execution_arn": self.aws.arn("execute-api", f"{api}/{name}"),
            "invoke_url": f"https://{api}.execute-api.{self.aws.region}.amazonaws.com/{name}",
            "web_acl_arn": actual.get("webAclArn", ""),
        }

    def changes(self, old: Object, new: Object) -> list[Patch]:
        log = self._access_log(new) if old["access_log_settings"] != new["access_log_settings"] else []
        return super().changes(old, new) + log


# Terraform attribute -> path under the method's, key in the stage's answer, and API Gateway's default.
# AWS page: "MethodSetting" (Amazon API Gateway REST API).
_SETTINGS: dict[str, tuple[str, str, Value]] = {
    "cache_data_encrypted": ("caching/dataEncrypted", "cacheDataEncrypted", False),
    "cache_ttl_in_seconds": ("caching/ttlInSeconds", "cacheTtlInSeconds", 300),
    "caching_enabled": ("caching/enabled", "cachingEnabled", False),
    "data_trace_enabled": ("logging/dataTrace", "dataTraceEnabled", False),
    "logging_level": ("logging/loglevel", "loggingLevel", "OFF"),
    "metrics_enabled": ("metrics/enabled", "metricsEnabled", False),
    "require_authorization_for_cache_control": (
        "caching/requireAuthorizationForCacheControl", "requireAuthorizationForCacheControl", True,
    ),
    "throttling_burst_limit": ("throttling/burstLimit", "throttlingBurstLimit", -1),
    "throttling_rate_limit": ("throttling/rateLimit", "throttlingRateLimit", -1),
    "unauthorized_cache_control_header_strategy": (
        "caching/unauthorizedCacheControlHeaderStrategy", "unauthorizedCacheControlHeaderStrategy",
        "SUCCEED_WITH_RESPONSE_HEADER",
    ),
}  # fmt: skip


class MethodSettings(ApiPart):
    """Kept by the stage, under the method's path."""

    type = "aws_api_gateway_method_settings"
    noun = "stage"
    key: ClassVar = {"rest_api_id": "restApiId", "stage_name": "stageName"}

    def create(self, planned: Object) -> str:
        self.update("", {"settings": [{}]}, planned)
        return "-".join(planned[name] for name in ("rest_api_id", "stage_name", "method_path"))

    def read(self, identifier: str, state: Object) -> Object | None:
        actual = self.call("get", state).get("methodSettings", {}).get(state["method_path"].lstrip("/"))
        if actual is None:
            return None
        settings = {name: actual.get(key, default) for name, (_, key, default) in _SETTINGS.items()}
        return {**{name: state[name] for name in self.requires_replace}, "settings": [settings]}

    def changes(self, old: Object, new: Object) -> list[Patch]:
        before, after = old["settings"][0], new["settings"][0]
        return [
            replace(f"/{new['method_path']}/{setting}", _number(after[name]))
            for name, (setting, _, _) in _SETTINGS.items()
            if after[name] is not None and after[name] != before.get(name)
        ]

    def delete(self, identifier: str, state: Object) -> None:
        self.patch(state, [{"op": "remove", "path": f"/{state['method_path']}"}])

    def import_state(self, identifier: str) -> Object:
        api, stage, path = identifier.split("/", 2)
        return {"id": "-".join((api, stage, path)), "rest_api_id": api, "stage_name": stage, "method_path": path}


def _number(value: Value) -> Value:
    return int(value) if isinstance(value, float) and value.is_integer() else value
