"""Evaluates policies as IAM does (IAM User Guide, "Policy evaluation logic"), as far as ours use it.

Every operator and element that is not known here is an error, never a silent pass.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from toq_localstack.calls.permissions import Permission


@dataclass(frozen=True, slots=True)
class Grant:
    """One action of one Allow or Deny statement."""

    sid: str
    effect: str
    action: str
    resources: tuple[str, ...]
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]  # operator, key, values

    def covers(self, permission: Permission) -> bool:
        """Whether the statement applies to the call; action names are case-insensitive, resources are not."""
        return (
            _like(self.action.lower())(permission.action.lower())
            and any(_like(pattern)(permission.resource) for pattern in self.resources)
            and all(_holds(condition, permission.context) for condition in self.conditions)
        )


def grants(document: Mapping[str, Any]) -> list[Grant]:
    """The statements of a policy document, one `Grant` per action.

    Of a resource's policy, whose statements name principals, only `refusals` makes sense of the result.

    Raises
    ------
    ValueError
        When a statement uses an element that this evaluator does not know.
    """
    found = []
    for statement in _listed(document["Statement"]):
        unknown = statement.keys() - {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
        if unknown:
            raise ValueError(f"statement {statement.get('Sid')}: cannot evaluate {', '.join(sorted(unknown))}")
        conditions = tuple(
            (operator, key, tuple(map(str, _listed(values))))
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
        for action in _listed(statement["Action"]):
            resources = tuple(_listed(statement["Resource"]))
            found.append(Grant(statement.get("Sid", ""), statement["Effect"], action, resources, conditions))
    return found


def allowing(policy: Iterable[Grant], permission: Permission) -> list[Grant]:
    """The grants that allow a call; empty when IAM would refuse it. An applicable Deny outweighs every Allow."""
    applicable = [grant for grant in policy if grant.covers(permission)]
    if any(grant.effect == "Deny" for grant in applicable):
        return []
    return applicable


def refusals(document: Mapping[str, Any]) -> list[Grant]:
    """The Deny statements of a resource's policy, which ours address to everyone.

    Raises
    ------
    ValueError
        When a Deny statement names principals, or uses another element that this evaluator does not know.
    """
    denying = [each for each in _listed(document["Statement"]) if each["Effect"] == "Deny"]
    for statement in denying:
        if statement.get("Principal") not in ("*", {"AWS": "*"}):
            raise ValueError(f"statement {statement.get('Sid')}: cannot evaluate a Deny for {statement['Principal']}")
    return grants({"Statement": denying})


def _holds(condition: tuple[str, str, tuple[str, ...]], context: Mapping[str, str]) -> bool:
    operator, key, values = condition
    value = {name.lower(): text for name, text in context.items()}.get(key.lower())
    bare = operator.removesuffix("IfExists")
    if bare == "Null":
        return (value is None) is (values == ("true",))
    if value is None:  # an absent key satisfies negated and ...IfExists operators only
        return bare != operator or bare.startswith(("StringNot", "ArnNot"))
    return _OPERATORS[bare](value, values)


def _any_like(value: str, patterns: tuple[str, ...]) -> bool:
    return any(_like(pattern)(value) for pattern in patterns)


_OPERATORS: Final[dict[str, Callable[[str, tuple[str, ...]], bool]]] = {
    "StringEquals": lambda value, values: value in values,
    "StringLike": _any_like,
    "ArnEquals": _any_like,
    "ArnLike": _any_like,
    "ArnNotEquals": lambda value, values: not _any_like(value, values),
    "ArnNotLike": lambda value, values: not _any_like(value, values),
    "Bool": lambda value, values: value.lower() in values,
    "StringNotEquals": lambda value, values: value not in values,
}


@cache
def _like(pattern: str) -> Callable[[str], bool]:
    """Match with IAM's two wildcards: ``*`` for any characters, ``?`` for exactly one."""
    parts = (".*" if part == "*" else "." if part == "?" else re.escape(part) for part in re.split(r"([*?])", pattern))
    compiled = re.compile("".join(parts), re.DOTALL)
    return lambda text: compiled.fullmatch(text) is not None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
