"""The callback's secrets out of Secrets Manager, kept for a short while."""

import json
from typing import TYPE_CHECKING, Any, Final

from handlers.callback_dispatch.signing import SecretMalformedError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.parameters import SecretsProvider

CACHE_SECONDS: Final = 60  # a rotated secret is in use everywhere a minute later


class CallbackSecrets:
    """Reads ``{"secrets": ["newest", "older", ...]}``.

    Parameters
    ----------
    arn
        ARN of the secret.
    provider
        Powertools' cache over Secrets Manager.
    """

    def __init__(self, arn: str, provider: "SecretsProvider") -> None:
        self._arn = arn
        self._provider = provider

    def current(self, *, refresh: bool = False) -> tuple[str, ...]:
        """All valid secrets, the newest first.

        Parameters
        ----------
        refresh
            Ask Secrets Manager even when the kept value is young.

        Raises
        ------
        SecretMalformedError
            The secret's value has another shape.
        """
        text = self._provider.get(self._arn, max_age=CACHE_SECONDS, force_fetch=refresh)
        secrets = _secrets(text)
        if not secrets or not all(isinstance(secret, str) and secret for secret in secrets):
            raise SecretMalformedError(f'secret {self._arn} must hold {{"secrets": ["newest", "older"]}}')
        return tuple(secrets)


def _secrets(text: Any) -> list[Any]:
    try:
        secrets = json.loads(text)["secrets"]
    except (ValueError, TypeError, KeyError):
        return []
    return secrets if isinstance(secrets, list) else []
