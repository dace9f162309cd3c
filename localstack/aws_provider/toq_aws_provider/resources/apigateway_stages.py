"""Amazon API Gateway: deployments, stages and the settings of a stage's methods."""

from typing import Any, ClassVar

from toq_aws_provider.calls import given
from toq_aws_provider.resources.apigateway import ApiPart, Patch, TaggedPart, changed, changed_items, replace
from toq_aws_provider.values import Object, Value


class Deployment(ApiPart):
    """A snapshot of the API; `triggers` say when a new one is due and are Terraform's alone."""

    type = "aws_api_gateway_deployment"
    force_new = ("rest_api_id", "triggers", "variables")

    def create(self, planned: Object) -> str:
        identifier: str = self.api.create_deployment(
            restApiId=planned["rest_api_id"],
            **given(description=planned["description"], variables=planned["variables"]),
        )["id"]
        return identifier

    def read(self, identifier: str, state: Object) -> Object | None:
        deployment = self.api.get_deployment(restApiId=state["rest_api_id"], deploymentId=identifier)
        return {
            "rest_api_id": state["rest_api_id"],
            "created_date": deployment["createdDate"].strftime("%Y-%m-%dT%H:%M:%SZ"),
            "description": deployment.get("description", ""),
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        operations = changed(old, new, {"description": "/description"})
        if operations:
            self.api.update_deployment(
                restApiId=new["rest_api_id"], deploymentId=identifier, patchOperations=operations
            )

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_deployment(restApiId=state["rest_api_id"], deploymentId=identifier)

    def import_state(self, identifier: str) -> Object:
        api, _, deployment = identifier.partition("/")
        return {"id": deployment, "rest_api_id": api}


class Stage(TaggedPart):
    type = "aws_api_gateway_stage"
    force_new = ("rest_api_id", "stage_name")
    unserved = ("canary_settings", "client_certificate_id", "documentation_version")

    def create(self, planned: Object) -> str:
        self.api.create_stage(
            restApiId=planned["rest_api_id"],
            stageName=planned["stage_name"],
            deploymentId=planned["deployment_id"],
            **given(
                cacheClusterEnabled=planned["cache_cluster_enabled"],
                cacheClusterSize=planned["cache_cluster_size"],
                description=planned["description"],
                tracingEnabled=planned["xray_tracing_enabled"],
                variables=planned["variables"],
            ),
        )
        return f"ags-{planned['rest_api_id']}-{planned['stage_name']}"

    def arn(self, state: Object) -> str:
        return f"arn:aws:apigateway:{self.aws.region}::/restapis/{state['rest_api_id']}/stages/{state['stage_name']}"

    def finish(self, identifier: str, planned: Object) -> None:
        super().finish(identifier, planned)
        if planned["access_log_settings"]:
            self._patch(planned, self._access_log(planned))

    @staticmethod
    def _access_log(planned: Object) -> list[Patch]:
        for block in planned["access_log_settings"]:
            return [
                replace("/accessLogSettings/destinationArn", block["destination_arn"]),
                replace("/accessLogSettings/format", block["format"]),
            ]
        return [{"op": "remove", "path": "/accessLogSettings"}]

    def _patch(self, state: Object, operations: list[Patch]) -> None:
        self.api.update_stage(restApiId=state["rest_api_id"], stageName=state["stage_name"], patchOperations=operations)

    def read(self, identifier: str, state: Object) -> Object | None:
        api, name = state["rest_api_id"], state["stage_name"]
        stage = self.api.get_stage(restApiId=api, stageName=name)
        log = stage.get("accessLogSettings") or {}
        return {
            "access_log_settings": [{"destination_arn": log["destinationArn"], "format": log["format"]}]
            if log.get("destinationArn")
            else [],
            "arn": self.arn(state),
            "cache_cluster_enabled": stage.get("cacheClusterEnabled", False),
            "deployment_id": stage["deploymentId"],
            "description": stage.get("description", ""),
            "execution_arn": self.aws.arn("execute-api", f"{api}/{name}"),
            "invoke_url": f"https://{api}.execute-api.{self.aws.region}.amazonaws.com/{name}",
            "rest_api_id": api,
            "stage_name": name,
            "tags_all": self._tags(state),
            "variables": stage.get("variables", {}),
            "web_acl_arn": stage.get("webAclArn", ""),
            "xray_tracing_enabled": stage.get("tracingEnabled", False),
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        plain = {
            "cache_cluster_enabled": "/cacheClusterEnabled",
            "cache_cluster_size": "/cacheClusterSize",
            "deployment_id": "/deploymentId",
            "description": "/description",
            "xray_tracing_enabled": "/tracingEnabled",
        }
        operations = changed(old, new, plain)
        operations += changed_items(old["variables"], new["variables"], "/variables")
        if old["access_log_settings"] != new["access_log_settings"]:
            operations += self._access_log(new)
        if operations:
            self._patch(new, operations)

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_stage(restApiId=state["rest_api_id"], stageName=state["stage_name"])

    def import_state(self, identifier: str) -> Object:
        api, _, stage = identifier.partition("/")
        return {"id": f"ags-{api}-{stage}", "rest_api_id": api, "stage_name": stage}


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
    type = "aws_api_gateway_method_settings"
    force_new = ("method_path", "rest_api_id", "stage_name")
    defaults: ClassVar = {"settings.throttling_burst_limit": -1, "settings.throttling_rate_limit": -1}

    def create(self, planned: Object) -> str:
        self._set(None, planned)
        return "-".join(planned[name] for name in ("rest_api_id", "stage_name", "method_path"))

    def _set(self, old: Object | None, new: Object) -> None:
        before, after = (old["settings"][0] if old else {}), new["settings"][0]
        path = f"/{new['method_path']}"
        operations = [
            replace(f"{path}/{setting}", _number(after[name]))
            for name, (setting, _, _) in _SETTINGS.items()
            if after[name] is not None and after[name] != before.get(name)
        ]
        if operations:
            self._patch(new, operations)

    def _patch(self, state: Object, operations: list[Patch]) -> None:
        self.api.update_stage(restApiId=state["rest_api_id"], stageName=state["stage_name"], patchOperations=operations)

    def read(self, identifier: str, state: Object) -> Object | None:
        stage = self.api.get_stage(restApiId=state["rest_api_id"], stageName=state["stage_name"])
        actual: dict[str, Any] | None = stage.get("methodSettings", {}).get(state["method_path"].lstrip("/"))
        if actual is None:
            return None
        settings = {name: actual.get(key, default) for name, (_, key, default) in _SETTINGS.items()}
        return {**{name: state[name] for name in self.force_new}, "settings": [settings]}

    def update(self, identifier: str, old: Object, new: Object) -> None:
        self._set(old, new)

    def delete(self, identifier: str, state: Object) -> None:
        self._patch(state, [{"op": "remove", "path": f"/{state['method_path']}"}])

    def import_state(self, identifier: str) -> Object:
        api, stage, path = identifier.split("/", 2)
        return {"id": "-".join((api, stage, path)), "rest_api_id": api, "stage_name": stage, "method_path": path}


def _number(value: Value) -> Value:
    return int(value) if isinstance(value, float) and value.is_integer() else value
