"""What a policy allows after a change that it did not before, and what it no longer denies.

Each Allow is cut into parts of one principal, action and resource. A part was allowed before when one statement of
before provably covers it; what several cover only together counts as new. Nothing here needs the statements' names.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any, Final

from operations.plan_review.policies.statements import PolicyError, Scope, Statement

# AWS refuses policies of more than 20 KB ("IAM and AWS STS quotas"); no honest statement has more parts.
MOST_PARTS: Final = 20_000
ELEMENTS: Final = ("actions", "resources", "principals")


@dataclass(frozen=True, slots=True)
class Gain:
    """A part that is newly allowed.

    Parameters
    ----------
    lost
        Conditions that bound the same part before, where that is all that changed.
    """

    part: Statement
    lost: tuple[str, ...] = ()


def gained(
    before: Sequence[Statement], after: Sequence[Statement], denied: Sequence[Statement] | None = None
) -> Iterator[Gain]:
    """Parts that are allowed after and were not before.

    Parameters
    ----------
    denied
        Statements in force afterwards, whose Deny takes from what `after` allows; `after` itself when None.

    Raises
    ------
    PolicyError
        A statement is too large to compare.
    """
    allowed = [each for each in before if each.allows]
    refused = [each for each in (after if denied is None else denied) if not each.allows]
    for statement in after:
        if statement.allows:
            for part in _parts(statement):
                if not any(each.covers(part) for each in (*allowed, *refused)):
                    yield Gain(part, _lost_conditions(part, allowed))


def no_longer_denied(before: Sequence[Statement], after: Sequence[Statement]) -> Iterator[Statement]:
    """Parts of Deny statements that none of after covers.

    Raises
    ------
    PolicyError
        A statement is too large to compare.
    """
    denied = [each for each in after if not each.allows]
    for statement in before:
        if not statement.allows:
            yield from (part for part in _parts(statement) if not any(each.covers(part) for each in denied))


def _parts(statement: Statement) -> Iterator[Statement]:
    scopes = (statement.principals, statement.actions, statement.resources)
    if prod(len(each.patterns) for each in scopes if not each.inverted) > MOST_PARTS:
        raise PolicyError(f"has statement {statement.sid}, which is too large to compare")
    return statement.parts()


def _lost_conditions(part: Statement, allowed: Sequence[Statement]) -> tuple[str, ...]:
    """Conditions of the statement that covers the part but for them; the one that loses fewest speaks."""
    losses = [
        sorted(asked.describe() for asked in each.conditions if not any(own.within(asked) for own in part.conditions))
        for each in allowed
        if each.covers(part, conditions=False)
    ]
    return tuple(sorted(losses, key=len)[0]) if losses else ()


def merged(parts: Sequence[Statement]) -> list[Statement]:
    """Parts put together again where they differ in one element only, so that a reader has few lines."""
    found = list(parts)
    for kept in ("actions", "resources", "principals"):
        groups: dict[Any, list[Statement]] = {}
        for each in found:
            same = (getattr(each, name) for name in ELEMENTS if name != kept)
            key = (each.sid, each.effect, each.conditions, getattr(each, kept).inverted, *same)
            groups.setdefault(key, []).append(each)
        found = [_united(group, kept) for group in groups.values()]
    return found


def _united(group: Sequence[Statement], name: str) -> Statement:
    """One statement of a group whose members differ in `name`; the actions as they are written follow the actions."""
    if len(group) == 1:
        return group[0]
    scopes = {each: _union([getattr(one, each) for one in group]) for each in (*ELEMENTS, "written")}
    first = group[0]
    if name == "actions":
        return replace(first, actions=scopes["actions"], written=scopes["written"])
    if name == "resources":
        return replace(first, resources=scopes["resources"])
    return replace(first, principals=scopes["principals"])


def _union(scopes: Sequence[Scope]) -> Scope:
    return Scope(frozenset().union(*(each.patterns for each in scopes)), scopes[0].inverted)
