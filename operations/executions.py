"""Executions of the state machine, by their names."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


def execution_arn(machine_arn: str, name: str) -> str:
    """ARN of the machine's execution of a name."""
    return f"{machine_arn.replace(':stateMachine:', ':execution:')}:{name}"


def find_execution(executions: "SFNClient", machine_arn: str, name: str) -> Any:
    """What DescribeExecution says of it; None when there is none, or when it ended more than 90 days ago."""
    try:
        return executions.describe_execution(executionArn=execution_arn(machine_arn, name))
    except executions.exceptions.ExecutionDoesNotExist:
        return None
