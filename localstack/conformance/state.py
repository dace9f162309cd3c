"""What a provider wrote into Terraform's state, without what differs from one apply to the next."""

import contextlib
import itertools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

type Value = Any  # of a JSON document
type Resources = dict[str, dict[str, Value]]
"""Address of each managed resource -> its attributes, those without a value left out."""

# What LocalStack or AWS draws by lot or takes from the clock, and what follows the artifacts' contents.
_CHANGING: Final = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "(uuid)"),
    (re.compile(r"\b(vpc|subnet|sg|sgr|vpce|eni|rtb|acl|pl|dopt)-[0-9a-f]{8,17}\b"), r"\1-(id)"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+\d\d:?\d\d)"), "(time)"),
    (re.compile(r"(?<=127\.0\.0\.1:)\d+"), "(port)"),
    (re.compile(r"(?<=localhost\.localstack\.cloud:)\d+"), "(port)"),
    (re.compile(r"\bA[A-Z0-9]{20}\b"), "(unique id)"),
    (re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}="), "(sha256)"),
    (re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})\b"), "(hash)"),
    (re.compile(r"(?<=:secret:)([\w/-]+)-[A-Za-z0-9]{6}\b"), r"\1-(lot)"),
)
# Attributes that hold nothing but such a value, in a form that no pattern tells from a name or a number.
_CHANGING_ATTRIBUTES: Final = {"dns_entry", "ipv4", "last_modified", "source_code_size"}
UNKNOWN: Final = "(known after apply)"
# Computed, but of nothing than what the stack says.
_FROM_CONFIGURATION: Final = {"tags_all"}
_GATEWAY: Final = "aws_api_gateway_"


def read_state(file: Path) -> Resources:
    """The managed resources of a state file, normalised."""
    document = json.loads(file.read_text(encoding="utf-8"))
    found = {
        _address(resource, instance): (resource["type"], instance["attributes"])
        for resource in document["resources"]
        if resource["mode"] == "managed"
        for instance in resource["instances"]
    }
    ids = {
        str(attributes["id"]): f"({address} id)"
        for address, (kind, attributes) in found.items()
        if kind.startswith(_GATEWAY) and re.fullmatch(r"[a-z0-9]{6,10}", str(attributes["id"]))
    }
    for _, attributes in found.values():
        if attributes.get("root_resource_id"):
            ids[str(attributes["root_resource_id"])] = "(root resource id)"
    return {address: _normalised_object(attributes, ids) for address, (_, attributes) in sorted(found.items())}


def read_first_plan(document: Mapping[str, Any]) -> Resources:
    """What a first plan says of each managed resource; what has no value yet is UNKNOWN.

    A list or map of values, one of which is unknown, counts as unknown: the older SDK plans it so.
    """
    return {
        change["address"]: _normalised_object(
            _with_unknown(change["change"]["after"], change["change"]["after_unknown"]), {}
        )
        for change in document["resource_changes"]
        if change["mode"] == "managed"
    }


def _with_unknown(value: Value, unknown: Value) -> Value:
    if unknown is True:
        return UNKNOWN
    if isinstance(unknown, dict):
        known = value if isinstance(value, dict) else {}
        merged = {name: _with_unknown(known.get(name), unknown.get(name)) for name in known.keys() | unknown.keys()}
        return {name: UNKNOWN if _is_partly_unknown(each) else each for name, each in merged.items()}
    if isinstance(unknown, list) and isinstance(value, list):
        return [_with_unknown(*each) for each in itertools.zip_longest(value, unknown)]
    return value


def _is_partly_unknown(value: Value) -> bool:
    """Whether it is a list or a map, not blocks, that holds an unknown value."""
    return isinstance(value, list | dict) and UNKNOWN in (value.values() if isinstance(value, dict) else value)


def _address(resource: Mapping[str, Any], instance: Mapping[str, Any]) -> str:
    index = f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else ""
    return f"{resource['type']}.{resource['name']}{index}"


def without_configured(resources: Resources, stack: Mapping[str, Any]) -> Resources:
    """What the provider adds to the emitted `stack`: a record of that need not follow the stack's own values."""
    blocks = stack["resource"]
    kept: Resources = {}
    for address, attributes in resources.items():
        kind, name = address.split("[")[0].split(".", 1)
        added = _added(attributes, blocks.get(kind, {}).get(name, {})) or {}
        kept[address] = {name: value for name, value in added.items() if name not in _FROM_CONFIGURATION}
    return kept


def _added(value: Value, configured: Value) -> Value:
    """The part of `value` that `configured` does not set; None for nothing."""
    if configured is None:
        return value
    if isinstance(value, dict) and isinstance(configured, dict):
        added = {name: _added(each, configured.get(name)) for name, each in value.items()}
        return {name: each for name, each in added.items() if each is not None} or None
    if isinstance(value, list) and any(isinstance(each, dict) for each in value):
        blocks = configured if isinstance(configured, list) else [configured]
        if len(blocks) == len(value) and all(isinstance(each, dict) for each in blocks):
            added_to = [_added(each, block) or {} for each, block in zip(value, blocks, strict=True)]
            return added_to if any(added_to) else None
    return None


def _normalised_object(attributes: Mapping[str, Value], ids: Mapping[str, str]) -> dict[str, Value]:
    normalised = {}
    for name, value in attributes.items():
        kept = "(changing)" if name in _CHANGING_ATTRIBUTES and value else _normalised(value, ids)
        # The provider's two SDKs differ in which of these they write. False and 0 stay.
        if kept is not None and kept not in ([], {}, ""):
            normalised[name] = kept
    return normalised


def _normalised(value: Value, ids: Mapping[str, str]) -> Value:
    if isinstance(value, dict):
        return _normalised_object(value, ids)
    if isinstance(value, list):
        return [_normalised(each, ids) for each in value]
    if isinstance(value, str):
        return _normalised_text(value, ids)
    return value


def _normalised_text(text: str, ids: Mapping[str, str]) -> str:
    if text[:1] in ("{", "["):
        with contextlib.suppress(ValueError):  # the same document in another spelling is the same
            text = json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
    for identifier, label in ids.items():
        text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(identifier)}(?![A-Za-z0-9])", label, text)
    for pattern, label in _CHANGING:
        text = pattern.sub(label, text)
    return text
