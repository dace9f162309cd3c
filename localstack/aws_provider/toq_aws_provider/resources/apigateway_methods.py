"""Amazon API Gateway: a REST API's paths, models, validators, methods and integrations."""

from typing import Any, ClassVar

from toq_aws_provider.resources.apigateway import ApiPart
from toq_aws_provider.values import Object

_METHOD = {"rest_api_id": "restApiId", "resource_id": "resourceId", "http_method": "httpMethod"}


class ApiResource(ApiPart):
    type = "aws_api_gateway_resource"
    noun = "resource"
    key: ClassVar = {"rest_api_id": "restApiId", "id": "resourceId"}
    properties: ClassVar = {"parent_id": ("parentId", None), "path_part": ("pathPart", None)}
    recompute: ClassVar = {"path": ("parent_id", "path_part")}

    def attributes(self, state: Object, actual: dict[str, Any]) -> Object:
        return {**super().attributes(state, actual), "path": actual["path"]}


class RequestValidator(ApiPart):
    type = "aws_api_gateway_request_validator"
    noun = "request_validator"
    key: ClassVar = {"rest_api_id": "restApiId", "id": "requestValidatorId"}
    properties: ClassVar = {
        "name": ("name", ""),
        "validate_request_body": ("validateRequestBody", False),
        "validate_request_parameters": ("validateRequestParameters", False),
    }


class Model(ApiPart):
    type = "aws_api_gateway_model"
    noun = "model"
    key: ClassVar = {"rest_api_id": "restApiId", "name": "modelName"}
    properties: ClassVar = {
        "name": ("name", ""),
        "content_type": ("contentType", ""),
        "description": ("description", ""),
        "schema": ("schema", ""),
    }
    json_documents = ("schema",)

    def attributes(self, state: Object, actual: dict[str, Any]) -> Object:
        return {**super().attributes(state, actual), "id": actual["id"]}


class Method(ApiPart):
    type = "aws_api_gateway_method"
    noun, creation, id_prefix = "method", "put", "agm"
    key: ClassVar = _METHOD
    properties: ClassVar = {
        "api_key_required": ("apiKeyRequired", False),
        "authorization": ("authorizationType", "NONE"),
        "operation_name": ("operationName", ""),
        "request_models": ("requestModels", {}),
        "request_parameters": ("requestParameters", {}),
        "request_validator_id": ("requestValidatorId", ""),
    }
    unsupported_attributes = ("authorization_scopes", "authorizer_id")


class Integration(ApiPart):
    type = "aws_api_gateway_integration"
    noun, creation, id_prefix = "integration", "put", "agi"
    key: ClassVar = _METHOD
    properties: ClassVar = {
        "cache_key_parameters": ("cacheKeyParameters", []),
        "cache_namespace": ("cacheNamespace", None),
        "connection_id": ("connectionId", ""),
        "connection_type": ("connectionType", "INTERNET"),
        "content_handling": ("contentHandling", ""),
        "credentials": ("credentials", ""),
        "passthrough_behavior": ("passthroughBehavior", None),
        "request_parameters": ("requestParameters", {}),
        "request_templates": ("requestTemplates", {}),
        "timeout_milliseconds": ("timeoutInMillis", 29_000),
        "type": ("type", None),
        "uri": ("uri", ""),
    }
    unsupported_attributes = ("integration_target", "tls_config")

    def arguments(self, planned: Object) -> dict[str, Any]:
        method = planned["integration_http_method"]
        named = {**planned, "timeout_milliseconds": int(planned["timeout_milliseconds"])}
        return super().arguments(named) | ({"integrationHttpMethod": method} if method else {})

    def attributes(self, state: Object, actual: dict[str, Any]) -> Object:
        return {
            **super().attributes(state, actual),
            "integration_http_method": actual.get("httpMethod", ""),  # set and answered under different names
            "response_transfer_mode": state["response_transfer_mode"] or "BUFFERED",
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        self.create(new)  # PutIntegration replaces the whole
