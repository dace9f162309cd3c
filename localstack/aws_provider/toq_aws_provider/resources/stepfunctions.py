"""AWS Step Functions: state machines."""

from typing import Any, ClassVar

from toq_aws_provider.aws_calls import given, optional, tag_list, tag_map, wait_until
from toq_aws_provider.name_generation import choose_name
from toq_aws_provider.resource import Resource, Tagging
from toq_aws_provider.values import Object

_SETTINGS = ("definition", "logging_configuration", "role_arn", "tracing_configuration")


class StateMachine(Resource):
    """LocalStack forgets `tracingConfiguration`: a read keeps the one in state."""

    type = "aws_sfn_state_machine"
    service = "stepfunctions"
    optional_computed_blocks = ("logging_configuration", "tracing_configuration")
    json_documents = ("definition",)
    recompute: ClassVar = {"description": ("definition",), "revision_id": ("definition", "role_arn")}
    unsupported_attributes = ("encryption_configuration", "publish")
    not_found_codes = ("StateMachineDoesNotExist",)
    tagging = Tagging("resourceArn", items=("key", "value"))

    def create(self, planned: Object) -> str:
        arn: str = self.api.create_state_machine(
            name=choose_name(planned),
            type=planned["type"],
            tags=tag_list(planned["tags_all"], "key", "value"),
            **self._settings(planned),
        )["stateMachineArn"]
        return arn

    def after_create(self, identifier: str, planned: Object) -> None:
        wait_until(
            lambda: self.api.describe_state_machine(stateMachineArn=identifier)["status"] == "ACTIVE",
            f"state machine {identifier} becoming active",
        )

    @staticmethod
    def _settings(planned: Object) -> dict[str, Any]:
        settings: dict[str, Any] = {"definition": planned["definition"], "roleArn": planned["role_arn"]}
        for block in planned["logging_configuration"]:
            destination = block["log_destination"]
            settings["loggingConfiguration"] = given(
                level=block["level"] or "OFF",
                includeExecutionData=bool(block["include_execution_data"]),
                destinations=[{"cloudWatchLogsLogGroup": {"logGroupArn": destination}}] if destination else None,
            )
        for block in planned["tracing_configuration"]:
            settings["tracingConfiguration"] = {"enabled": bool(block["enabled"])}
        return settings

    def read(self, identifier: str, state: Object) -> Object | None:
        actual = self.api.describe_state_machine(stateMachineArn=identifier)
        if actual["status"] == "DELETING":
            return None
        logging = actual.get("loggingConfiguration") or {}
        destinations = [item["cloudWatchLogsLogGroup"]["logGroupArn"] for item in logging.get("destinations", [])]
        versions = self.api.list_state_machine_versions(stateMachineArn=identifier)["stateMachineVersions"]
        return {
            "arn": identifier,
            "creation_date": actual["creationDate"].strftime("%Y-%m-%dT%H:%M:%SZ"),
            "definition": actual["definition"],
            "description": actual.get("description"),
            "logging_configuration": [
                {
                    "level": logging.get("level", "OFF"),
                    "include_execution_data": logging.get("includeExecutionData", False),
                    "log_destination": next(iter(destinations), None),
                }
            ],
            "name": actual["name"],
            "revision_id": actual.get("revisionId"),
            "role_arn": actual["roleArn"],
            "state_machine_version_arn": next((version["stateMachineVersionArn"] for version in versions), None),
            "status": actual["status"],
            "tags_all": tag_map(self.api.list_tags_for_resource(resourceArn=identifier)["tags"], "key", "value"),
            "type": actual["type"],
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        if any(old[name] != new[name] for name in _SETTINGS):
            self.api.update_state_machine(stateMachineArn=identifier, **self._settings(new))

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_state_machine(stateMachineArn=identifier)
        wait_until(
            lambda: (
                optional(self.api.describe_state_machine, *self.not_found_codes, stateMachineArn=identifier) is None
            ),
            f"state machine {identifier} going away",
        )
