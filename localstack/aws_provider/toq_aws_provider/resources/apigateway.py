"""Amazon API Gateway: REST APIs, who may call them, VPC links, and the account's settings."""

import json
from typing import Any

from toq_aws_provider.calls import given
from toq_aws_provider.resource import Resource
from toq_aws_provider.values import Object, Value

NOT_FOUND = ("NotFoundException",)
Patch = dict[str, str]


def replace(path: str, value: Value) -> Patch:
    """A patch operation that sets one value; API Gateway takes texts only."""
    text = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
    return {"op": "replace", "path": path, "value": text}


def changed(old: Object, new: Object, paths: dict[str, str]) -> list[Patch]:
    """Patch operations for plain attributes: attribute -> path."""
    return [replace(path, new[name]) for name, path in paths.items() if old[name] != new[name]]


def changed_items(old: dict[str, Value] | None, new: dict[str, Value] | None, path: str) -> list[Patch]:
    """Patch operations for a map, whose keys are part of the path (JSON Pointer: / is written ~1)."""
    before, after = old or {}, new or {}

    def item(key: str) -> str:
        return f"{path}/{key.replace('~', '~0').replace('/', '~1')}"

    gone = [{"op": "remove", "path": item(key)} for key in sorted(before.keys() - after.keys())]
    added = [{**replace(item(key), after[key]), "op": "add"} for key in sorted(after.keys() - before.keys())]
    kept = sorted(key for key in before.keys() & after.keys() if before[key] != after[key])
    return gone + added + [replace(item(key), after[key]) for key in kept]


class ApiPart(Resource):
    """Something inside a REST API."""

    service = "apigateway"
    missing = NOT_FOUND


class TaggedPart(ApiPart):
    """A part with tags. LocalStack keeps those of TagResource only, and shows them in GetTags only."""

    def arn(self, state: Object) -> str:
        """The part's ARN, from the attributes that name it."""
        raise TypeError(f"{self.type} has no ARN")

    def finish(self, identifier: str, planned: Object) -> None:
        if planned["tags_all"]:
            self.retag(identifier, planned, planned["tags_all"], [])

    def retag(self, identifier: str, new: Object, changed: dict[str, str], removed: list[str]) -> None:
        arn = self.arn(new)
        if changed:
            self.api.tag_resource(resourceArn=arn, tags=changed)
        if removed:
            self.api.untag_resource(resourceArn=arn, tagKeys=removed)

    def _tags(self, state: Object) -> dict[str, str]:
        tags: dict[str, str] = self.api.get_tags(resourceArn=self.arn(state)).get("tags", {})
        return tags


class RestApi(TaggedPart):
    type = "aws_api_gateway_rest_api"
    kept_blocks = ("endpoint_configuration",)
    policy_documents = ("policy",)
    unserved = ("body", "fail_on_warnings", "parameters", "put_rest_api_mode")

    def arn(self, state: Object) -> str:
        return f"arn:aws:apigateway:{self.aws.region}::/restapis/{state['id']}"

    def create(self, planned: Object) -> str:
        size = planned["minimum_compression_size"]
        identifier: str = self.api.create_rest_api(
            name=planned["name"],
            **given(
                apiKeySource=planned["api_key_source"],
                binaryMediaTypes=planned["binary_media_types"],
                description=planned["description"],
                disableExecuteApiEndpoint=planned["disable_execute_api_endpoint"],
                endpointConfiguration=self._endpoint(planned),
                minimumCompressionSize=int(size) if size else None,
                policy=planned["policy"],
            ),
        )["id"]
        return identifier

    @staticmethod
    def _endpoint(planned: Object) -> dict[str, Any] | None:
        for block in planned["endpoint_configuration"]:
            return given(
                types=block["types"], vpcEndpointIds=block["vpc_endpoint_ids"], ipAddressType=block["ip_address_type"]
            )
        return None

    def read(self, identifier: str, state: Object) -> Object | None:
        actual = self.api.get_rest_api(restApiId=identifier)
        resources = self.api.get_resources(restApiId=identifier, limit=500)["items"]
        endpoint = actual.get("endpointConfiguration") or {}
        size = actual.get("minimumCompressionSize")
        return {
            "api_key_source": actual.get("apiKeySource", "HEADER"),
            "arn": self.arn(state),
            "binary_media_types": actual.get("binaryMediaTypes", []),
            "created_date": actual["createdDate"].strftime("%Y-%m-%dT%H:%M:%SZ"),
            "description": actual.get("description", ""),
            "disable_execute_api_endpoint": actual.get("disableExecuteApiEndpoint", False),
            "endpoint_configuration": [
                {
                    "types": endpoint.get("types", ["EDGE"]),
                    "vpc_endpoint_ids": endpoint.get("vpcEndpointIds", []),
                    "ip_address_type": endpoint.get("ipAddressType"),
                }
            ],
            "execution_arn": self.aws.arn("execute-api", identifier),
            "minimum_compression_size": "" if size is None else str(size),
            "name": actual["name"],
            "policy": policy_text(actual),
            "root_resource_id": next((item["id"] for item in resources if item["path"] == "/"), None),
            "tags_all": self._tags(state),
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        operations = changed(
            old,
            new,
            {
                "api_key_source": "/apiKeySource",
                "description": "/description",
                "disable_execute_api_endpoint": "/disableExecuteApiEndpoint",
                "minimum_compression_size": "/minimumCompressionSize",
                "name": "/name",
                "policy": "/policy",
            },
        )
        operations += self._endpoint_changes(old, new)
        before, after = (dict.fromkeys(item["binary_media_types"] or []) for item in (old, new))
        operations += changed_items(before, after, "/binaryMediaTypes")
        if operations:
            self.api.update_rest_api(restApiId=identifier, patchOperations=operations)

    def _endpoint_changes(self, old: Object, new: Object) -> list[Patch]:
        before, after = self._endpoint(old) or {}, self._endpoint(new) or {}
        if before.get("types") != after.get("types") and after:
            kind = (before.get("types") or ["EDGE"])[0]
            return [replace(f"/endpointConfiguration/types/{kind}", after["types"][0])]
        path = "/endpointConfiguration/vpcEndpointIds"
        gone = {*(before.get("vpcEndpointIds") or [])} - {*(after.get("vpcEndpointIds") or [])}
        come = {*(after.get("vpcEndpointIds") or [])} - {*(before.get("vpcEndpointIds") or [])}
        return [
            *({"op": "remove", "path": path, "value": endpoint} for endpoint in sorted(gone)),
            *({"op": "add", "path": path, "value": endpoint} for endpoint in sorted(come)),
        ]

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_rest_api(restApiId=identifier)


def policy_text(api: dict[str, Any]) -> str:
    """A REST API's policy; API Gateway answers it as the inside of a JSON string, with its quotes escaped."""
    text: str = api.get("policy") or ""
    if '\\"' not in text:
        return text
    unescaped: str = json.loads(f'"{text}"')
    return unescaped


class RestApiPolicy(ApiPart):
    type = "aws_api_gateway_rest_api_policy"
    force_new = ("rest_api_id",)
    policy_documents = ("policy",)

    def create(self, planned: Object) -> str:
        self._set(planned["rest_api_id"], planned["policy"])
        return str(planned["rest_api_id"])

    def _set(self, api: str, policy: str) -> None:
        self.api.update_rest_api(restApiId=api, patchOperations=[replace("/policy", policy)])

    def read(self, identifier: str, state: Object) -> Object | None:
        policy = policy_text(self.api.get_rest_api(restApiId=identifier))
        return {"rest_api_id": identifier, "policy": policy} if policy else None

    def update(self, identifier: str, old: Object, new: Object) -> None:
        self._set(identifier, new["policy"])

    def delete(self, identifier: str, state: Object) -> None:
        self._set(identifier, "")


class Account(ApiPart):
    """The region's one account object: creating it sets the role, deleting it takes the role away."""

    type = "aws_api_gateway_account"

    def create(self, planned: Object) -> str:
        self._set(planned["cloudwatch_role_arn"])
        return "api-gateway-account"

    def _set(self, role: str | None) -> None:
        self.api.update_account(patchOperations=[replace("/cloudwatchRoleArn", role)])

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
        self._set(new["cloudwatch_role_arn"])

    def delete(self, identifier: str, state: Object) -> None:
        self._set(None)


class VpcLink(TaggedPart):
    """LocalStack leaves a VPC link PENDING for ever, so nothing waits for AVAILABLE."""

    type = "aws_api_gateway_vpc_link"
    force_new = ("target_arns",)

    def arn(self, state: Object) -> str:
        return f"arn:aws:apigateway:{self.aws.region}::/vpclinks/{state['id']}"

    def create(self, planned: Object) -> str:
        identifier: str = self.api.create_vpc_link(
            name=planned["name"],
            targetArns=planned["target_arns"],
            **given(description=planned["description"]),
        )["id"]
        return identifier

    def read(self, identifier: str, state: Object) -> Object | None:
        link = self.api.get_vpc_link(vpcLinkId=identifier)
        return {
            "arn": self.arn(state),
            "description": link.get("description", ""),
            "name": link["name"],
            "tags_all": self._tags(state),
            "target_arns": link["targetArns"],
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        operations = changed(old, new, {"name": "/name", "description": "/description"})
        if operations:
            self.api.update_vpc_link(vpcLinkId=identifier, patchOperations=operations)

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_vpc_link(vpcLinkId=identifier)
