"""Names for resources whose configuration leaves the name, or part of it, to the provider."""

import secrets

from localstack.aws_provider.values import Object


def chosen_name(planned: Object, attribute: str = "name") -> str:
    """The configured name, or a unique one after the configured prefix (`terraform-` without one)."""
    configured = planned.get(attribute)
    if configured:
        return str(configured)
    return f"{planned.get(f'{attribute}_prefix') or 'terraform-'}{secrets.token_hex(13)}"
