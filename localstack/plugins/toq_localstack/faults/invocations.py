"""Invocations that run now, so that the gateway can end one in the middle of a call that it makes."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from toq_localstack.faults.board import BOARD
from toq_localstack.functions.report import Failure

_SELF = re.compile(r"Self=([^;]+)")
_lock = threading.Lock()
_running: Final[dict[str, Callable[[Failure], None]]] = {}


@contextmanager
def running(request_id: str, end: Callable[[Failure], None]) -> Iterator[None]:
    """While the block runs, `end_of` this invocation calls `end`."""
    with _lock:
        _running[request_id] = end
    try:
        yield
    finally:
        with _lock:
            del _running[request_id]


def traced(trace_id: str, request_id: str) -> str:
    """The trace header that an invocation gets: AWS's SDKs send it with each call, and so name the invocation."""
    return f"{trace_id};Self={request_id}" if BOARD.active else trace_id


def end_of(trace_header: str) -> Callable[[Failure], None] | None:
    """What ends the invocation that sent a trace header; None for a call of anybody else."""
    found = _SELF.search(trace_header)
    with _lock:
        return _running.get(found[1]) if found else None
