"""``python -m tests.support.corpus.peaks FILE SMALL`` says as JSON how much memory a photo takes, and what was held.

SMALL is a file of the same kind: what is imported and allocated once for all photos is not counted.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from handlers.thumbnails.memory import MemoryBudget
from handlers.thumbnails.photo import process


class _NotedBudget(MemoryBudget):
    """A budget that remembers what was last held."""

    held = 0

    @contextmanager
    def hold(self, size: int) -> Iterator[None]:
        self.held = size
        with super().hold(size):
            yield


def main(file: str, small: str) -> None:
    """Process both files."""
    budget = _NotedBudget(2**40)
    process(Path(small).read_bytes(), budget)
    data = Path(file).read_bytes()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forget the peak so far (man 5 proc)
    before = _status_kib("VmRSS")
    photo = process(data, budget)
    taken = (_status_kib("VmHWM") - before) * 1024
    print(json.dumps({"taken": taken, "held": budget.held, "pixels": photo.width * photo.height}))


def _status_kib(name: str) -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith(name))


if __name__ == "__main__":
    main(*sys.argv[1:])
