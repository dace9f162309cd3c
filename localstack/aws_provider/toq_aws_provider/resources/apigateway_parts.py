"""Amazon API Gateway: a REST API's paths, models, validators and the answers it gives by itself."""

from typing import ClassVar

from toq_aws_provider.calls import given
from toq_aws_provider.resources.apigateway import ApiPart, changed
from toq_aws_provider.values import Object


class ApiResource(ApiPart):
    type = "aws_api_gateway_resource"
    force_new = ("rest_api_id",)
    recompute: ClassVar = {"path": ("parent_id", "path_part")}

    def create(self, planned: Object) -> str:
        identifier: str = self.api.create_resource(
            restApiId=planned["rest_api_id"], parentId=planned["parent_id"], pathPart=planned["path_part"]
        )["id"]
        return identifier

    def read(self, identifier: str, state: Object) -> Object | None:
        actual = self.api.get_resource(restApiId=state["rest_api_id"], resourceId=identifier)
        return {
            "rest_api_id": state["rest_api_id"],
            "parent_id": actual["parentId"],
            "path_part": actual["pathPart"],
            "path": actual["path"],
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        operations = changed(old, new, {"path_part": "/pathPart", "parent_id": "/parentId"})
        if operations:
            self.api.update_resource(restApiId=new["rest_api_id"], resourceId=identifier, patchOperations=operations)

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_resource(restApiId=state["rest_api_id"], resourceId=identifier)

    def import_state(self, identifier: str) -> Object:
        api, _, resource = identifier.partition("/")
        return {"id": resource, "rest_api_id": api}


class RequestValidator(ApiPart):
    type = "aws_api_gateway_request_validator"
    force_new = ("rest_api_id",)
    defaults: ClassVar = {"validate_request_body": False, "validate_request_parameters": False}

    def create(self, planned: Object) -> str:
        identifier: str = self.api.create_request_validator(
            restApiId=planned["rest_api_id"],
            name=planned["name"],
            validateRequestBody=planned["validate_request_body"],
            validateRequestParameters=planned["validate_request_parameters"],
        )["id"]
        return identifier

    def read(self, identifier: str, state: Object) -> Object | None:
        actual = self.api.get_request_validator(restApiId=state["rest_api_id"], requestValidatorId=identifier)
        return {
            "rest_api_id": state["rest_api_id"],
            "name": actual["name"],
            "validate_request_body": actual.get("validateRequestBody", False),
            "validate_request_parameters": actual.get("validateRequestParameters", False),
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        paths = {
            "name": "/name",
            "validate_request_body": "/validateRequestBody",
            "validate_request_parameters": "/validateRequestParameters",
        }
        self.api.update_request_validator(
            restApiId=new["rest_api_id"], requestValidatorId=identifier, patchOperations=changed(old, new, paths)
        )

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_request_validator(restApiId=state["rest_api_id"], requestValidatorId=identifier)

    def import_state(self, identifier: str) -> Object:
        api, _, validator = identifier.partition("/")
        return {"id": validator, "rest_api_id": api}


class Model(ApiPart):
    type = "aws_api_gateway_model"
    force_new = ("content_type", "name", "rest_api_id")
    json_documents = ("schema",)

    def create(self, planned: Object) -> str:
        identifier: str = self.api.create_model(
            restApiId=planned["rest_api_id"],
            name=planned["name"],
            contentType=planned["content_type"],
            **given(description=planned["description"], schema=planned["schema"]),
        )["id"]
        return identifier

    def read(self, identifier: str, state: Object) -> Object | None:
        model = self.api.get_model(restApiId=state["rest_api_id"], modelName=state["name"])
        return {
            "id": model["id"],
            "rest_api_id": state["rest_api_id"],
            "name": model["name"],
            "content_type": model["contentType"],
            "description": model.get("description", ""),
            "schema": model.get("schema", ""),
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        operations = changed(old, new, {"description": "/description", "schema": "/schema"})
        if operations:
            self.api.update_model(restApiId=new["rest_api_id"], modelName=new["name"], patchOperations=operations)

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_model(restApiId=state["rest_api_id"], modelName=state["name"])

    def import_state(self, identifier: str) -> Object:
        api, _, name = identifier.partition("/")
        return {"id": name, "rest_api_id": api, "name": name}


class GatewayResponse(ApiPart):
    type = "aws_api_gateway_gateway_response"
    force_new = ("response_type", "rest_api_id")

    def create(self, planned: Object) -> str:
        self.api.put_gateway_response(
            restApiId=planned["rest_api_id"],
            responseType=planned["response_type"],
            **given(
                statusCode=planned["status_code"],
                responseParameters=planned["response_parameters"],
                responseTemplates=planned["response_templates"],
            ),
        )
        return f"aggr-{planned['rest_api_id']}-{planned['response_type']}"

    def read(self, identifier: str, state: Object) -> Object | None:
        response = self.api.get_gateway_response(restApiId=state["rest_api_id"], responseType=state["response_type"])
        if response.get("defaultResponse"):
            return None
        return {
            "rest_api_id": state["rest_api_id"],
            "response_type": response["responseType"],
            "status_code": response.get("statusCode", ""),
            "response_parameters": response.get("responseParameters", {}),
            "response_templates": response.get("responseTemplates", {}),
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        self.create(new)  # PutGatewayResponse replaces the whole

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_gateway_response(restApiId=state["rest_api_id"], responseType=state["response_type"])

    def import_state(self, identifier: str) -> Object:
        api, _, response_type = identifier.partition("/")
        return {"id": f"aggr-{api}-{response_type}", "rest_api_id": api, "response_type": response_type}
