"""StopExecution is final, as in AWS.

LocalStack 4.14 lets a stopped execution finish evaluating its current state with parts missing; the error that follows
then hides the stop, and the execution ends FAILED instead of ABORTED.
"""

from collections.abc import Callable
from typing import Any

from localstack.services.stepfunctions.asl.eval.environment import Environment
from localstack.services.stepfunctions.asl.eval.program_state import ProgramStopped


def install() -> None:
    """Make later errors and timeouts leave a stopped execution as it is."""
    for name in ("set_error", "set_timed_out"):
        setattr(Environment, name, unless_stopped(getattr(Environment, name)))


def unless_stopped(change: Callable[..., None]) -> Callable[..., None]:
    """Wrap a method that changes an execution's state."""

    def changed(environment: Environment, *arguments: Any, **named: Any) -> None:
        if not isinstance(environment.program_state(), ProgramStopped):
            change(environment, *arguments, **named)

    return changed
