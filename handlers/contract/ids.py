"""Ids of batches and listings: what they may be, for every place that reads one."""

import re
from typing import Any, Final

_PATTERN: Final = "[A-Za-z0-9_-]{1,64}"
ID_SCHEMAS: Final[list[dict[str, Any]]] = [
    {"type": "integer", "minimum": 0},
    {"type": "string", "pattern": f"^{_PATTERN}$"},
]
"""The two forms in JSON Schema, for its ``anyOf`` or ``oneOf``."""


def is_id(value: object) -> bool:
    """Whether a value can be a batch's or listing's id, and so stand in a key and in an execution name.

    JSON Schema is not enough: it takes 1.0 for an integer, and numbers of any length.
    """
    if type(value) is int:
        return value >= 0 and is_id(str(value))
    return isinstance(value, str) and re.fullmatch(_PATTERN, value) is not None
