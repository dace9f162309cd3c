"""``arn:aws:states:::mediaconvert:createJob`` and ``.sync``, as optimised integrations.

AWS: "Create an AWS Elemental MediaConvert job with Step Functions". The task's output is CreateJob's, for ``.sync``
GetJob's, answer: ``{"Job": {...}}`` in PascalCase. A job that ends in ERROR or CANCELED is ``States.TaskFailed`` whose
cause is the job as JSON; a refused call is ``MediaConvert.<name of the exception>``.
"""

from collections.abc import Callable
from typing import Any, Final, cast

from botocore.client import BaseClient
from botocore.exceptions import ClientError
from localstack.aws.api.stepfunctions import HistoryEventType, TaskFailedEventDetails
from localstack.aws.spec import load_service
from localstack.services.stepfunctions.asl.component.common.error_name.custom_error_name import CustomErrorName
from localstack.services.stepfunctions.asl.component.common.error_name.error_name import ErrorName
from localstack.services.stepfunctions.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from localstack.services.stepfunctions.asl.component.common.error_name.states_error_name import StatesErrorName
from localstack.services.stepfunctions.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task import state_task_factory
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.credentials import (
    StateCredentials,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service.resource import (
    ResourceCondition,
    ResourceRuntimePart,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service.state_task_service import (  # noqa: E501
    StateTaskService,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service.state_task_service_callback import (  # noqa: E501
    StateTaskServiceCallback,
)
from localstack.services.stepfunctions.asl.component.state.state_props import StateProps
from localstack.services.stepfunctions.asl.eval.callback.callback import CallbackEndpoint, HeartbeatEndpoint
from localstack.services.stepfunctions.asl.eval.environment import Environment
from localstack.services.stepfunctions.asl.eval.event.event_detail import EventDetails
from localstack.services.stepfunctions.asl.utils.boto_client import boto_client_for
from localstack.services.stepfunctions.asl.utils.encoding import to_json_str

from toq_localstack.faults.time_scale import Shortened

_TAG: Final = {"ManagedByService": "AWSStepFunctions"}
_FAILED: Final = StatesErrorNameType.StatesTaskFailed


class StateTaskServiceMediaConvert(StateTaskServiceCallback):
    """Evaluates one MediaConvert task state."""

    def __init__(self) -> None:
        super().__init__(supported_integration_patterns={ResourceCondition(ResourceCondition.Sync)})

    def from_state_props(self, state_props: StateProps) -> None:
        super().from_state_props(state_props)
        self.timeout = Shortened(self.timeout)

    def _get_supported_parameters(self) -> set[str] | None:
        if self.resource.api_action != "createJob":
            return None
        return set(load_service("mediaconvert").operation_model("CreateJob").input_shape.members)

    def _eval_service_task(
        self,
        env: Environment,
        resource_runtime_part: ResourceRuntimePart,
        normalised_parameters: dict[str, Any],
        state_credentials: StateCredentials,
    ) -> None:
        normalised_parameters["Tags"] = {**(normalised_parameters.get("Tags") or {}), **_TAG}
        answer = _client(resource_runtime_part, state_credentials).create_job(**normalised_parameters)
        answer.pop("ResponseMetadata", None)
        env.stack.append(answer)

    def _build_sync_resolver(
        self,
        env: Environment,
        resource_runtime_part: ResourceRuntimePart,
        normalised_parameters: dict[str, Any],
        state_credentials: StateCredentials,
    ) -> Callable[[], Any | None]:
        client = _client(resource_runtime_part, state_credentials)
        return _Watch(client, env.stack.pop()["Job"]["Id"], lambda job: self._job_failed(env, job))

    def _eval_sync(
        self,
        env: Environment,
        sync_resolver: Callable[[], Any | None],
        timeout_seconds: int | None,
        callback_endpoint: CallbackEndpoint | None,
        heartbeat_endpoint: HeartbeatEndpoint | None,
    ) -> Any:
        result = super()._eval_sync(env, sync_resolver, timeout_seconds, callback_endpoint, heartbeat_endpoint)
        if result is None:  # the execution was stopped or timed out; AWS cancels the job then
            cast(_Watch, sync_resolver).cancel()
        return result

    def _job_failed(self, env: Environment, job: dict[str, Any]) -> FailureEventException:
        name = StatesErrorName(typ=_FAILED)
        return FailureEventException(self._failure(env, name, _FAILED.to_name(), to_json_str(job)))

    def _from_error(self, env: Environment, ex: Exception) -> FailureEvent:
        if not isinstance(ex, ClientError):
            return super()._from_error(env=env, ex=ex)
        error, metadata = ex.response["Error"], ex.response["ResponseMetadata"]
        name = f"MediaConvert.{error['Code']}"
        cause = (
            f"{error['Message']} (Service: MediaConvert, Status Code: {metadata['HTTPStatusCode']}, "
            f"Request ID: {metadata.get('RequestId')})"
        )
        return self._failure(env, CustomErrorName(name), name, cause)

    def _failure(self, env: Environment, error_name: ErrorName, error: str, cause: str) -> FailureEvent:
        details = TaskFailedEventDetails(
            resourceType=self._get_sfn_resource_type(), resource=self._get_sfn_resource(), error=error, cause=cause
        )
        return FailureEvent(
            env=env,
            error_name=error_name,
            event_type=HistoryEventType.TaskFailed,
            event_details=EventDetails(taskFailedEventDetails=details),
        )


class _Watch:
    """Asks for a job until it has ended: LocalStack calls it twice a second."""

    def __init__(
        self, client: BaseClient, job_id: str, failure: Callable[[dict[str, Any]], FailureEventException]
    ) -> None:
        self._client = client
        self._job_id = job_id
        self._failure = failure

    def __call__(self) -> dict[str, Any] | None:
        answer: dict[str, Any] = self._client.get_job(Id=self._job_id)
        answer.pop("ResponseMetadata", None)
        match answer["Job"]["Status"]:
            case "COMPLETE":
                return answer
            case "ERROR" | "CANCELED":
                raise self._failure(answer["Job"])
        return None

    def cancel(self) -> None:
        try:
            self._client.cancel_job(Id=self._job_id)
        except ClientError:
            return  # it ended meanwhile


def _client(resource: ResourceRuntimePart, credentials: StateCredentials) -> Any:
    return boto_client_for(service="mediaconvert", region=resource.region, state_credentials=credentials)


def install() -> None:
    """Let the parser of state machines make our task for the service ``mediaconvert``."""
    original = state_task_factory.state_task_service_for
    if getattr(original, "toq", False):
        return

    def state_task_service_for(service_name: str) -> StateTaskService:
        return StateTaskServiceMediaConvert() if service_name == "mediaconvert" else original(service_name)

    state_task_service_for.toq = True  # type: ignore[attr-defined]
    state_task_factory.state_task_service_for = state_task_service_for
