"""What is to be known of one Lambda function, beside its code; `modules.functions` holds a record for each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from handlers.contract.keys import Stage
from handlers.contract.names import function_handler, function_name
from modules.environments.environment import FunctionSize
from modules.policy import Statement

if TYPE_CHECKING:  # what reads sizes and names only, does without cdktf
    from modules.foundation import Foundation

MANIFESTS: Final = f"*/{Stage.PROCESSED}/manifest/*"  # keys of what the steps of a batch leave for each other


class Invoker(Enum):
    """Who calls a function."""

    QUEUE = auto()  # the queue of batches; each message that fails comes back by itself
    STATE_MACHINE = auto()
    API = auto()  # the private API's route that asks for a callback's redelivery
    EVENTS = auto()  # EventBridge rules, through the queue of events; each event that fails comes back by itself


def _no_variables(_foundation: "Foundation") -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class FunctionRecord:
    """One Lambda function.

    Parameters
    ----------
    module
        ``__name__`` of the record's module, whose last part is the function's folder under ``handlers/``.
    place
        Where the function comes in a batch's way; dashboards, costs and policies list functions in this order.
    description
        In a few words, for whoever finds the function in the AWS console.
    size
        Unless an environment asks for another.
    invoked_by
        All who call it.
    statements
        What its role may do beside logging and tracing, in the order of the handler's work.
    variables
        Environment variables beside those that every function has.
    errors_alarm
        What an alarm on its errors tells people; None where a caller sees the errors and reports them.
    messages_at_once
        Messages that one invocation is given at most, where a queue invokes it.
    requests_at_once
        S3 requests that it has under way at the same time; for the estimate of costs.
    unmeasured_seconds
        Taken for its billed time where `make cost` does not measure it; None where it does.
    """

    module: str
    place: int
    description: str
    size: FunctionSize
    invoked_by: frozenset[Invoker]
    statements: "Callable[[Foundation], list[Statement]]"
    variables: "Callable[[Foundation], Mapping[str, str]]" = _no_variables
    errors_alarm: str | None = None
    messages_at_once: int = 10
    requests_at_once: int = 1
    unmeasured_seconds: float | None = None

    @property
    def package(self) -> str:
        """Folder under ``handlers/`` that holds the function's code, e.g. ``callback_dispatch``."""
        return self.module.rpartition(".")[2]

    @property
    def name(self) -> str:
        """The function's name without an environment's suffix, e.g. ``listing-media-callback-dispatch``."""
        return function_name(self.package)

    @property
    def handler(self) -> str:
        """Lambda's handler string."""
        return function_handler(self.package)
