"""Conditions of a statement, and whether one set of them is met by nothing that another is not met by.

Operators as in the IAM User Guide, "IAM JSON policy elements: Condition operators". What is not known here, or cannot
be proven, counts as not narrower.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from operations.plan_review.policies.patterns import contains, contains_arn

_OPERATOR: Final = re.compile(r"^(?:(forallvalues|foranyvalue):)?([a-z]+?)(ifexists)?$")
_LIKE: Final[dict[str, Callable[[str, str], bool]]] = {
    "stringlike": contains,
    "arnlike": contains_arn,
    "arnequals": contains_arn,
}
# Operators that a request meets by any one value; what stands in no table here is compared as a whole.
_EQUAL: Final = ("stringequals", "stringequalsignorecase", "numericequals", "dateequals", "binaryequals", "bool")
_NEGATED: Final = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "notipaddress": "ipaddress",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
}
_ORDERED: Final = {"lessthan": 1, "lessthanequals": 1, "greaterthan": -1, "greaterthanequals": -1}


class ConditionError(ValueError):
    """A condition that is not shaped as AWS describes it."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one key; met when any of the values is, for a negated operator when none is."""

    operator: str
    key: str
    values: frozenset[str]

    def describe(self) -> str:
        """As a reader finds it in the policy."""
        return f"{self.key} {self.operator} {' | '.join(sorted(self.values))}"

    def within(self, wide: "Condition") -> bool:
        """Whether every request that meets this one also meets `wide`."""
        if self.key.lower() != wide.key.lower():
            return False
        if self.operator.lower() == wide.operator.lower() and self.values == wide.values:
            return True
        own, other = _parts(self.operator), _parts(wide.operator)
        if own is None or other is None or own[0] != other[0] or (own[2] and not other[2]):
            return False
        return _values_within(own[1], self.values, other[1], wide.values)


def read_conditions(element: Any) -> frozenset[Condition]:
    """The conditions of a statement's ``Condition`` element.

    Raises
    ------
    ConditionError
        It is no object of objects of texts.
    """
    if element is None:
        return frozenset()
    if not isinstance(element, dict):
        raise ConditionError("Condition is no object")
    return frozenset(_read(element))


def within(narrow: frozenset[Condition], wide: frozenset[Condition]) -> bool:
    """Whether every request that meets all of `narrow` meets all of `wide`."""
    return all(any(each.within(asked) for each in narrow) for asked in wide)


def _read(element: dict[str, Any]) -> Iterator[Condition]:
    for operator, keys in element.items():
        if not isinstance(keys, dict) or not keys:
            raise ConditionError(f"Condition {operator} is no object")
        for key, values in keys.items():
            listed = values if isinstance(values, list) else [values]
            if not listed or not all(isinstance(value, str | bool | int | float) for value in listed):
                raise ConditionError(f"Condition {operator} {key} has no values")
            texts = (str(value).lower() if isinstance(value, bool) else str(value) for value in listed)
            yield Condition(operator, key, frozenset(texts))


def _parts(operator: str) -> tuple[str, str, bool] | None:
    """Quantifier, operator, and whether an absent key meets it; None where that is no operator of AWS's."""
    found = _OPERATOR.fullmatch(operator.lower())
    return (found[1] or "", found[2], bool(found[3])) if found else None


def _values_within(narrow: str, few: frozenset[str], wide: str, many: frozenset[str]) -> bool:
    if narrow in _NEGATED and wide in _NEGATED:  # what excludes more is narrower
        return _values_within(_NEGATED[wide], many, _NEGATED[narrow], few)
    if narrow in _LIKE and wide in _LIKE:
        alike = narrow == wide or {narrow, wide} == {"arnlike", "arnequals"}
        return alike and _each_within(few, many, _LIKE[wide])
    if narrow == "stringequals" and wide == "stringlike":
        return not any(set(value) & {"*", "?"} for value in few) and _each_within(few, many, contains)
    if narrow == wide == "ipaddress":
        return _each_within(few, many, _network_contains)
    if narrow in _EQUAL and wide in (narrow, f"{narrow}ignorecase"):
        fold = "ignorecase" in wide or wide == "bool"
        return _folded(few, fold) <= _folded(many, fold)
    return _ordered_within(narrow, few, wide, many)


def _folded(values: frozenset[str], fold: bool) -> frozenset[str]:
    return frozenset(value.lower() if fold else value for value in values)


def _each_within(few: frozenset[str], many: frozenset[str], holds: Callable[[str, str], bool]) -> bool:
    return all(any(holds(wide, narrow) for wide in many) for narrow in few)


def _network_contains(wide: str, narrow: str) -> bool:
    try:
        outer, inner = (ipaddress.ip_network(each, strict=False) for each in (wide, narrow))
    except ValueError:
        return wide == narrow
    if isinstance(outer, ipaddress.IPv4Network) and isinstance(inner, ipaddress.IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(outer, ipaddress.IPv6Network) and isinstance(inner, ipaddress.IPv6Network):
        return inner.subnet_of(outer)
    return False


def _ordered_within(narrow: str, few: frozenset[str], wide: str, many: frozenset[str]) -> bool:
    """Comparisons of numbers with one value; dates and more values are compared as a whole."""
    own, other = narrow.removeprefix("numeric"), wide.removeprefix("numeric")
    if own == narrow or other == wide or len(few) != 1 or len(many) != 1:
        return False
    if own not in _ORDERED or other not in (own, f"{own}equals"):
        return False
    try:
        low, high = float(next(iter(few))), float(next(iter(many)))
    except ValueError:
        return False
    return low * _ORDERED[own] <= high * _ORDERED[own]
