"""Holds a JSON document against botocore's model of the API: members, types, enumerations, ranges, patterns.

LocalStack's own parser drops what it does not know; the service refuses it. So the check runs on the JSON as it came.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

Document = dict[str, Any]
"""A structure of the API, with the API's PascalCase members."""

_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "float": (int, float),
    "boolean": (bool,),
    "timestamp": (int, float, str),
}


def violations(value: Any, shape: Shape, path: str = "") -> Iterator[str]:
    """Every breach of the model as ``/path/to/member: Should ...``, in document order.

    Parameters
    ----------
    value
        Part of the request's JSON, with the wire's camelCase names.
    shape
        Its shape in botocore's service model.
    path
        JSON pointer of `value`, empty for the whole document.
    """
    if value is None:
        return  # the service treats null as absent
    match shape:
        case StructureShape():
            yield from _structure(value, shape, path)
        case ListShape():
            yield from _list(value, shape, path)
        case MapShape():
            if not isinstance(value, dict):
                yield f"{path}: Should be object"
                return
            for key, entry in value.items():
                yield from violations(entry, shape.value, f"{path}/{key}")
        case _:
            yield from _scalar(value, shape, path)


def _structure(value: Any, shape: StructureShape, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: Should be object"
        return
    members = {member.serialization.get("name", name): member for name, member in shape.members.items()}
    required = {shape.members[name].serialization.get("name", name) for name in shape.required_members}
    for name in sorted(required - {name for name, entry in value.items() if entry is not None}):
        yield f"{path}: Should have required property '{name}'"
    for name, entry in value.items():
        if name not in members:
            yield f"{path}/{name}: Should not have additional properties"
        else:
            yield from violations(entry, members[name], f"{path}/{name}")


def _list(value: Any, shape: ListShape, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{path}: Should be array"
        return
    if (least := shape.metadata.get("min")) is not None and len(value) < least:
        yield f"{path}: Should have at least {least} items"
    if (most := shape.metadata.get("max")) is not None and len(value) > most:
        yield f"{path}: Should have at most {most} items"
    for index, entry in enumerate(value):
        yield from violations(entry, shape.member, f"{path}/{index}")


def _scalar(value: Any, shape: Shape, path: str) -> Iterator[str]:
    expected = _JSON_TYPES.get(shape.type_name, (str,))
    if not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected):
        yield f"{path}: Should be {shape.type_name}"
        return
    if isinstance(shape, StringShape) and isinstance(value, str):
        yield from _string(value, shape, path)
    elif isinstance(value, int | float):
        if (least := shape.metadata.get("min")) is not None and value < least:
            yield f"{path}: Should be >= {least}"
        if (most := shape.metadata.get("max")) is not None and value > most:
            yield f"{path}: Should be <= {most}"


def _string(value: str, shape: StringShape, path: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        yield f"{path}: Should be equal to one of the allowed values"
    if (least := shape.metadata.get("min")) is not None and len(value) < least:
        yield f"{path}: Should NOT be shorter than {least} characters"
    if (most := shape.metadata.get("max")) is not None and len(value) > most:
        yield f"{path}: Should NOT be longer than {most} characters"
    pattern = shape.metadata.get("pattern")
    if pattern and not _compiled(pattern).search(value):
        yield f'{path}: Should match pattern "{pattern}"'


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
