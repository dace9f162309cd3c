"""What the platform tells people when one of its services does not run; shown without a traceback."""

from __future__ import annotations

from pathlib import Path
from typing import Final

LOG_TAIL_LINES: Final = 25


class StartError(Exception):
    """A service that should run does not. Exit code 1.

    Parameters
    ----------
    message
        What failed, in one line.
    log
        The service's log; its last lines follow the message, because they hold the reason.
    """

    exit_code = 1

    def __init__(self, message: str, log: Path | None = None) -> None:
        super().__init__(message if log is None else f"{message}\n{tail(log)}")


def tail(log: Path, lines: int = LOG_TAIL_LINES) -> str:
    """The end of a log, indented and headed by its path."""
    try:
        text = log.read_text(errors="replace").splitlines()[-lines:]
    except FileNotFoundError:
        text = []
    return "\n".join([f"  last lines of {log}:", *(f"  | {line}" for line in text or ["(empty)"])])
