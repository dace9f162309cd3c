"""AWS CloudFormation: stacks, for what the AWS provider has no resource of its own (MediaConvert's job template)."""

import json
from typing import Any, ClassVar

from toq_aws_provider.aws_calls import ResourceError, given, tag_list, tag_map, wait_until
from toq_aws_provider.resource import Resource
from toq_aws_provider.values import Object

MINUTES = 10  # how long a stack may take here; the real provider waits 30


class Stack(Resource):
    type = "aws_cloudformation_stack"
    service = "cloudformation"
    settles: ClassVar = {"disable_rollback": False, "timeout_in_minutes": 0}
    json_documents = ("template_body",)
    recompute: ClassVar = {"outputs": ("template_body",)}
    unsupported_attributes = (
        "capabilities", "disable_rollback", "iam_role_arn", "notification_arns", "parameters", "policy_body",
        "policy_url", "template_url", "timeout_in_minutes",
    )  # fmt: skip
    not_found_codes = ("ValidationError",)  # CloudFormation's answer for a stack that does not exist

    def create(self, planned: Object) -> str:
        arn: str = self.api.create_stack(
            StackName=planned["name"],
            TemplateBody=planned["template_body"],
            **given(OnFailure=planned["on_failure"], Tags=tag_list(planned["tags_all"]) or None),
        )["StackId"]
        return arn

    def after_create(self, identifier: str, planned: Object) -> None:
        self._settled(identifier, "CREATE_COMPLETE")

    def _settled(self, identifier: str, wanted: str) -> None:
        """Wait for the end of the operation under way.

        Raises
        ------
        ResourceError
            When it ends otherwise, with the reasons that CloudFormation gives for each resource.
        """

        def probe() -> dict[str, Any] | None:
            stacks = self.api.describe_stacks(StackName=identifier)["Stacks"]
            stack: dict[str, Any] = stacks[0] if stacks else {"StackStatus": "DELETE_COMPLETE"}
            return None if stack["StackStatus"].endswith("_IN_PROGRESS") else stack

        stack = wait_until(probe, f"stack {identifier} reaching {wanted}", MINUTES * 60)
        if stack["StackStatus"] != wanted:
            reasons = self._failures(identifier) or stack.get("StackStatusReason", "CloudFormation gives no reason")
            raise ResourceError(f"stack {identifier} ended as {stack['StackStatus']}: {reasons}")

    def _failures(self, identifier: str) -> str:
        events = self.api.describe_stack_events(StackName=identifier)["StackEvents"]
        reasons = [
            f"{event['LogicalResourceId']} ({event['ResourceType']}): {event['ResourceStatusReason']}"
            for event in events
            if event["ResourceStatus"].endswith("_FAILED") and event.get("ResourceStatusReason")
        ]
        return "; ".join(dict.fromkeys(reasons))

    def read(self, identifier: str, state: Object) -> Object | None:
        stack = self.api.describe_stacks(StackName=identifier)["Stacks"][0]
        if stack["StackStatus"] == "DELETE_COMPLETE":
            return None
        body = self.api.get_template(StackName=identifier, TemplateStage="Original").get("TemplateBody") or ""
        outputs = stack.get("Outputs", [])
        return {
            "name": stack["StackName"],
            "outputs": {output["OutputKey"]: output["OutputValue"] for output in outputs},
            # LocalStack's UpdateStack leaves the first tags: later ones are in state alone.
            "tags_all": state["tags_all"] or tag_map(stack.get("Tags")),
            "template_body": body if isinstance(body, str) else json.dumps(body),
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        if any(old[name] != new[name] for name in ("template_body", "tags_all")):
            tags = tag_list(new["tags_all"])
            self.api.update_stack(StackName=identifier, TemplateBody=new["template_body"], Tags=tags)
            self._settled(identifier, "UPDATE_COMPLETE")

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_stack(StackName=identifier)
        self._settled(identifier, "DELETE_COMPLETE")
