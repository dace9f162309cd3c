"""CloudFormation's ``AWS::MediaConvert::JobTemplate`` (Template Reference of that name)."""

from typing import Any

from botocore.exceptions import ClientError
from localstack.services.cloudformation.resource_provider import (
    CloudFormationResourceProviderPlugin,
    OperationStatus,
    ProgressEvent,
    ResourceProvider,
    ResourceRequest,
)

TYPE = "AWS::MediaConvert::JobTemplate"
Model = dict[str, Any]

_MEMBERS = {
    "AccelerationSettings": "AccelerationSettings",
    "Category": "Category",
    "Description": "Description",
    "HopDestinations": "HopDestinations",
    "Priority": "Priority",
    "Queue": "Queue",
    "SettingsJson": "Settings",
    "StatusUpdateInterval": "StatusUpdateInterval",
}
"""CloudFormation's property to the API's member."""


class JobTemplateProvider(ResourceProvider[Model]):
    """Creates, updates in place and deletes a job template through the MediaConvert API."""

    TYPE = TYPE
    SCHEMA = {  # noqa: RUF012 - the base class has it as a plain attribute
        "typeName": TYPE,
        "properties": {name: {} for name in (*_MEMBERS, "Name", "Tags", "Arn", "Id")},
        "required": ["SettingsJson"],
        "primaryIdentifier": ["/properties/Id"],
        "readOnlyProperties": ["/properties/Arn", "/properties/Id"],
        "createOnlyProperties": ["/properties/Name"],
    }

    def create(self, request: ResourceRequest[Model]) -> ProgressEvent[Model]:
        model = request.desired_state
        model.setdefault("Name", f"{request.stack_name}-{request.logical_resource_id}")
        client = request.aws_client_factory.mediaconvert
        try:
            made = client.create_job_template(Name=model["Name"], Tags=model.get("Tags") or {}, **_parameters(model))
        except ClientError as error:
            return _failed(error)
        return _success(_described(model, made["JobTemplate"]))

    def update(self, request: ResourceRequest[Model]) -> ProgressEvent[Model]:
        model = request.desired_state
        previous = request.previous_state or {}
        name = model.setdefault("Name", previous.get("Name"))
        client = request.aws_client_factory.mediaconvert
        try:
            template = client.update_job_template(Name=name, **_parameters(model))["JobTemplate"]
            if removed := sorted((previous.get("Tags") or {}).keys() - (model.get("Tags") or {}).keys()):
                client.untag_resource(Arn=template["Arn"], TagKeys=removed)
            if model.get("Tags"):
                client.tag_resource(Arn=template["Arn"], Tags=model["Tags"])
        except ClientError as error:
            return _failed(error)
        return _success(_described(model, template))

    def delete(self, request: ResourceRequest[Model]) -> ProgressEvent[Model]:
        name = (request.previous_state or request.desired_state)["Name"]
        try:
            request.aws_client_factory.mediaconvert.delete_job_template(Name=name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "NotFoundException":
                return _failed(error)
        return _success({})

    def read(self, request: ResourceRequest[Model]) -> ProgressEvent[Model]:
        client = request.aws_client_factory.mediaconvert
        try:
            template = client.get_job_template(Name=request.desired_state["Name"])["JobTemplate"]
            tags = client.list_tags_for_resource(Arn=template["Arn"])["ResourceTags"]["Tags"]
        except ClientError as error:
            return _failed(error)
        model = {name: template[member] for name, member in _MEMBERS.items() if member in template}
        return _success(_described(model | {"Name": template["Name"], "Tags": tags}, template))


class JobTemplateProviderPlugin(CloudFormationResourceProviderPlugin):
    """Found by LocalStack through the entry point."""

    name = TYPE

    def __init__(self) -> None:
        self.factory: type[JobTemplateProvider] | None = None

    def load(self) -> None:
        self.factory = JobTemplateProvider


def _parameters(model: Model) -> Model:
    return {member: model[name] for name, member in _MEMBERS.items() if model.get(name) is not None}


def _described(model: Model, template: Model) -> Model:
    """The model with what only the service knows; ``Ref`` gives the Id, which is the name."""
    return model | {"Arn": template["Arn"], "Id": template["Name"], "Name": template["Name"]}


def _success(model: Model) -> ProgressEvent[Model]:
    return ProgressEvent(status=OperationStatus.SUCCESS, resource_model=model)


def _failed(error: ClientError) -> ProgressEvent[Model]:
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    return ProgressEvent(status=OperationStatus.FAILED, error_code=code, message=message, resource_model={})
