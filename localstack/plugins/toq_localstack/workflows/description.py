"""A state machine's tracing setting, which LocalStack 4.14 keeps but does not describe."""

from typing import Any

from localstack.services.stepfunctions.backend.state_machine import StateMachineInstance

_describe = StateMachineInstance.describe


def install() -> None:
    """Answer DescribeStateMachine with ``tracingConfiguration``, as AWS does; a second call changes nothing."""
    StateMachineInstance.describe = describe  # type: ignore[assignment,method-assign]


def describe(machine: StateMachineInstance) -> Any:
    """LocalStack's description, and the tracing setting where one was made."""
    tracing = {"tracingConfiguration": machine.tracing_config} if machine.tracing_config else {}
    return {**_describe(machine), **tracing}
