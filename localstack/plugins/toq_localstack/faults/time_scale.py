"""Shorter waiting, by the board's factor: an hour of timeouts and retries fits into a minute.

Shortened is what waits: pauses before a retry, the time that an execution or a MediaConvert job may take, visibility
timeouts of queues, the pauses between runs of a schedule. What works is not: the time that a function may take, and so
that of the task that calls it, stays as it is, because this machine is no faster than AWS. For the same reason a
visibility timeout is never shorter than what a function needs for its messages.
"""

import threading
import time
from types import SimpleNamespace
from typing import Any, Final

from localstack.services.sqs.models import SqsQueue
from localstack.services.stepfunctions.asl.component.common.retry import retrier_decl
from localstack.services.stepfunctions.asl.component.common.timeouts.timeout import Timeout
from localstack.services.stepfunctions.asl.component.eval_component import EvalComponent
from localstack.services.stepfunctions.asl.component.program.program import Program
from localstack.services.stepfunctions.asl.eval.environment import Environment

from toq_localstack.faults import schedules
from toq_localstack.faults.board import BOARD

TIMED_OUT: Final = "execution.timed-out"
LEAST_HIDDEN_SECONDS: Final = 8.0


def install() -> None:
    """Let Step Functions and SQS ask the board how long to wait."""
    retrier_decl.time = SimpleNamespace(sleep=lambda seconds: time.sleep(BOARD.shortened(seconds)))  # type: ignore[assignment]
    setattr(Program, "eval", run_within_its_time)  # noqa: B010 - a method, to mypy
    schedules.install()
    hidden: Any = vars(SqsQueue)["visibility_timeout"]
    setattr(SqsQueue, "visibility_timeout", property(lambda queue: hidden_seconds(hidden.fget(queue))))  # noqa: B010


def hidden_seconds(seconds: float) -> float:
    """A queue's visibility timeout, shortened as far as makes sense."""
    return min(seconds, max(BOARD.shortened(seconds), LEAST_HIDDEN_SECONDS))


class Shortened(Timeout):
    """A task's timeout, as long as the board says."""

    def __init__(self, timeout: Timeout) -> None:
        self._timeout = timeout

    def is_default_value(self) -> bool:
        return self._timeout.is_default_value()

    def _eval_seconds(self, env: Environment) -> Any:
        return BOARD.shortened(self._timeout._eval_seconds(env))


def run_within_its_time(program: Program, env: Environment) -> None:
    """LocalStack's own evaluation of a program, with a timeout that the board shortens, or a fault ends early."""
    seconds = BOARD.shortened(program.timeout_seconds.timeout_seconds) if program.timeout_seconds else None
    name = execution_name(env)
    if seconds is not None and name and BOARD.strikes(TIMED_OUT, name):
        seconds = min(seconds, BOARD.between(0.2, 6, TIMED_OUT, name))
    env.next_state_name = program.start_at.start_at_name
    worker = threading.Thread(target=EvalComponent.eval, args=(program, env), daemon=True)
    worker.start()
    worker.join(timeout=seconds)
    if worker.is_alive():
        env.set_timed_out()


def execution_name(env: Environment) -> str:
    """Of the execution that a program runs for; empty for the programs inside a map or a parallel state."""
    return "" if env.is_frame() else str(env.states.context_object.context_object_data["Execution"]["Name"])
