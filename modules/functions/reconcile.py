"""``listing-media-reconcile``: what EventBridge tells of executions and MediaConvert jobs that ended."""

from typing import TYPE_CHECKING, Final

from handlers.contract import names
from handlers.contract.keys import Stage
from modules.environments.environment import Environment, FunctionSize
from modules.function_record import MANIFESTS, FunctionRecord, Invoker
from modules.policy import READ, WRITE, Statement, allow
from modules.resource_names import STATE_MACHINE

if TYPE_CHECKING:
    from modules.foundation import Foundation


def _statements(foundation: "Foundation") -> list[Statement]:
    environment, storage, encryption = foundation.environment, foundation.storage, foundation.encryption
    executions = environment.arn("states", f"execution:{environment.named(STATE_MACHINE)}:*")
    callback = environment.arn("lambda", f"function:{_callback_function(environment)}")
    return [
        # AWS managed policy AWSLambdaSQSQueueExecutionRole.
        allow(
            "TakeEvents",
            ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            [foundation.messaging.event_queue.arn],
        ),
        storage.allow_reading("ReadResults", f"*/{Stage.PROCESSED}/*", f"*/{Stage.THUMB}/video/*"),
        storage.allow_writing("WriteResult", MANIFESTS),
        storage.allow_telling_missing_from_forbidden(),
        allow("AskWhetherExecutionRuns", ["states:DescribeExecution"], [executions]),
        allow("FindExecutionsThatEnded", ["states:ListExecutions"], [_state_machine(environment)]),
        allow("SendCallbacks", ["lambda:InvokeFunction"], [callback]),
        encryption.use_through("sqs", READ, "UseKeyThroughSqs"),
        encryption.use_through("s3", WRITE, "UseKeyThroughS3"),
    ]


def _variables(foundation: "Foundation") -> dict[str, str]:
    return {
        names.CALLBACK_FUNCTION_NAME: _callback_function(foundation.environment),
        names.STATE_MACHINE_ARN: _state_machine(foundation.environment),
    }


def _state_machine(environment: Environment) -> str:
    """By name: the state machine itself needs other functions' ARNs."""
    return environment.arn("states", f"stateMachine:{environment.named(STATE_MACHINE)}")


def _callback_function(environment: Environment) -> str:
    return environment.named(names.function_name("callback_dispatch"))


RECORD: Final = FunctionRecord(
    module=__name__,
    place=7,
    description="Brings batches to their end that the state machine could not",
    size=FunctionSize(memory_mb=512, timeout_seconds=120, reserved_concurrency=5),
    invoked_by=frozenset({Invoker.EVENTS}),
    messages_at_once=3,  # each may wait for a callback: all of them have to fit into the function's timeout
    statements=_statements,
    variables=_variables,
    errors_alarm="Batches whose execution was cut short cannot be concluded: see the function's log",
    unmeasured_seconds=0.2,
)
