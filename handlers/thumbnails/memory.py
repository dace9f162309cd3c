"""A bound on the memory that photos in work take together, whatever their number."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class MemoryBudget:
    """Lets work begin while its estimated bytes fit beside those of the work already begun.

    Parameters
    ----------
    total
        Bytes that may be held at once. A single holder that wants more waits until it is alone.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self._free = total
        self._changed = threading.Condition()

    @contextmanager
    def hold(self, size: int) -> Iterator[None]:
        """Wait until the bytes are free, and hold them for the block."""
        share = min(size, self.total)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= share)
            self._free -= share
        try:
            yield
        finally:
            with self._changed:
                self._free += share
                self._changed.notify_all()
