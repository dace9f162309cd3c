"""Attributes that a service takes and answers as texts by name: SQS and SNS."""

from collections.abc import Callable, Mapping

from toq_aws_provider.values import Object, Value

type TextAttributes = Mapping[str, tuple[str, Callable[[str], Value]]]
"""Terraform attribute -> the service's attribute and how to read its text."""


def boolean(text: str) -> bool:
    return text.lower() == "true"


def to_api(state: Object, attributes: TextAttributes) -> dict[str, str]:
    """The attributes that have a value, as the service takes them."""
    return {api: _text(state[name]) for name, (api, _) in attributes.items() if state[name] not in (None, "")}


def from_api(actual: Mapping[str, str], attributes: TextAttributes) -> Object:
    """The attributes that the service answers."""
    return {name: parse(actual[api]) for name, (api, parse) in attributes.items() if actual.get(api)}


def changes(old: Object, new: Object, attributes: TextAttributes) -> dict[str, str]:
    """Attributes to set; what went is set to the empty text."""
    before, after = to_api(old, attributes), to_api(new, attributes)
    changed = {name: text for name, text in after.items() if before.get(name) != text}
    return dict.fromkeys(before.keys() - after.keys(), "") | changed


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) else str(value)
