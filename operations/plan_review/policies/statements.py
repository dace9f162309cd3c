"""Statements of a policy document as sets: whom they are about, which actions, which resources, when.

Element names and their shapes: IAM User Guide, "Grammar of the IAM JSON policy language".
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from operations.plan_review.policies.conditions import Condition, ConditionError, read_conditions, within
from operations.plan_review.policies.patterns import contains, contains_arn, overlap

ITSELF: Final = "(itself)"  # stands for what a policy leaves out: the role a trust policy is on, who holds the policy
_DOCUMENT: Final = {"Version", "Id", "Statement"}
_ELEMENTS: Final = {
    *("Sid", "Effect", "Condition", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource"),
}
# AWS names a service or an account in more than one way; principals match whole names, `*` alone is a wildcard there
# (IAM User Guide, "AWS JSON policy elements: Principal").
_NAMED: Final = (":role/", ":user/")


class PolicyError(ValueError):
    """Text that is no policy document as AWS describes it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What one element names: everything that a pattern matches or, inverted, everything that none does."""

    patterns: frozenset[str]
    inverted: bool = False

    def parts(self) -> Iterator["Scope"]:
        """The patterns one by one; what is inverted stays whole."""
        if self.inverted:
            yield self
        else:
            yield from (Scope(frozenset({each})) for each in sorted(self.patterns))

    def holds(self, part: "Scope", matches: Callable[[str, str], bool], meet: Callable[[str, str], bool]) -> bool:
        """Whether all that `part`, one of `parts`, names is provably named here."""
        if self.inverted and part.inverted:
            return all(any(matches(out, mine) for out in part.patterns) for mine in self.patterns)
        if self.inverted:
            return not any(meet(mine, theirs) for mine in self.patterns for theirs in part.patterns)
        if part.inverted:
            return "*" in self.patterns
        return all(any(matches(mine, theirs) for mine in self.patterns) for theirs in part.patterns)

    def describe(self, element: str) -> str:
        """The patterns; with the element's name where it is inverted."""
        named = ", ".join(sorted(self.patterns))
        return f"Not{element} {named}" if self.inverted else named


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; its actions are in lower case in `actions`, as they stand in `written`."""

    sid: str
    effect: str
    principals: Scope
    actions: Scope
    resources: Scope
    conditions: frozenset[Condition]
    written: Scope

    @property
    def allows(self) -> bool:
        return self.effect == "Allow"

    def parts(self) -> Iterator["Statement"]:
        """The statement cut so that each part has one principal, action and resource."""
        for written in self.written.parts():
            lower = Scope(frozenset(each.lower() for each in written.patterns), written.inverted)
            for principal in self.principals.parts():
                for resource in self.resources.parts():
                    yield replace(self, principals=principal, actions=lower, resources=resource, written=written)

    def covers(self, part: "Statement", *, conditions: bool = True) -> bool:
        """Whether every request that `part` is about is one that this statement is about; maybe without conditions."""
        return (
            self.actions.holds(part.actions, contains, overlap)
            and self.resources.holds(part.resources, contains_arn, overlap)
            and self.principals.holds(part.principals, _is_principal, _may_be_principal)
            and (not conditions or within(part.conditions, self.conditions))
        )

    def describe(self) -> str:
        """One line for a diff."""
        return f"{self.sid}: {self.effect} {self.describe_scope()}"

    def describe_scope(self) -> str:
        """What the statement is about, in one line."""
        parts = [self.written.describe("Action")]
        if self.principals.patterns != {ITSELF}:
            parts.append("to " + self.principals.describe("Principal"))
        if self.resources.patterns != {ITSELF}:
            parts.append("on " + self.resources.describe("Resource"))
        if self.conditions:
            parts.append("if " + " and ".join(sorted(each.describe() for each in self.conditions)))
        return " ".join(parts)


def read_policy(text: Any) -> tuple[Statement, ...]:
    """The statements of a policy document given as JSON text; none of a policy that is not set.

    Raises
    ------
    PolicyError
        It is no policy document; with the place.
    """
    if text is None or text == "":
        return ()
    if not isinstance(text, str):
        raise PolicyError("is no JSON text")
    try:
        document = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise PolicyError("is no JSON, or names a member twice") from error
    if not isinstance(document, dict) or not document.keys() <= _DOCUMENT or "Statement" not in document:
        raise PolicyError("is no policy document")
    statements = document["Statement"]
    listed = statements if isinstance(statements, list) else [statements]
    return tuple(_statement(each, number) for number, each in enumerate(listed, start=1))


def is_policy(text: str) -> bool:
    """Whether a text reads as a policy document, good or bad."""
    if text.lstrip()[:1] != "{":
        return False
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and any(name.lower() == "statement" for name in document)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose members have different names: of two, AWS and this review might take different ones."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands twice")
    return found


def _statement(element: Any, number: int) -> Statement:
    if not isinstance(element, dict) or not element.keys() <= _ELEMENTS:
        raise PolicyError(f"has statement {number}, which is none as AWS describes it")
    if element.get("Effect") not in ("Allow", "Deny"):
        raise PolicyError(f"has statement {number} with neither Allow nor Deny")
    try:
        written = _scope(element, "Action", _strings)
        return Statement(
            sid=str(element.get("Sid") or f"statement {number}"),
            effect=element["Effect"],
            principals=_scope(element, "Principal", _principals, ITSELF),
            actions=Scope(frozenset(each.lower() for each in written.patterns), written.inverted),
            resources=_scope(element, "Resource", _strings, ITSELF),
            conditions=read_conditions(element.get("Condition")),
            written=written,
        )
    except ConditionError as error:
        raise PolicyError(f"has statement {number} whose {error}") from error


def _scope(
    element: dict[str, Any], name: str, read: Callable[[Any], frozenset[str]], absent: str | None = None
) -> Scope:
    given = [each for each in (name, f"Not{name}") if each in element]
    if not given and absent is not None:
        return Scope(frozenset({absent}))
    if len(given) != 1 or not (patterns := read(element[given[0]])):
        raise ConditionError(f"{name} is missing, empty, or given twice")
    return Scope(patterns, given[0] != name)


def _strings(value: Any) -> frozenset[str]:
    listed = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) for each in listed):
        raise ConditionError("element holds something else than texts")
    return frozenset(listed)


def _principals(value: Any) -> frozenset[str]:
    if not isinstance(value, dict):
        named = _strings(value)
        if named != {"*"}:
            raise ConditionError("Principal is no object")
        return named
    return frozenset(_principal(kind, name) for kind, names in value.items() for name in _strings(names))


def _principal(kind: str, name: str) -> str:
    if kind == "AWS" and name == "*":
        return "*"  # the same as "*" in a policy of a resource
    if kind == "AWS" and name.isdecimal():
        return f"AWS arn:aws:iam::{name}:root"
    return f"{kind} {name}"


def _is_principal(wide: str, narrow: str) -> bool:
    return wide in ("*", narrow)


def _may_be_principal(one: str, other: str) -> bool:
    """Whether two principals may stand for the same caller: an account holds roles, a role holds sessions."""
    if "*" in (one, other) or one == other or ITSELF in (one, other):
        return True
    kinds = [each.split(" ", 1)[0] for each in (one, other)]
    if kinds[0] != kinds[1]:
        return False
    return kinds[0] == "AWS" and not all(any(part in each for part in _NAMED) for each in (one, other))
