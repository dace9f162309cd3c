"""The rules, each a function from evidence to violations.

From the contract: docs/backend.md (keys, message, callback), docs/architecture.md (how batches end) and docs/limits.md.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from localstack.chaos.auditor.evidence import Attempt, Evidence, manifest_of
from localstack.chaos.auditor.outputs import outputs_are_there, rows_equal_results

_ENDED: Final = frozenset({"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"})
_TERMINAL: Final = frozenset({"READY", "FAILED"})
_STAGES: Final = frozenset({"raw", "processed", "thumb", "zip"})
# How a key says whose it is: a file's name begins with its batch, a manifest and a ZIP are named after it.
_BATCH_IN_KEY: Final = (re.compile(r"/batch-(\d+)(?:[-.]|$)"), re.compile(r"/(\d+)-\d{4}-[^/]*$"))


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was broken: which rule, of what, and how."""

    rule: str
    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.subject}: {self.text}"


def audit(evidence: Evidence, *, redriven: bool = False) -> list[Violation]:
    """Every violation that the evidence shows.

    Parameters
    ----------
    redriven
        The dead letters were sent back before: now every attempt must have its result, and all queues be empty.
    """
    found = [Violation(rule, subject, text) for rule, check in RULES.items() for subject, text in check(evidence)]
    if redriven:
        found += [Violation("queue-not-empty", name, f"{held} messages") for name, held in dead(evidence) if held]
    else:
        found = [each for each in found if each.rule != "lost" or not is_dead(evidence, each.subject)]
    return found


def name_of(attempt: Attempt) -> str:
    """As executions are named."""
    return f"batch-{attempt[0]}-{attempt[1]}"


def dead(evidence: Evidence) -> Iterator[tuple[str, int]]:
    """Dead-letter queues and how many messages each holds."""
    yield from ((name, held) for name, held in evidence.queues.items() if name.endswith("-dlq"))


def is_dead(evidence: Evidence, name: str) -> bool:
    """Whether a dead letter tells of an attempt."""
    return any(each.attempt and name_of(each.attempt) == name for each in evidence.dead_letters)


def lost(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Accepted, and yet without a result that the backend has taken."""
    for attempt in evidence.ledger.attempts:
        result, receipt = evidence.document(attempt, "result.json"), evidence.document(attempt, "callback.json")
        if result is None:
            yield name_of(attempt), "no result"
        elif receipt is None or receipt["eventId"] != result["eventId"]:
            yield name_of(attempt), f"its result ({result['status']}) was not delivered"


def invisible(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Batches that the backend does not show as ended, although their newest attempt is told as delivered."""
    for batch in evidence.ledger.batches.values():
        newest = evidence.newest(batch)
        if newest is None:
            continue
        rows = evidence.rows.get(batch.id)
        if rows is None:
            yield name_of(newest), "no row in the database"
        elif evidence.document(newest, "callback.json") and rows.batch["status"] not in _TERMINAL:
            yield name_of(newest), f"delivered, but its row says {rows.batch['status']}"


def unexpected(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Executions, callbacks and dead letters of what nobody asked for."""
    asked = evidence.ledger.possible
    for execution in evidence.executions:
        if execution.attempt not in asked:
            yield execution.name, f"an execution for {execution.attempt}, which nobody asked for"
    for answer in evidence.backend:
        if answer.attempt not in asked:
            yield answer.event_id, f"a callback for {answer.attempt}, which nobody asked for"
    for letter in evidence.dead_letters:
        if letter.attempt not in asked:
            yield letter.queue, f"a dead letter of {letter.attempt}: {letter.code} {letter.reason}"


def running(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Executions that have not ended."""
    yield from ((each.name, each.status) for each in evidence.executions if each.status not in _ENDED)


def duplicate_executions(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """More than one execution for one attempt, or one under a name that is not the attempt's."""
    for attempt, number in Counter(each.attempt for each in evidence.executions if each.attempt).items():
        if number > 1:
            yield name_of(attempt), f"{number} executions"
    for each in evidence.executions:
        if each.attempt and each.name != name_of(each.attempt):
            yield name_of(each.attempt), f"its execution is named {each.name}, so another one could start"


def duplicate_effects(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """One event that has changed the backend's tables more than once."""
    for event, number in Counter(each.event_id for each in evidence.backend if each.applied).items():
        if number > 1:
            yield event, f"applied {number} times"


def reasons(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Dead letters that the pipeline wrote without saying why."""
    for letter in evidence.dead_letters:
        if letter.code and not letter.reason.strip():
            yield letter.queue, f"{letter.attempt} is dead for {letter.code}, without a reason"


def foreign_keys(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Objects outside their listing's own prefix."""
    owners = {each.id: each.listing_id for each in evidence.ledger.batches.values()}
    for key in evidence.objects:
        listing, _, rest = key.partition("/")
        found = next((match for pattern in _BATCH_IN_KEY if (match := pattern.search(key))), None)
        if not listing.isdecimal() or rest.partition("/")[0] not in _STAGES:
            yield key, "is under no listing's prefix and stage"
        elif found is None:
            yield key, "tells of no batch"
        elif int(found[1]) in owners and owners[int(found[1])] != int(listing):
            yield key, f"batch {found[1]} is of listing {owners[int(found[1])]}"
    for key, document in evidence.documents.items():
        told = manifest_of(key)
        if told and told[1] == "result.json":
            listing = key.partition("/")[0]
            yield from (
                (name_of(told[0]), f"its result names {each}, of another listing")
                for each in named_keys(document)
                if not each.startswith(f"{listing}/")
            )


def named_keys(result: dict) -> Iterator[str]:  # type: ignore[type-arg]
    """Every key that a result names."""
    for output in result.get("outputs") or []:
        yield output["rawKey"]
        yield from (output["outputs"] or {}).values()
        yield from (output[name] for name in ("processedKey", "thumbnailKey") if output.get(name))
    yield from result.get("zipBundles") or []


def open_uploads(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Multipart uploads that nobody will ever complete; a rule that aborts them, and removes no object, is enough."""
    if evidence.abort_days is None:
        yield from ((key, "a multipart upload is open, and no rule will abort it") for key in evidence.uploads)
    yield from ((rule, "a rule of the bucket removes objects") for rule in evidence.expirations)


def raw_objects(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Uploaded files that are gone, have changed or have a new version."""
    for batch in evidence.ledger.batches.values():
        for raw in batch.raw:
            stored = evidence.objects.get(raw.key)
            if stored is None:
                yield raw.key, "the raw object is gone"
            elif stored.versions != [raw.version]:
                yield raw.key, f"the raw object has versions {stored.versions}, not {raw.version} alone"
            elif (stored.bytes, stored.sha256) != (raw.bytes, raw.sha256):
                yield raw.key, "the raw object has other content"


def queues(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Messages that nobody has worked on."""
    for name, held in evidence.queues.items():
        if held and not name.endswith("-dlq"):
            yield name, f"{held} messages"


RULES: Final[dict[str, Callable[[Evidence], Iterator[tuple[str, str]]]]] = {
    "lost": lost,
    "not-shown": invisible,
    "unexpected": unexpected,
    "still-running": running,
    "duplicate-execution": duplicate_executions,
    "duplicate-effect": duplicate_effects,
    "no-reason": reasons,
    "wrong-output": outputs_are_there,
    "foreign-key": foreign_keys,
    "open-upload": open_uploads,
    "rows-differ": rows_equal_results,
    "raw-changed": raw_objects,
    "queue-not-empty": queues,
}
