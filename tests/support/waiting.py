"""Waiting for something that another process will do: polls a condition until a deadline, never a fixed time."""

import threading
import time
from collections.abc import Callable

POLL_SECONDS = 0.2
PATIENCE_SECONDS = 180  # on a busy machine; what comes sooner is seen sooner


def wait_until[T](condition: Callable[[], T | None], timeout: float = PATIENCE_SECONDS) -> T:
    """Return the condition's first truthy answer.

    Raises
    ------
    AssertionError
        After ``timeout`` seconds, naming the condition and its last answer.
    """
    deadline = time.monotonic() + timeout
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"{condition.__qualname__} still answers {answer!r} after {timeout:.0f} s")
        threading.Event().wait(POLL_SECONDS)
