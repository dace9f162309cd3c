"""``AWS::MediaConvert::JobTemplate`` in a CloudFormation stack."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from handlers.files.transcode import template_settings

if TYPE_CHECKING:
    from mypy_boto3_mediaconvert import MediaConvertClient


class Stack:
    """A stack that holds one job template."""

    def __init__(self, cloudformation: Any, name: str) -> None:
        self._client = cloudformation
        self._name = name

    def body(self, properties: dict[str, Any]) -> str:
        resource = {"Type": "AWS::MediaConvert::JobTemplate", "Properties": properties}
        outputs = {
            "Arn": {"Value": {"Fn::GetAtt": ["JobTemplate", "Arn"]}},
            "Name": {"Value": {"Fn::GetAtt": ["JobTemplate", "Name"]}},
            "Ref": {"Value": {"Ref": "JobTemplate"}},
        }
        return json.dumps({"Resources": {"JobTemplate": resource}, "Outputs": outputs})

    def create(self, **properties: Any) -> dict[str, str]:
        """Gives the outputs."""
        self._client.create_stack(StackName=self._name, TemplateBody=self.body(properties))
        return self._outputs("stack_create_complete")

    def update(self, **properties: Any) -> dict[str, str]:
        """Gives the outputs."""
        self._client.update_stack(StackName=self._name, TemplateBody=self.body(properties))
        return self._outputs("stack_update_complete")

    def delete(self) -> None:
        self._client.delete_stack(StackName=self._name)
        self._client.get_waiter("stack_delete_complete").wait(StackName=self._name, WaiterConfig={"Delay": 1})

    def _outputs(self, waiter: str) -> dict[str, str]:
        self._client.get_waiter(waiter).wait(StackName=self._name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
        stack = self._client.describe_stacks(StackName=self._name)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


@pytest.fixture
def stack(client: Callable[[str], Any], unique: str) -> Stack:
    return Stack(client("cloudformation"), unique)


def test_a_stack_creates_updates_and_deletes_its_template(
    stack: Stack, mediaconvert: "MediaConvertClient", unique: str
) -> None:
    name = f"{unique}-preset"
    made = stack.create(Name=name, SettingsJson=template_settings(), Priority=0, Tags={"team": "media"})

    template = mediaconvert.get_job_template(Name=name)["JobTemplate"]
    assert made == {"Arn": template["Arn"], "Name": name, "Ref": name}
    assert (template["Priority"], len(template["Settings"]["OutputGroups"] or [])) == (0, 2)
    assert mediaconvert.list_tags_for_resource(Arn=template["Arn"])["ResourceTags"]["Tags"] == {"team": "media"}

    smaller = template_settings()
    smaller["OutputGroups"].pop()
    assert stack.update(Name=name, SettingsJson=smaller, Description="films alone", Priority=3) == made

    template = mediaconvert.get_job_template(Name=name)["JobTemplate"]
    assert (template["Priority"], template["Description"]) == (3, "films alone")
    assert len(template["Settings"]["OutputGroups"] or []) == 1

    stack.delete()
    with pytest.raises(ClientError, match="NotFoundException"):
        mediaconvert.get_job_template(Name=name)


def test_a_stack_fails_when_the_service_refuses_the_settings(stack: Stack) -> None:
    settings = template_settings()
    settings["OutputGroups"][0]["Outputs"][0]["VideoDescription"]["Width"] = 10

    with pytest.raises(WaiterError, match=r"CREATE_FAILED|ROLLBACK"):
        stack.create(Name="refused", SettingsJson=settings)
