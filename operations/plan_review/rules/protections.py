"""Rules about what protects beside policies; the table says which attribute must not go in which direction."""

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from operations.plan_review.plan import UNKNOWN, Change, Plan
from operations.plan_review.rules.protection_table import GUARDS, PROTECTIONS, Protection

RULES = {
    "protection-weakened": "encryption, retention, dead letters, logs or another protection is weakened",
    "protection-removed": "a resource that only protects is destroyed",
}


def protection_weakens(change: Change, plan: Plan) -> Iterator[tuple[str, str]]:
    """An attribute goes in a direction that it must not, or what only protects is destroyed."""
    if change.type in GUARDS and change.action == "delete" and not change.deposed:
        yield "protection-removed", "deleted"
    if change.leaves:
        return
    for row in PROTECTIONS:
        if row.type == change.type and not _stronger_instead(change, row):
            yield from (("protection-weakened", f"{row.path} {what}") for what in dict.fromkeys(_judge(row, change)))


def _judge(row: Protection, change: Change) -> Iterator[str]:
    path = row.path.split(".")
    before = list(leaves(change.before, path))
    after = list(leaves_with_unknown(change.after, change.unknown, path))
    for old, new in zip_longest(before, after):
        if what := row.direction(old, new):
            yield what


def leaves(block: Any, path: list[str]) -> Iterator[Any]:
    """Values at the end of a path, one for each of the blocks on the way."""
    if not path:
        yield block
    elif isinstance(block, Mapping):
        inner = block.get(path[0])
        blocks = inner if isinstance(inner, list) and len(path) > 1 else [inner]
        for each in blocks:
            yield from leaves(each, path[1:])


def leaves_with_unknown(block: Any, unknown: Any, path: list[str]) -> Iterator[Any]:
    """`leaves`, with `UNKNOWN` where a value is known after apply only."""
    if unknown is True:
        yield UNKNOWN
    elif not path:
        yield block
    elif isinstance(block, Mapping) or isinstance(unknown, Mapping):
        inner, marks = ((each.get(path[0]) if isinstance(each, Mapping) else None) for each in (block, unknown))
        if len(path) > 1 and (isinstance(inner, list) or isinstance(marks, list)):
            pairs = zip_longest(inner if isinstance(inner, list) else [], marks if isinstance(marks, list) else [])
        else:
            pairs = zip_longest([inner], [marks if marks is True or len(path) > 1 else any_unknown(marks)])
        for value, mark in pairs:
            yield from leaves_with_unknown(value, mark, path[1:])


def any_unknown(marks: Any) -> bool:
    """Whether any part of a value is known after apply only."""
    if isinstance(marks, Mapping):
        return any(any_unknown(each) for each in marks.values())
    return any(any_unknown(each) for each in marks) if isinstance(marks, list) else marks is True


def _stronger_instead(change: Change, row: Protection) -> bool:
    """A queue that changes from SQS-managed encryption to a key does not weaken."""
    return row.path == "sqs_managed_sse_enabled" and bool(
        change.after.get("kms_master_key_id") or change.unknown.get("kms_master_key_id")
    )
