"""Policies and state machines inside a plan: found, parsed, and compared as what they are rather than as strings."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from operations.plan_review.plan import Change

# Elements whose presence widens an Allow to everything not named (IAM User Guide, "IAM JSON policy elements").
INVERTED = ("NotAction", "NotPrincipal", "NotResource")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy, in sets."""

    sid: str
    effect: str
    actions: frozenset[str]
    principals: frozenset[str]
    resources: frozenset[str]
    conditions: frozenset[str]
    inverted: frozenset[str]

    @property
    def allows(self) -> bool:
        return self.effect == "Allow"

    def describe(self) -> str:
        """One line for a diff."""
        parts = [self.effect, ", ".join(sorted(self.actions))]
        if self.principals:
            parts.append("to " + ", ".join(sorted(self.principals)))
        if self.resources:
            parts.append("on " + ", ".join(sorted(self.resources)))
        if self.conditions:
            parts.append("if " + " and ".join(sorted(self.conditions)))
        return f"{self.sid}: " + " ".join(parts + sorted(self.inverted))


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """One policy attribute before and after; an absent side has no statements."""

    attribute: str
    before: tuple[Statement, ...]
    after: tuple[Statement, ...]


def policies(change: Change) -> Iterator[PolicyChange]:
    """Every attribute of a resource that holds a policy document on either side and differs."""
    for name, before, after in change.changed_attributes():
        old, new = parse_policy(before), parse_policy(after)
        if old or new:
            yield PolicyChange(name, old, new)


def unknown_policies(change: Change) -> list[str]:
    """Policy attributes whose new text is known after apply only: nobody can review them in this plan."""
    return [
        name for name in change.unknown if "policy" in name and change.unknown[name] is True and _names_policy(name)
    ]


def parse_policy(value: Any) -> tuple[Statement, ...]:
    """Statements of a policy document given as JSON text; empty for anything else."""
    document = _parse(value)
    if not isinstance(document, dict) or "Statement" not in document:
        return ()
    statements = document["Statement"]
    listed = statements if isinstance(statements, list) else [statements]
    return tuple(_statement(each, position) for position, each in enumerate(listed))


def states(value: Any) -> dict[str, Any]:
    """States of an Amazon States Language document by name: nested ones too, each without the states inside it."""
    document = _parse(value)
    found: dict[str, Any] = {}
    if isinstance(document, dict):
        _collect_states(document, found)
    return found


def _collect_states(machine: Mapping[str, Any], found: dict[str, Any]) -> None:
    for name, state in machine.get("States", {}).items():
        inner = [*state.get("Branches", []), *(state[key] for key in ("ItemProcessor", "Iterator") if key in state)]
        found[name] = {key: item for key, item in state.items() if key not in ("Branches", "ItemProcessor", "Iterator")}
        for machine_inside in inner:
            _collect_states(machine_inside, found)


def _statement(statement: Mapping[str, Any], position: int) -> Statement:
    return Statement(
        sid=statement.get("Sid") or f"statement {position + 1}",
        effect=statement["Effect"],
        actions=_strings(statement.get("Action")),
        principals=frozenset(_principals(statement.get("Principal"))),
        resources=_strings(statement.get("Resource")),
        conditions=frozenset(_conditions(statement.get("Condition", {}))),
        inverted=frozenset(f"{name} {json.dumps(statement[name])}" for name in INVERTED if name in statement),
    )


def _principals(principal: Any) -> Iterator[str]:
    if isinstance(principal, dict):
        for kind, names in principal.items():
            # {"AWS": "*"} is everybody, as "*" is (IAM User Guide, "AWS JSON policy elements: Principal").
            yield from ("*" if name == "*" else f"{kind} {name}" for name in _strings(names))
    else:
        yield from _strings(principal)


def _conditions(condition: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for operator, keys in condition.items():
        for key, values in keys.items():
            yield f"{key} {operator} {' | '.join(sorted(_strings(values)))}"


def _strings(value: Any) -> frozenset[str]:
    if value is None:
        return frozenset()
    return frozenset(map(str, value)) if isinstance(value, list) else frozenset({str(value)})


def _names_policy(name: str) -> bool:
    return name == "policy" or name.endswith("_policy")


def _parse(value: Any) -> Any:
    if not isinstance(value, str) or value[:1] != "{":
        return None
    try:
        return json.loads(value)
    except ValueError:
        return None
