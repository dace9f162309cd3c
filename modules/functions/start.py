"""``listing-media-start``: queued batches become executions of the state machine."""

from typing import TYPE_CHECKING, Final

from handlers.contract import names
from handlers.contract.keys import Stage
from modules.environments.environment import Environment, FunctionSize
from modules.function_record import MANIFESTS, FunctionRecord, Invoker
from modules.policy import WRITE, Statement, allow
from modules.resource_names import STATE_MACHINE

if TYPE_CHECKING:
    from modules.foundation import Foundation


def _statements(foundation: "Foundation") -> list[Statement]:
    storage, messaging, encryption = foundation.storage, foundation.messaging, foundation.encryption
    return [
        # AWS managed policy AWSLambdaSQSQueueExecutionRole.
        allow(
            "TakeBatches",
            ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            [messaging.queue.arn],
        ),
        allow("RefuseMalformedBatches", ["sqs:SendMessage"], [messaging.dead_letter_queue.arn]),
        storage.allow_reading("ReadLargeBatchLists", f"*/{Stage.RAW}/*"),
        storage.allow_telling_missing_from_forbidden(),
        storage.allow_writing("WriteBatchInput", MANIFESTS),
        allow("StartExecutions", ["states:StartExecution"], [_state_machine(foundation.environment)]),
        encryption.use_through("sqs", WRITE, "UseKeyThroughSqs"),
        encryption.use_through("s3", WRITE, "UseKeyThroughS3"),
    ]


def _variables(foundation: "Foundation") -> dict[str, str]:
    return {
        names.DEAD_LETTER_QUEUE_URL: foundation.messaging.dead_letter_queue.url,
        names.STATE_MACHINE_ARN: _state_machine(foundation.environment),
    }


def _state_machine(environment: Environment) -> str:
    """By name: the state machine itself needs the functions' ARNs."""
    return environment.arn("states", f"stateMachine:{environment.named(STATE_MACHINE)}")


RECORD: Final = FunctionRecord(
    module=__name__,
    place=1,
    description="Starts one execution per queued batch",
    # A sixth of the queue's visibility timeout (AWS "Creating and configuring an Amazon SQS event source mapping").
    # One vCPU: a manifest of 16 MiB, the largest, takes it half a second, and S3 half a second to send it and take it
    # back; five of them take half the time. `tests/unit/handlers/start/test_budget.py` holds this.
    size=FunctionSize(memory_mb=1769, timeout_seconds=10, reserved_concurrency=5),
    messages_at_once=5,
    invoked_by=frozenset({Invoker.QUEUE}),
    statements=_statements,
    variables=_variables,
    unmeasured_seconds=0.5,
)
