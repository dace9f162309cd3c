"""The secrets that callbacks may be signed with, as Secrets Manager holds them: newest first, older while rotating."""

import json
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

FRESH_SECONDS: Final = 30.0  # how long a secret that was taken away may still be accepted
DOUBT_SECONDS: Final = 1.0  # how soon a signature that nothing fits makes the secrets be read again


class CallbackSecrets:
    """Reads ``{"secrets": [...]}`` and keeps it for a while; nothing of it is ever logged."""

    def __init__(self, client: "SecretsManagerClient", arn: str) -> None:
        self._client = client
        self._arn = arn
        self._read_at = float("-inf")
        self._secrets: tuple[str, ...] = ()

    def current(self, max_age: float = FRESH_SECONDS) -> tuple[str, ...]:
        """All secrets that are valid now, read at most `max_age` seconds ago."""
        if time.monotonic() - self._read_at > max_age:
            document = json.loads(self._client.get_secret_value(SecretId=self._arn)["SecretString"])
            self._secrets = tuple(document["secrets"])
            self._read_at = time.monotonic()
        return self._secrets
