"""StopExecution is final, as in AWS.

LocalStack 4.14 lets a stopped execution finish evaluating its current state with parts missing; the error that follows
then hides the stop, and the execution ends FAILED instead of ABORTED. A stop that comes before the execution's thread
has taken up its first state is forgotten altogether.
"""

import time
from collections.abc import Callable
from typing import Any, Final

from localstack.services.stepfunctions.asl.eval.environment import Environment
from localstack.services.stepfunctions.asl.eval.program_state import ProgramStopped
from localstack.services.stepfunctions.backend.execution_worker import ExecutionWorker

_START_SECONDS: Final = 10.0  # that an execution's thread may take; milliseconds, unless the machine is overloaded


def install() -> None:
    """Make a stop reach every execution, and later errors and timeouts leave a stopped one as it is."""
    setattr(ExecutionWorker, "stop", once_begun(ExecutionWorker.stop))  # noqa: B010 - a method, to mypy
    for name in ("set_error", "set_timed_out"):
        setattr(Environment, name, unless_stopped(getattr(Environment, name)))


def unless_stopped(change: Callable[..., None]) -> Callable[..., None]:
    """Wrap a method that changes an execution's state."""

    def changed(environment: Environment, *arguments: Any, **named: Any) -> None:
        if not isinstance(environment.program_state(), ProgramStopped):
            change(environment, *arguments, **named)

    return changed


def once_begun(stop: Callable[..., None]) -> Callable[..., None]:
    """Wrap the method that stops an execution, so that it waits for the first state."""

    def stopped(worker: ExecutionWorker, *arguments: Any, **named: Any) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while (worker.env is None or worker.env.program_state() is None) and time.monotonic() < deadline:
            time.sleep(0.005)
        stop(worker, *arguments, **named)

    return stopped
