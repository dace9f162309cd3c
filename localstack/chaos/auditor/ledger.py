"""What was handed to the pipeline, written down by whoever did it: all that the auditor expects comes from here."""

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self


@dataclass(frozen=True, slots=True)
class RawObject:
    """An uploaded file as S3 had it before the pipeline saw it.

    Parameters
    ----------
    version
        Its version id.
    sha256
        Of its content, in hex.
    """

    key: str
    version: str
    bytes: int
    sha256: str


@dataclass(slots=True)
class Batch:
    """One batch.

    Parameters
    ----------
    attempts
        When each attempt was accepted, in seconds since 1970.
    asked
        Attempts that were asked for without an answer: they may have been begun.
    """

    id: int
    listing_id: int
    raw: list[RawObject] = field(default_factory=list)
    attempts: dict[int, float] = field(default_factory=dict)
    asked: set[int] = field(default_factory=set)


class Ledger:
    """Batches by id; each entry is in the file before the call that makes it returns.

    Parameters
    ----------
    file
        JSON lines, appended to; None keeps it in memory alone.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.batches: dict[int, Batch] = {}
        self._lock = threading.Lock()
        self._file: IO[str] | None = file.open("a", buffering=1) if file else None

    @classmethod
    def read(cls, file: Path) -> Self:
        """The ledger that another process has written."""
        ledger = cls()
        for line in file.read_text().splitlines():
            entry = json.loads(line)
            if "raw" in entry:
                ledger.uploaded(entry["batch"], entry["listing"], [RawObject(**each) for each in entry["raw"]])
            elif "at" in entry:
                ledger.accepted(entry["batch"], entry["attempt"], entry["at"])
            else:
                ledger.asked(entry["batch"], entry["attempt"])
        return ledger

    def uploaded(self, batch_id: int, listing_id: int, raw: list[RawObject]) -> None:
        """A batch's files are in S3."""
        with self._lock:
            self.batches[batch_id] = Batch(batch_id, listing_id, raw)
            members = [{name: getattr(each, name) for name in RawObject.__slots__} for each in raw]
            self._write({"batch": batch_id, "listing": listing_id, "raw": members})

    def accepted(self, batch_id: int, attempt: int, at: float) -> None:
        """An attempt was taken: from now on it must end in a result or a dead letter."""
        with self._lock:
            self.batches[batch_id].attempts.setdefault(attempt, at)
            self._write({"batch": batch_id, "attempt": attempt, "at": at})

    def asked(self, batch_id: int, attempt: int) -> None:
        """An attempt was asked for, and no answer came: it may be begun, and need not be."""
        with self._lock:
            self.batches[batch_id].asked.add(attempt)
            self._write({"batch": batch_id, "attempt": attempt})

    @property
    def possible(self) -> set[tuple[int, int]]:
        """Every attempt that there may be."""
        with self._lock:
            return {(each.id, number) for each in self.batches.values() for number in {*each.attempts, *each.asked}}

    @property
    def attempts(self) -> dict[tuple[int, int], float]:
        """Every accepted attempt as batch and number, and when it was accepted."""
        with self._lock:
            return {(each.id, number): at for each in self.batches.values() for number, at in each.attempts.items()}

    def _write(self, entry: dict[str, Any]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(entry) + "\n")
