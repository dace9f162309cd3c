"""Amazon API Gateway: REST APIs, who may call them, VPC links, and the account's settings."""

import json
from typing import Any, ClassVar

from toq_aws_provider.aws_calls import given
from toq_aws_provider.resources.apigateway import ApiPart, Patch, TaggedPart, replace
from toq_aws_provider.values import Object


class RestApi(TaggedPart):
    type = "aws_api_gateway_rest_api"
    noun = "rest_api"
    key: ClassVar = {"id": "restApiId"}
    properties: ClassVar = {
        "api_key_source": ("apiKeySource", "HEADER"),
        "description": ("description", ""),
        "disable_execute_api_endpoint": ("disableExecuteApiEndpoint", False),
        "name": ("name", ""),
    }
    suppressed_defaults = ("put_rest_api_mode",)
    optional_computed_blocks = ("endpoint_configuration",)
    unsupported_attributes = (
        "binary_media_types", "body", "endpoint_configuration.ip_address_type", "fail_on_warnings",
        "minimum_compression_size", "parameters", "put_rest_api_mode",
        "policy",  # a type of its own
    )  # fmt: skip

    def arn(self, state: Object) -> str:
        return f"arn:aws:apigateway:{self.aws.region}::/restapis/{state['id']}"

    def arguments(self, planned: Object) -> dict[str, Any]:
        return super().arguments(planned) | given(endpointConfiguration=self._endpoint(planned) or None)

    @staticmethod
    def _endpoint(planned: Object) -> dict[str, Any]:
        for block in planned["endpoint_configuration"]:
            return given(types=block["types"], vpcEndpointIds=block["vpc_endpoint_ids"])
        return {}

    def attributes(self, state: Object, actual: dict[str, Any]) -> Object:
        resources = self.api.get_resources(restApiId=state["id"], limit=500)["items"]
        endpoint = actual.get("endpointConfiguration") or {}
        return {
            **super().attributes(state, actual),
            "created_date": actual["createdDate"].strftime("%Y-%m-%dT%H:%M:%SZ"),
            "endpoint_configuration": [
                {
                    "ip_address_type": endpoint.get("ipAddressType"),
                    "types": endpoint.get("types", ["EDGE"]),
                    "vpc_endpoint_ids": endpoint.get("vpcEndpointIds", []),
                }
            ],
            "execution_arn": self.aws.arn("execute-api", state["id"]),
            "root_resource_id": next((item["id"] for item in resources if item["path"] == "/"), None),
        }

    def changes(self, old: Object, new: Object) -> list[Patch]:
        return super().changes(old, new) + self._endpoint_changes(old, new)

    def _endpoint_changes(self, old: Object, new: Object) -> list[Patch]:
        before, after = self._endpoint(old), self._endpoint(new)
        if before.get("types") != after.get("types") and after:
            endpoint_type = (before.get("types") or ["EDGE"])[0]
            return [replace(f"/endpointConfiguration/types/{endpoint_type}", after["types"][0])]
        path = "/endpointConfiguration/vpcEndpointIds"
        gone = {*(before.get("vpcEndpointIds") or [])} - {*(after.get("vpcEndpointIds") or [])}
        come = {*(after.get("vpcEndpointIds") or [])} - {*(before.get("vpcEndpointIds") or [])}
        return [
            *({"op": "remove", "path": path, "value": endpoint} for endpoint in sorted(gone)),
            *({"op": "add", "path": path, "value": endpoint} for endpoint in sorted(come)),
        ]


def policy_text(api: dict[str, Any]) -> str:
    """A REST API's policy; API Gateway answers it as the inside of a JSON string, with its quotes escaped."""
    text: str = api.get("policy") or ""
    if '\\"' not in text:
        return text
    unescaped: str = json.loads(f'"{text}"')
    return unescaped


class RestApiPolicy(ApiPart):
    """The policy of a REST API, managed apart from it because it names the API."""

    type = "aws_api_gateway_rest_api_policy"
    noun = "rest_api"
    key: ClassVar = {"rest_api_id": "restApiId"}
    policy_documents = ("policy",)

    def create(self, planned: Object) -> str:
        self.patch(planned, [replace("/policy", planned["policy"])])
        return str(planned["rest_api_id"])

    def read(self, identifier: str, state: Object) -> Object | None:
        policy = policy_text(self.api.get_rest_api(restApiId=identifier))
        return {"rest_api_id": identifier, "policy": policy} if policy else None

    def update(self, identifier: str, old: Object, new: Object) -> None:
        self.create(new)

    def delete(self, identifier: str, state: Object) -> None:
        self.create({**state, "policy": ""})


class Account(ApiPart):
    """The region's one account object: creating it sets the role, deleting it takes the role away."""

    type = "aws_api_gateway_account"
    noun = "account"
    key: ClassVar = {}

    def create(self, planned: Object) -> str:
        self.patch(planned, [replace("/cloudwatchRoleArn", planned["cloudwatch_role_arn"])])
        return self.aws.account

    def read(self, identifier: str, state: Object) -> Object | None:
        account = self.api.get_account()
        throttle = account.get("throttleSettings") or {}
        return {
            "api_key_version": account.get("apiKeyVersion"),
            "cloudwatch_role_arn": account.get("cloudwatchRoleArn", ""),
            "features": account.get("features", []),
            "throttle_settings": [{"burst_limit": throttle.get("burstLimit"), "rate_limit": throttle.get("rateLimit")}],
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        self.create(new)

    def delete(self, identifier: str, state: Object) -> None:
        self.create({"cloudwatch_role_arn": None})

    def import_state(self, identifier: str) -> Object:
        return {"id": identifier}


class VpcLink(TaggedPart):
    """LocalStack leaves a VPC link PENDING for ever, so nothing waits for AVAILABLE."""

    type = "aws_api_gateway_vpc_link"
    noun = "vpc_link"
    key: ClassVar = {"id": "vpcLinkId"}
    properties: ClassVar = {
        "description": ("description", ""),
        "name": ("name", ""),
        "target_arns": ("targetArns", []),
    }

    def arn(self, state: Object) -> str:
        return f"arn:aws:apigateway:{self.aws.region}::/vpclinks/{state['id']}"
