"""Signatures of a callback: the one that the backend checks today, and Standard Webhooks beside it.

Standard Webhooks 1.0 (standardwebhooks.com): HMAC-SHA256 over ``{id}.{timestamp}.{body}``, base64, ``v1,`` in front;
one signature for each secret, so that the receiver can change over while both are valid.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

_PREFIX: Final = "whsec_"


class SecretMalformedError(Exception):
    """The configured secret cannot be used; the message never holds the secret."""


def toq_signature(secret: str, body: bytes) -> str:
    """Value of ``X-Toq-Signature``: hex(HMAC-SHA256(secret as configured, raw body))."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def standard_signature(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """Value of ``webhook-signature``: ``v1,...`` for each secret, separated by spaces.

    Parameters
    ----------
    secrets
        ``whsec_`` with base64 behind it, or any other text, whose UTF-8 bytes are the key.
    timestamp
        Seconds since 1970.

    Raises
    ------
    SecretMalformedError
        What follows ``whsec_`` is no base64.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    digests = (hmac.new(_key(secret), signed, hashlib.sha256).digest() for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def _key(secret: str) -> bytes:
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise SecretMalformedError("a callback secret starts with whsec_, but no base64 follows") from None


def signed_headers(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """All headers that authenticate a callback; the first secret signs ``X-Toq-Signature``."""
    return {
        "X-Toq-Signature": toq_signature(secrets[0], body),
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": standard_signature(secrets, message_id, timestamp, body),
    }
