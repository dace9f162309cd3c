"""Names for resources whose configuration leaves the name, or part of it, to the provider."""

import re
import secrets

from toq_aws_provider.values import Object

_UNIQUE_BYTES = 13
_MADE_BY_PROVIDER = re.compile(rf"(.*)[0-9a-f]{{{2 * _UNIQUE_BYTES}}}", re.S)


def choose_name(planned: Object, attribute: str = "name") -> str:
    """The configured name, or a unique one after the configured prefix (`terraform-` without one)."""
    configured = planned.get(attribute)
    if configured:
        return str(configured)
    return f"{planned.get(f'{attribute}_prefix') or 'terraform-'}{secrets.token_hex(_UNIQUE_BYTES)}"


def name_prefix_from_name(state: Object, attribute: str) -> str | None:
    """The value of `name_prefix`, or another attribute like it, that goes with an imported resource's name."""
    if state.get(attribute):
        return str(state[attribute])
    name = state.get(attribute.removesuffix("_prefix"))
    made = _MADE_BY_PROVIDER.fullmatch(name) if isinstance(name, str) else None
    return made[1] if made else None
