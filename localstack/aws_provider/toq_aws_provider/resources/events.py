"""Amazon EventBridge: rules and their targets."""

from typing import Any, ClassVar

from toq_aws_provider.aws_calls import ResourceError, given, tag_list, tag_map
from toq_aws_provider.name_generation import choose_name
from toq_aws_provider.resource import Resource, Tagging
from toq_aws_provider.values import Object

DEFAULT_BUS = "default"
NOT_FOUND = ("ResourceNotFoundException",)


class Rule(Resource):
    type = "aws_cloudwatch_event_rule"
    service = "events"
    settles: ClassVar = {"state": "ENABLED"}
    json_documents = ("event_pattern",)
    unsupported_attributes = ("is_enabled",)  # deprecated: `state` says the same
    not_found_codes = NOT_FOUND
    tagging = Tagging("ResourceARN", "arn", items=("Key", "Value"))

    def create(self, planned: Object) -> str:
        name = choose_name(planned)
        self._put(name, planned, Tags=tag_list(planned["tags_all"]))
        bus = planned["event_bus_name"]
        return name if bus == DEFAULT_BUS else f"{bus}/{name}"

    def _put(self, name: str, planned: Object, **more: Any) -> None:
        self.api.put_rule(
            Name=name,
            EventBusName=planned["event_bus_name"],
            State=planned["state"] or "ENABLED",
            **given(
                Description=planned["description"],
                EventPattern=planned["event_pattern"],
                RoleArn=planned["role_arn"],
                ScheduleExpression=planned["schedule_expression"],
            ),
            **more,
        )

    def read(self, identifier: str, state: Object) -> Object | None:
        bus, _, name = identifier.rpartition("/")
        bus = bus or DEFAULT_BUS
        rule = self.api.describe_rule(Name=name, EventBusName=bus)
        return {
            "arn": rule["Arn"],
            "description": rule.get("Description", ""),
            "event_bus_name": bus,
            "event_pattern": rule.get("EventPattern", ""),
            "name": name,
            "role_arn": rule.get("RoleArn", ""),
            "schedule_expression": rule.get("ScheduleExpression", ""),
            "state": rule["State"],
            "tags_all": tag_map(self.api.list_tags_for_resource(ResourceARN=rule["Arn"])["Tags"]),
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        self._put(new["name"], new)

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_rule(
            Name=state["name"], EventBusName=state["event_bus_name"], Force=bool(state["force_destroy"])
        )

    def import_state(self, identifier: str) -> Object:
        return {"id": identifier.removeprefix(f"{DEFAULT_BUS}/")}


class Target(Resource):
    type = "aws_cloudwatch_event_target"
    service = "events"
    unsupported_attributes = (
        "appsync_target", "batch_target", "ecs_target", "http_target", "kinesis_target", "redshift_target",
        "run_command_targets", "sagemaker_pipeline_target",
    )  # fmt: skip
    json_documents = ("input",)
    not_found_codes = NOT_FOUND

    def create(self, planned: Object) -> str:
        target = choose_name(planned, "target_id")
        self._put(target, planned)
        bus = planned["event_bus_name"]
        name = f"{planned['rule']}-{target}"
        return name if bus == DEFAULT_BUS else f"{bus}-{name}"

    def _put(self, target: str, planned: Object) -> None:
        answer = self.api.put_targets(
            Rule=planned["rule"], EventBusName=planned["event_bus_name"], Targets=[_to_api(target, planned)]
        )
        for failure in answer.get("FailedEntries", []):
            raise ResourceError(f"target {target} of rule {planned['rule']}: {failure['ErrorMessage']}")

    def read(self, identifier: str, state: Object) -> Object | None:
        bus, rule, name = state["event_bus_name"] or DEFAULT_BUS, state["rule"], state["target_id"]
        if not name:  # just created under a generated name, which is in the id alone
            name = identifier.removeprefix(f"{bus}-").removeprefix(f"{rule}-")
        targets = self.api.list_targets_by_rule(Rule=rule, EventBusName=bus)["Targets"]
        target = next((item for item in targets if item["Id"] == name), None)
        if target is None:
            return None
        transformer, retry = target.get("InputTransformer"), target.get("RetryPolicy")
        dead_letter = target.get("DeadLetterConfig")
        queue = target.get("SqsParameters")
        return {
            "arn": target["Arn"],
            "event_bus_name": bus,
            "input": target.get("Input", ""),
            "input_path": target.get("InputPath", ""),
            "role_arn": target.get("RoleArn", ""),
            "rule": rule,
            "target_id": name,
            "input_transformer": [
                {
                    "input_paths": transformer.get("InputPathsMap"),
                    "input_template": transformer["InputTemplate"],
                }
            ]
            if transformer
            else [],
            "retry_policy": [
                {
                    "maximum_event_age_in_seconds": retry.get("MaximumEventAgeInSeconds", 86_400),
                    "maximum_retry_attempts": retry.get("MaximumRetryAttempts", 185),
                }
            ]
            if retry
            else [],
            "dead_letter_config": [{"arn": dead_letter["Arn"]}] if dead_letter else [],
            "sqs_target": [{"message_group_id": queue["MessageGroupId"]}] if queue else [],
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        self._put(new["target_id"], new)

    def delete(self, identifier: str, state: Object) -> None:
        self.api.remove_targets(
            Rule=state["rule"],
            EventBusName=state["event_bus_name"],
            Ids=[state["target_id"]],
            Force=bool(state["force_destroy"]),
        )

    def import_state(self, identifier: str) -> Object:
        *bus, rule, target = identifier.split("/")
        bus_name = "/".join(bus) or DEFAULT_BUS
        return {"id": f"{rule}-{target}", "rule": rule, "target_id": target, "event_bus_name": bus_name}


def _to_api(target: str, planned: Object) -> dict[str, Any]:
    argument = given(
        Id=target,
        Arn=planned["arn"],
        Input=planned["input"] or None,
        InputPath=planned["input_path"] or None,
        RoleArn=planned["role_arn"] or None,
    )
    for block in planned["input_transformer"]:
        argument["InputTransformer"] = given(InputPathsMap=block["input_paths"], InputTemplate=block["input_template"])
    for block in planned["retry_policy"]:
        argument["RetryPolicy"] = {  # the real provider sends 0 for what is not configured
            "MaximumEventAgeInSeconds": int(block["maximum_event_age_in_seconds"] or 0),
            "MaximumRetryAttempts": int(block["maximum_retry_attempts"] or 0),
        }
    for block in planned["dead_letter_config"]:
        argument["DeadLetterConfig"] = {"Arn": block["arn"]}
    for block in planned["sqs_target"]:
        argument["SqsParameters"] = {"MessageGroupId": block["message_group_id"]}
    return argument
