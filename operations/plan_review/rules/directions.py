"""Ways in which an attribute must not go: each says of a value before and after what is wrong, or nothing."""

import json
from collections.abc import Callable
from typing import Any, Final

from operations.plan_review.plan import REDACTED, UNKNOWN

# Before and after; None stands for what is not set. What comes back is told after the attribute's name.
Direction = Callable[[Any, Any], str]
# AWS's own keys of an account: whoever has the service may use them, and nobody can say who.
AWS_KEYS: Final = ("alias/aws/", ":alias/aws/")
FOREVER: Final = float("inf")


def stays(*good: Any) -> Direction:
    """A value that is one of the good ones does not become another; the first of them is what to set."""

    def judge(before: Any, after: Any) -> str:
        return f"{_spoken(before)} becomes {_spoken(after)}" if before in good and after not in good else ""

    return judge


def never(*bad: Any) -> Direction:
    """A value does not become one of the bad ones, or one that nobody knows yet."""

    def judge(before: Any, after: Any) -> str:
        return f"becomes {_spoken(after)}" if after in (*bad, UNKNOWN) and before != after else ""

    return judge


def kept(before: Any, after: Any) -> str:
    """What is set stays set, to whatever."""
    return "is removed" if not _absent(before) and _absent(after) else ""


def unchanged(before: Any, after: Any) -> str:
    """What is set stays what it is."""
    if _absent(before) or _same(before, after):
        return ""
    return "is removed" if _absent(after) else f"{_spoken(before)} becomes {_spoken(after)}"


def key(before: Any, after: Any) -> str:
    """A key stays the key it is; none of AWS's own comes in its place."""
    if not _absent(after) and any(str(after).startswith(each) or each in str(after) for each in AWS_KEYS):
        return "" if before == after else f"becomes AWS's own key {after}"
    if _absent(before) or before == after:
        return ""
    return "is removed" if _absent(after) else f"becomes another key: {_spoken(before)} becomes {_spoken(after)}"


def not_less(zero: float = 0) -> Direction:
    """A number does not shrink; `zero` is what 0 stands for, such as for ever."""

    def judge(before: Any, after: Any) -> str:
        if before is None or before == after:
            return ""
        had, has = _number(before, zero), _number(after, zero)
        return "" if had is not None and has is not None and has >= had else _change(before, after)

    return judge


def not_more(before: Any, after: Any) -> str:
    """A number does not grow, and stays set."""
    if before is None or before == after:
        return ""
    had, has = _number(before), _number(after)
    return "" if had is not None and has is not None and has <= had else _change(before, after)


def holds(before: Any, after: Any) -> str:
    """A list loses no member."""
    if _absent(before) or before == after:
        return ""
    if not isinstance(before, list) or not isinstance(after, list):
        return "is removed" if _absent(after) else _change(before, after)
    lost = [each for each in before if each not in after]
    return f"loses {', '.join(map(_spoken, lost))}" if lost else ""


def gains_none(before: Any, after: Any) -> str:
    """A list gets no new member."""
    if not isinstance(before, list) or before == after or after is None:
        return ""
    if not isinstance(after, list):
        return _change(before, after)
    new = [each for each in after if each not in before]
    return f"gains {', '.join(map(_spoken, new))}" if new else ""


def _change(before: Any, after: Any) -> str:
    return f"{_spoken(before)} becomes {_spoken(after)}"


def _absent(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _number(value: Any, zero: float = 0) -> float | None:
    """As a number; None where nobody can tell, such as of what is known after apply only."""
    if value in (None, UNKNOWN, REDACTED):
        return None
    try:
        return float(value) or zero
    except (TypeError, ValueError):
        return None


def _same(before: Any, after: Any) -> bool:
    """Whether two values are equal, or texts of the same JSON."""
    if before == after or not (isinstance(before, str) and isinstance(after, str)):
        return bool(before == after)
    try:
        return before[:1] in ("{", "[") and bool(json.loads(before) == json.loads(after))
    except (ValueError, RecursionError):
        return False


def _spoken(value: Any) -> str:
    if value is None:
        return "(not set)"
    return value if isinstance(value, str) else str(value) if not isinstance(value, list | dict) else json.dumps(value)
