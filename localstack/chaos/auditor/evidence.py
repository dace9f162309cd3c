"""What is there after a run, as the auditor has read it: plain values, so that a test can plant a violation."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from localstack.chaos.auditor.ledger import Batch, Ledger

Attempt = tuple[int, int]  # batch, and the number of the attempt
_MANIFEST: Final = re.compile(r"^(\d+)/processed/manifest/[\d-]+/batch-(\d+)-(\d+)/(.+)$")


@dataclass(slots=True)
class Execution:
    """An execution of the state machine; batch and attempt as its input has them, None for an input without."""

    name: str
    status: str
    attempt: Attempt | None


@dataclass(slots=True)
class StoredObject:
    """An object in the media bucket.

    Parameters
    ----------
    versions
        All its version ids, the current one first.
    sha256
        Of the current content, in hex.
    modified
        When the current version was written, in seconds since 1970.
    """

    key: str
    versions: list[str]
    bytes: int
    sha256: str
    modified: float


@dataclass(slots=True)
class DeadLetter:
    """A message of a dead-letter queue; `code` is empty for one that SQS itself gave up."""

    queue: str
    attempt: Attempt | None
    code: str
    reason: str


@dataclass(slots=True)
class Rows:
    """A batch in the database: its row and those of its assets and jobs, JSON columns decoded."""

    batch: dict[str, Any]
    assets: list[dict[str, Any]]
    jobs: list[dict[str, Any]]


@dataclass(slots=True)
class BackendAnswer:
    """One callback as it was seen in front of the backend.

    Parameters
    ----------
    status
        What the backend answered; None when it did not, or was not asked.
    applied
        Whether the backend said that the callback changed its tables.
    """

    event_id: str
    attempt: Attempt
    status: int | None
    applied: bool


@dataclass(slots=True)
class Evidence:
    """Everything that the rules look at.

    Parameters
    ----------
    documents
        Content of every ``result.json`` and ``callback.json`` by key.
    queues
        Messages of each queue, the hidden and the delayed ones included.
    uploads
        Keys of multipart uploads that are neither completed nor aborted.
    abort_days
        Days after which a rule of the bucket aborts such uploads; None without a rule.
    expirations
        Rules of the bucket that remove objects, by id.
    """

    ledger: Ledger
    executions: list[Execution] = field(default_factory=list)
    objects: dict[str, StoredObject] = field(default_factory=dict)
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: dict[int, Rows] = field(default_factory=dict)
    queues: dict[str, int] = field(default_factory=dict)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    uploads: list[str] = field(default_factory=list)
    abort_days: int | None = None
    expirations: list[str] = field(default_factory=list)
    backend: list[BackendAnswer] = field(default_factory=list)

    def document(self, attempt: Attempt, name: str) -> dict[str, Any] | None:
        """An attempt's ``result.json`` or ``callback.json``, wherever its date has put it."""
        for key, document in self.documents.items():
            if manifest_of(key) == (attempt, name):
                return document
        return None

    def newest(self, batch: Batch) -> Attempt | None:
        """The newest attempt that was accepted, or has a result; None for a batch that was never handed over."""
        known = {
            *batch.attempts,
            *(number for number in batch.asked if self.document((batch.id, number), "result.json")),
        }
        return (batch.id, max(known)) if known else None

    def manifest(self, attempt: Attempt, name: str) -> StoredObject | None:
        """The same as an object."""
        found = (each for key, each in self.objects.items() if manifest_of(key) == (attempt, name))
        return next(found, None)


def manifest_of(key: str) -> tuple[Attempt, str] | None:
    """Attempt and file of a manifest's key."""
    found = _MANIFEST.match(key)
    return ((int(found[2]), int(found[3])), found[4]) if found else None
