"""What the platform consists of: things that run between a start and a stop."""

import signal
import sys
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


def end_on_sigterm() -> None:
    """Make SIGTERM the ordinary way out of this process, through every ``finally``, as Ctrl-C is."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))


class Lifetime(ABC):
    """Something that is started and stopped; a ``with`` block does both."""

    @abstractmethod
    def start(self) -> None:
        """Make it usable; nothing is left of it when that fails."""

    @abstractmethod
    def stop(self) -> None:
        """End it; harmless when it does not run."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
