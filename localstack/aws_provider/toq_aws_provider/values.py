"""Terraform values on the wire, and when two of them mean the same.

Terraform sends values as msgpack (or JSON, for stored state). An unknown value is a msgpack extension: type 0 when
nothing is known, type 12 when core adds refinements such as "not null", which this provider has no use for.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

import msgpack  # type: ignore[import-untyped]
from tf.gen import tfplugin_pb2 as pb  # type: ignore[import-untyped]

Value = Any
"""A Terraform value: None, bool, int, float, str, list, dict or UNKNOWN."""

Object = dict[str, Value]


class _Unknown:
    """What a value is before apply has computed it. One instance, compared by identity."""

    def __repr__(self) -> str:
        return "<unknown>"

    def __bool__(self) -> bool:
        raise TypeError("an unknown value is neither true nor false: test with `is UNKNOWN` first")


UNKNOWN: Final = _Unknown()


def decode(value: pb.DynamicValue) -> Value:
    """Python value of what Terraform sent; None for null and for an empty message."""
    if value.msgpack:
        return msgpack.unpackb(value.msgpack, ext_hook=lambda code, data: UNKNOWN, strict_map_key=False)
    return json.loads(value.json) if value.json else None


def encode(value: Value) -> pb.DynamicValue:
    """What Terraform is to receive for a Python value.

    Raises
    ------
    TypeError
        For a Python type that has no Terraform counterpart.
    """
    return pb.DynamicValue(msgpack=msgpack.packb(value, default=_encode_unknown))


def _encode_unknown(value: object) -> msgpack.ExtType:
    if value is UNKNOWN:
        return msgpack.ExtType(0, b"\x00")
    raise TypeError(f"{type(value).__name__} is not a Terraform value: {value!r}")


def is_known(value: Value) -> bool:
    """Whether no part of the value is left for apply to compute."""
    if isinstance(value, Mapping):
        return all(map(is_known, value.values()))
    if isinstance(value, list):
        return all(map(is_known, value))
    return value is not UNKNOWN


def is_empty(value: Value) -> bool:
    """Whether Terraform's older SDK, on which the AWS provider is built, treats the value like an absent one."""
    return value is not UNKNOWN and value in (None, "", 0, False, [], {})


def is_json(text: str) -> bool:
    """Whether the text is a JSON document."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def same_json(first: str, second: str) -> bool:
    """Whether two texts are the same JSON document; texts that are no JSON are compared as they are."""
    try:
        return bool(json.loads(first) == json.loads(second))
    except ValueError:
        return first == second


def same_policy(first: str, second: str) -> bool:
    """Whether two IAM policies say the same: a one-item list equals its item and the order of lists is free.

    AWS page: "IAM JSON policy elements reference" (lists of actions, resources and principals are sets).
    """
    try:
        return bool(_policy_form(json.loads(first)) == _policy_form(json.loads(second)))
    except ValueError:
        return first == second


def _policy_form(part: Value) -> Value:
    if isinstance(part, dict):
        return {key: _policy_form(value) for key, value in part.items()}
    if isinstance(part, list):
        items = sorted((_policy_form(item) for item in part), key=lambda item: json.dumps(item, sort_keys=True))
        return items[0] if len(items) == 1 else items
    # "true" and true, "30" and 30 are one in a condition.
    return json.dumps(part) if isinstance(part, bool | int) else part
