"""Policies and state machines of a change, as differences between lines."""

import difflib
import json
from collections.abc import Iterator
from typing import Any

from operations.plan_review.output.blocks import Block
from operations.plan_review.output.escaping import fence, summary
from operations.plan_review.plan import Change
from operations.plan_review.policies.statements import PolicyError
from operations.plan_review.policies.texts import policy_texts, read_text
from operations.plan_review.states import states


def documents(change: Change) -> dict[str, list[Block]]:
    """Each attribute that holds a readable document, with the differences in it; told here and not among the values."""
    found = {name: list(_diff(f"{change.address} {name}", *lines)) for name, lines in _policies(change).items()}
    old, new = (states(side.get("definition")) for side in (change.before, change.after))
    if (old or not change.before) and new:
        found["definition"] = [
            block
            for name in [*old, *(name for name in new if name not in old)]
            for block in _diff(f"{change.address} state {name}", _lines(name, old), _lines(name, new))
        ]
    return found


def _policies(change: Change) -> dict[str, tuple[list[str], list[str]]]:
    """Statements before and after of each policy that is an attribute of its own and can be read on both sides."""
    before, after = (policy_texts(side, {}) for side in (change.before, change.after))
    found = {}
    for name in sorted({*before, *after}):
        if change.unknown.get(name) or " " in name:
            continue
        try:
            old, new = ([each.describe() for each in read_text(side.get(name))] for side in (before, after))
        except PolicyError:
            continue
        if old or new:
            found[name] = (old, new)
    return found


def _lines(name: str, all_states: dict[str, Any]) -> list[str]:
    return json.dumps(all_states[name], indent=2, ensure_ascii=False).splitlines() if name in all_states else []


def _diff(title: str, old: list[str], new: list[str]) -> Iterator[Block]:
    lines = [each for each in list(difflib.unified_diff(old, new, lineterm="", n=2))[2:] if not each.startswith("@@")]
    if lines:
        block = fence("diff", lines)
        head = [summary(title), "", block[0]]
        yield Block(head, block[1:-1], [block[-1], "", "</details>", ""])
