"""Whether a callback comes from the pipeline: X-Toq-Signature and the Standard Webhooks headers, both."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Final

from standardwebhooks import Webhook, WebhookVerificationError

SIGNATURE_HEADER: Final = "x-toq-signature"
_PREFIX: Final = "whsec_"


class SignatureError(Exception):
    """The request is not, or not recently, signed with a secret of ours; the message names the header at fault."""


def verify(body: bytes, headers: Mapping[str, str], secrets: Iterable[str]) -> None:
    """Accept a body that one secret signed in both ways.

    Parameters
    ----------
    body
        The request's raw bytes; parsing and writing JSON again would change them.
    headers
        Names in lower case.
    secrets
        Any of them will do: more than one is valid while rotating.

    Raises
    ------
    SignatureError
        A header is missing, a signature does not fit, or the time stamp is more than five minutes off.
    """
    secrets = tuple(secrets)
    claimed = headers.get(SIGNATURE_HEADER, "").encode()
    if not any(hmac.compare_digest(claimed, sign(body, secret).encode()) for secret in secrets):
        raise SignatureError(f"{SIGNATURE_HEADER} does not fit the body")
    if not any(_fits_webhook(body, headers, secret) for secret in secrets):
        raise SignatureError("webhook-id, webhook-timestamp and webhook-signature do not fit the body")


def sign(body: bytes, secret: str) -> str:
    """The value of X-Toq-Signature: hex HMAC-SHA256 under the secret's UTF-8 bytes, as configured."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def webhook_key(secret: str) -> bytes:
    """The secret as Standard Webhooks uses it: ``whsec_`` is followed by base64, anything else is its own UTF-8."""
    if secret.startswith(_PREFIX):
        return base64.b64decode(secret.removeprefix(_PREFIX))
    return secret.encode()


def _fits_webhook(body: bytes, headers: Mapping[str, str], secret: str) -> bool:
    """Whether the specification's own library accepts; what is malformed raises whatever its parsing raises."""
    try:
        Webhook(webhook_key(secret)).verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError, binascii.Error):
        return False
    return True
