"""Amazon API Gateway: methods, their integrations and both sides' responses."""

from typing import Any, ClassVar

from toq_aws_provider.calls import given
from toq_aws_provider.resources.apigateway import ApiPart, changed, changed_items
from toq_aws_provider.values import Object

_ARGUMENTS = {
    "rest_api_id": "restApiId",
    "resource_id": "resourceId",
    "http_method": "httpMethod",
    "status_code": "statusCode",
}


def _where(state: Object, *names: str) -> dict[str, Any]:
    """The arguments that name a part: rest_api_id -> restApiId and so on."""
    arguments = {
        "rest_api_id": "restApiId",
        "resource_id": "resourceId",
        "http_method": "httpMethod",
        "status_code": "statusCode",
    }
    return {arguments[name]: state[name] for name in names}


class _MethodPart(ApiPart):
    """A method or a part of one: named by API, resource, HTTP method and, for a response, its status code."""

    keys: ClassVar[tuple[str, ...]] = ("rest_api_id", "resource_id", "http_method")
    id_prefix: ClassVar[str]

    def _key(self, state: Object) -> dict[str, Any]:
        return _where(state, *self.keys)

    def _identify(self, state: Object) -> str:
        return "-".join((self.id_prefix, *(state[name] for name in self.keys)))

    def import_state(self, identifier: str) -> Object:
        state: Object = dict(zip(self.keys, identifier.split("/"), strict=True))
        return {**state, "id": self._identify(state)}


class Method(_MethodPart):
    type = "aws_api_gateway_method"
    force_new = _MethodPart.keys
    defaults: ClassVar = {"api_key_required": False}
    id_prefix = "agm"

    def create(self, planned: Object) -> str:
        self.api.put_method(
            **self._key(planned),
            authorizationType=planned["authorization"],
            **given(
                apiKeyRequired=planned["api_key_required"],
                authorizationScopes=planned["authorization_scopes"],
                authorizerId=planned["authorizer_id"],
                operationName=planned["operation_name"],
                requestModels=planned["request_models"],
                requestParameters=planned["request_parameters"],
                requestValidatorId=planned["request_validator_id"],
            ),
        )
        return self._identify(planned)

    def read(self, identifier: str, state: Object) -> Object | None:
        method = self.api.get_method(**self._key(state))
        return {
            **{name: state[name] for name in self.keys},
            "api_key_required": method.get("apiKeyRequired", False),
            "authorization": method["authorizationType"],
            "authorization_scopes": method.get("authorizationScopes", []),
            "authorizer_id": method.get("authorizerId", ""),
            "operation_name": method.get("operationName", ""),
            "request_models": method.get("requestModels", {}),
            "request_parameters": method.get("requestParameters", {}),
            "request_validator_id": method.get("requestValidatorId", ""),
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        plain = {
            "api_key_required": "/apiKeyRequired",
            "authorization": "/authorizationType",
            "authorizer_id": "/authorizerId",
            "operation_name": "/operationName",
            "request_validator_id": "/requestValidatorId",
        }
        operations = changed(old, new, plain)
        operations += changed_items(old["request_models"], new["request_models"], "/requestModels")
        operations += changed_items(old["request_parameters"], new["request_parameters"], "/requestParameters")
        if operations:
            self.api.update_method(**self._key(new), patchOperations=operations)

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_method(**self._key(state))


class MethodResponse(_MethodPart):
    type = "aws_api_gateway_method_response"
    keys = (*_MethodPart.keys, "status_code")
    force_new = keys
    id_prefix = "agmr"

    def create(self, planned: Object) -> str:
        self.api.put_method_response(
            **self._key(planned),
            **given(responseModels=planned["response_models"], responseParameters=planned["response_parameters"]),
        )
        return self._identify(planned)

    def read(self, identifier: str, state: Object) -> Object | None:
        response = self.api.get_method_response(**self._key(state))
        return {
            **{name: state[name] for name in self.keys},
            "response_models": response.get("responseModels", {}),
            "response_parameters": response.get("responseParameters", {}),
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        operations = changed_items(old["response_models"], new["response_models"], "/responseModels")
        operations += changed_items(old["response_parameters"], new["response_parameters"], "/responseParameters")
        if operations:
            self.api.update_method_response(**self._key(new), patchOperations=operations)

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_method_response(**self._key(state))


class Integration(_MethodPart):
    type = "aws_api_gateway_integration"
    force_new = (*_MethodPart.keys, "credentials", "integration_http_method", "passthrough_behavior", "type")
    defaults: ClassVar = {"connection_type": "INTERNET", "timeout_milliseconds": 29_000}
    unserved = ("integration_target", "tls_config")
    id_prefix = "agi"

    def create(self, planned: Object) -> str:
        self._put(planned)
        return self._identify(planned)

    def _put(self, planned: Object) -> None:
        self.api.put_integration(
            **self._key(planned),
            type=planned["type"],
            **given(
                cacheKeyParameters=planned["cache_key_parameters"],
                cacheNamespace=planned["cache_namespace"],
                connectionId=planned["connection_id"],
                connectionType=planned["connection_type"],
                contentHandling=planned["content_handling"],
                credentials=planned["credentials"],
                integrationHttpMethod=planned["integration_http_method"],
                passthroughBehavior=planned["passthrough_behavior"],
                requestParameters=planned["request_parameters"],
                requestTemplates=planned["request_templates"],
                timeoutInMillis=int(planned["timeout_milliseconds"]),
                uri=planned["uri"],
            ),
        )

    def read(self, identifier: str, state: Object) -> Object | None:
        actual = self.api.get_integration(**self._key(state))
        return {
            **{name: state[name] for name in self.keys},
            "cache_key_parameters": actual.get("cacheKeyParameters", []),
            "cache_namespace": actual.get("cacheNamespace"),
            "connection_id": actual.get("connectionId", ""),
            "connection_type": actual.get("connectionType", "INTERNET"),
            "content_handling": actual.get("contentHandling", ""),
            "credentials": actual.get("credentials", ""),
            "integration_http_method": actual.get("httpMethod", ""),
            "passthrough_behavior": actual.get("passthroughBehavior"),
            "request_parameters": actual.get("requestParameters", {}),
            "request_templates": actual.get("requestTemplates", {}),
            "response_transfer_mode": state["response_transfer_mode"] or "BUFFERED",
            "timeout_milliseconds": actual.get("timeoutInMillis", 29_000),
            "type": actual["type"],
            "uri": actual.get("uri", ""),
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        """PutIntegration replaces the whole; its responses are put back, for they are resources of their own."""
        responses = self.api.get_integration(**self._key(new)).get("integrationResponses", {})
        self._put(new)
        for code, response in responses.items():
            kept = {name: value for name, value in response.items() if name != "statusCode" and value}
            self.api.put_integration_response(**self._key(new), statusCode=code, **kept)

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_integration(**self._key(state))


class IntegrationResponse(_MethodPart):
    type = "aws_api_gateway_integration_response"
    keys = (*_MethodPart.keys, "status_code")
    force_new = keys
    id_prefix = "agir"

    def create(self, planned: Object) -> str:
        self.api.put_integration_response(
            **self._key(planned),
            **given(
                contentHandling=planned["content_handling"],
                responseParameters=planned["response_parameters"],
                responseTemplates=planned["response_templates"],
                selectionPattern=planned["selection_pattern"],
            ),
        )
        return self._identify(planned)

    def read(self, identifier: str, state: Object) -> Object | None:
        response = self.api.get_integration_response(**self._key(state))
        # An empty template comes back as null, or not at all.
        templates = {name: text or "" for name, text in (response.get("responseTemplates") or {}).items()}
        return {
            **{name: state[name] for name in self.keys},
            "content_handling": response.get("contentHandling", ""),
            "response_parameters": response.get("responseParameters", {}),
            "response_templates": templates,
            "selection_pattern": response.get("selectionPattern", ""),
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        self.create(new)  # PutIntegrationResponse replaces the whole

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_integration_response(**self._key(state))
