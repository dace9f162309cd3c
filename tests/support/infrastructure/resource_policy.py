"""Says whether a resource's policy refuses or allows a request, as far as our policies go (IAM User Guide).

A condition operator that is not known here is an error, never a silent pass.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

type Context = Mapping[str, str]

_Test = Callable[[str | None, list[str]], bool]


def like(value: str, pattern: str) -> bool:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, value, re.DOTALL) is not None


def _present(test: Callable[[str, list[str]], bool], *, absent: bool) -> _Test:
    """A test of a value; `absent` is the answer when the request has no such key."""
    return lambda value, wanted: absent if value is None else test(value, wanted)


_TESTS: Final[dict[str, _Test]] = {
    "Null": lambda value, wanted: str(value is None).lower() in wanted,
    "Bool": _present(lambda value, wanted: value in wanted, absent=False),
    "StringEquals": _present(lambda value, wanted: value in wanted, absent=False),
    "StringNotEquals": _present(lambda value, wanted: value not in wanted, absent=True),
    "ArnLike": _present(lambda value, wanted: any(like(value, one) for one in wanted), absent=False),
    "ArnNotEquals": _present(lambda value, wanted: not any(like(value, one) for one in wanted), absent=True),
    "ArnNotEqualsIfExists": _present(lambda value, wanted: not any(like(value, one) for one in wanted), absent=True),
}


def applicable(
    policy: Mapping[str, Any], effect: str, principal: str, action: str, resource: str, context: Context
) -> list[str]:
    """Sids of the statements of one effect that apply to a request.

    Parameters
    ----------
    principal
        ARN of a role or name of a service; roles are meant by ``*`` too.
    """
    return [
        statement["Sid"]
        for statement in policy["Statement"]
        if statement["Effect"] == effect
        and _names(statement["Principal"], principal)
        and any(like(action.lower(), one.lower()) for one in statement["Action"])
        and any(like(resource, one) for one in statement["Resource"])
        and _holds(statement.get("Condition", {}), context)
    ]


def _names(element: Any, principal: str) -> bool:
    if element == "*":
        return True
    return any(principal in _listed(members) for members in element.values())


def _holds(condition: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    return all(
        _TESTS[operator](context.get(key), _listed(wanted))
        for operator, keys in condition.items()
        for key, wanted in keys.items()
    )


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
