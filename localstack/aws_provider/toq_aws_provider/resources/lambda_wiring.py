"""AWS Lambda: what may invoke a function, what does, and how often it is tried."""

import json
import threading
from typing import Any, ClassVar

from toq_aws_provider.aws_calls import given, optional, wait_until
from toq_aws_provider.name_generation import choose_name
from toq_aws_provider.resource import Resource, Tagging
from toq_aws_provider.resources.lambda_function import NO_FUNCTION
from toq_aws_provider.values import Object


class Permission(Resource):
    """One statement of a function's resource policy."""

    type = "aws_lambda_permission"
    service = "lambda"
    not_found_codes = NO_FUNCTION
    # AddPermission reads, changes and writes one policy; parallel calls for a function could lose each other's.
    _one_at_a_time = threading.Lock()

    def create(self, planned: Object) -> str:
        statement = choose_name(planned, "statement_id")
        with self._one_at_a_time:
            self.api.add_permission(
                FunctionName=planned["function_name"],
                StatementId=statement,
                Action=planned["action"],
                Principal=planned["principal"],
                **given(
                    EventSourceToken=planned["event_source_token"],
                    FunctionUrlAuthType=planned["function_url_auth_type"],
                    PrincipalOrgID=planned["principal_org_id"],
                    Qualifier=planned["qualifier"],
                    SourceAccount=planned["source_account"],
                    SourceArn=planned["source_arn"],
                ),
            )
        return statement

    def read(self, identifier: str, state: Object) -> Object | None:
        answer = self.api.get_policy(FunctionName=state["function_name"], **given(Qualifier=state["qualifier"] or None))
        for statement in json.loads(answer["Policy"])["Statement"]:
            if statement["Sid"] == identifier:
                return self._attributes(statement)
        return None

    @staticmethod
    def _attributes(statement: dict[str, Any]) -> Object:
        conditions = {
            key.lower(): value for test in statement.get("Condition", {}).values() for key, value in test.items()
        }
        principal = statement["Principal"]
        if isinstance(principal, dict):
            principal = principal.get("Service") or principal.get("AWS")
        return {
            "statement_id": statement["Sid"],
            "action": statement["Action"],
            "principal": principal,
            "source_arn": conditions.get("aws:sourcearn"),
            "source_account": conditions.get("aws:sourceaccount"),
            "principal_org_id": conditions.get("aws:principalorgid"),
            "event_source_token": conditions.get("lambda:eventsourcetoken"),
            "function_url_auth_type": conditions.get("lambda:functionurlauthtype"),
        }

    def delete(self, identifier: str, state: Object) -> None:
        with self._one_at_a_time:
            self.api.remove_permission(
                FunctionName=state["function_name"],
                StatementId=identifier,
                **given(Qualifier=state["qualifier"] or None),
            )

    def import_state(self, identifier: str) -> Object:
        function, _, statement = identifier.rpartition("/")
        name, qualifier = function, None
        if function.count(":") in (1, 7):  # NAME:QUALIFIER, or a function's ARN with a qualifier
            name, _, qualifier = function.rpartition(":")
        return {"id": statement, "function_name": name, "qualifier": qualifier}


class EventSourceMapping(Resource):
    type = "aws_lambda_event_source_mapping"
    service = "lambda"
    settles: ClassVar = {
        "bisect_batch_on_function_error": False,
        "maximum_batching_window_in_seconds": 0,
        "tumbling_window_in_seconds": 0,
    }
    unsupported_attributes = (
        "amazon_managed_kafka_event_source_config", "bisect_batch_on_function_error", "destination_config",
        "document_db_event_source_config", "filter_criteria", "kms_key_arn", "maximum_record_age_in_seconds",
        "maximum_retry_attempts", "metrics_config", "parallelization_factor", "provisioned_poller_config", "queues",
        "self_managed_event_source", "self_managed_kafka_event_source_config", "source_access_configuration",
        "starting_position", "starting_position_timestamp", "topics", "tumbling_window_in_seconds",
    )  # fmt: skip
    recompute: ClassVar = {"last_modified": ("batch_size", "enabled", "function_name", "scaling_config")}
    not_found_codes = NO_FUNCTION
    tagging = Tagging("Resource", "arn")

    def create(self, planned: Object) -> str:
        answer = self.api.create_event_source_mapping(
            EventSourceArn=planned["event_source_arn"],
            **given(Tags=planned["tags_all"] or None),
            **self._settings(planned),
        )
        return str(answer["UUID"])

    def after_create(self, identifier: str, planned: Object) -> None:
        self._settled(identifier)

    @staticmethod
    def _settings(planned: Object) -> dict[str, Any]:
        def integer(name: str) -> int | None:
            return None if planned[name] is None else int(planned[name])

        most = [block["maximum_concurrency"] for block in planned["scaling_config"]]
        return given(
            FunctionName=planned["function_name"],
            Enabled=planned["enabled"],
            BatchSize=integer("batch_size"),
            FunctionResponseTypes=planned["function_response_types"],
            MaximumBatchingWindowInSeconds=integer("maximum_batching_window_in_seconds"),
            ScalingConfig={"MaximumConcurrency": int(most[0])} if most and most[0] else None,
        )

    def _settled(self, identifier: str) -> None:
        wait_until(
            lambda: self.api.get_event_source_mapping(UUID=identifier)["State"] in ("Enabled", "Disabled"),
            f"event source mapping {identifier} becoming enabled",
        )

    def read(self, identifier: str, state: Object) -> Object | None:
        actual = self.api.get_event_source_mapping(UUID=identifier)
        most = actual.get("ScalingConfig", {}).get("MaximumConcurrency")
        function = actual["FunctionArn"]
        named = state["function_name"] or function  # the configuration may use the name or an ARN
        return {
            "arn": self._arn(identifier),
            "batch_size": actual.get("BatchSize"),
            "enabled": actual["State"] in ("Enabled", "Enabling", "Creating", "Updating"),
            "event_source_arn": actual["EventSourceArn"],
            "function_arn": function,
            "function_name": named if named.rpartition(":")[2] == function.rpartition(":")[2] else function,
            "function_response_types": actual.get("FunctionResponseTypes", []),
            "last_modified": actual["LastModified"].isoformat(),
            "last_processing_result": actual.get("LastProcessingResult"),
            "maximum_batching_window_in_seconds": actual.get("MaximumBatchingWindowInSeconds"),
            # Of streams only; the older SDK writes 0 for what is not there.
            "maximum_record_age_in_seconds": 0,
            "maximum_retry_attempts": 0,
            "parallelization_factor": 0,
            "scaling_config": [{"maximum_concurrency": most}] if most else [],
            "state": actual["State"],
            "state_transition_reason": actual.get("StateTransitionReason"),
            "tags_all": self.api.list_tags(Resource=self._arn(identifier))["Tags"],
            "uuid": identifier,
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        settings = self._settings(new)
        if settings == self._settings(old):
            return
        if old["scaling_config"] and not new["scaling_config"]:
            settings["ScalingConfig"] = {}
        self.api.update_event_source_mapping(UUID=identifier, **settings)
        self._settled(identifier)

    def _arn(self, identifier: str) -> str:
        return self.aws.arn("lambda", f"event-source-mapping:{identifier}")

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_event_source_mapping(UUID=identifier)

        wait_until(
            lambda: optional(self.api.get_event_source_mapping, *NO_FUNCTION, UUID=identifier) is None,
            f"event source mapping {identifier} going away",
        )
