"""What differs inside an attribute, leaf by leaf, and values cut where they differ."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from operations.plan_review.plan import REDACTED, UNKNOWN, Change
from operations.plan_review.rules.protections import any_unknown

LONGEST: Final = 120  # characters of a value that are shown
LEAD: Final = 20  # of those, so many before the difference
NOT_SET: Final = "(not set)"
CHANGES_HIDDEN: Final = "(sensitive, changes)"


def differences(change: Change) -> Iterator[tuple[str, Any, Any]]:
    """Path, before and after of every leaf that differs; of all that is set where the resource is made."""
    for name, before, after in change.changed_attributes():
        yield from _leaves(name, before, after, change.unknown.get(name))
        if name in change.hidden and change.before and change.after:
            yield name, REDACTED, CHANGES_HIDDEN


def shown(before: Any, after: Any) -> tuple[str, str]:
    """Both values as text, each cut around the place where they differ."""
    old, new = _text(before), _text(after)
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    return _cut(old, same), _cut(new, same)


def _leaves(path: str, before: Any, after: Any, unknown: Any) -> Iterator[tuple[str, Any, Any]]:
    if unknown is True:
        after = UNKNOWN
    if before == after and not any_unknown(unknown):
        return
    nested = [each for each in (before, after, unknown) if isinstance(each, Mapping)]
    if nested and all(each is None or isinstance(each, Mapping) for each in (before, after)):
        for name in sorted({name for each in nested for name in each}, key=str):
            inner = (each.get(name) if isinstance(each, Mapping) else None for each in (before, after, unknown))
            yield from _leaves(f"{path}.{name}", *inner)
    elif _holds_blocks(before) or _holds_blocks(after) or isinstance(unknown, list):
        sides = [each if isinstance(each, list) else [] for each in (before, after, unknown)]
        for number in range(max(map(len, sides))):
            inner = (side[number] if number < len(side) else None for side in sides)
            yield from _leaves(f"{path}[{number}]", *inner)
    elif before != after:
        yield path, before, after


def _holds_blocks(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(each, Mapping) for each in value)


def _text(value: Any) -> str:
    if value is None:
        return NOT_SET
    if value in (UNKNOWN, REDACTED, CHANGES_HIDDEN):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def _cut(text: str, same: int) -> str:
    start = max(0, same - LEAD) if len(text) > LONGEST and same > LONGEST - LEAD else 0
    end = start + LONGEST
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")
