"""State machines under test."""

import json
from collections.abc import Callable
from typing import Any

from tests.support.waiting import wait_until


class Machine:
    """A state machine and its executions."""

    def __init__(
        self, client: Callable[[str], Any], name: str, role: str, states: dict[str, Any], **definition: Any
    ) -> None:
        self.sfn = client("stepfunctions")
        text = json.dumps({"StartAt": next(iter(states)), "States": states, **definition})
        self.arn = self.sfn.create_state_machine(name=name[-80:], definition=text, roleArn=role)["stateMachineArn"]

    def start(self, document: Any) -> str:
        """Gives the execution's ARN."""
        return str(self.sfn.start_execution(stateMachineArn=self.arn, input=json.dumps(document))["executionArn"])

    def ended(self, execution: str) -> Any:
        """The execution when it has ended."""

        def described() -> Any:
            found = self.sfn.describe_execution(executionArn=execution)
            return found if found["status"] != "RUNNING" else None

        return wait_until(described, timeout=60)

    def run(self, document: Any) -> Any:
        """Start an execution and wait for its end."""
        return self.ended(self.start(document))
