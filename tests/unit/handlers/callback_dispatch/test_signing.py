"""Signatures: by the specifications' own vectors, and by the library that receivers use."""

import base64
import datetime
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from handlers.callback_dispatch.signing import (
    SecretMalformedError,
    signed_headers,
    standard_signature,
    toq_signature,
)

# Standard Webhooks' own test vector.
MESSAGE_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TIMESTAMP = 1_614_265_330
BODY = b'{"test": 2432232314}'


def test_the_standards_own_vector_is_reproduced() -> None:
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert standard_signature([SECRET], MESSAGE_ID, TIMESTAMP, BODY) == expected


@pytest.mark.parametrize(
    ("secret", "body", "expected"),
    [
        # RFC 4231, test case 2
        ("Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        # Wikipedia's example of HMAC
        (
            "key",
            b"The quick brown fox jumps over the lazy dog",
            "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8",
        ),
    ],
)
def test_the_backends_signature_is_plain_hmac_sha256_in_hex(secret: str, body: bytes, expected: str) -> None:
    assert toq_signature(secret, body) == expected


def test_the_backends_signature_takes_the_secret_as_it_is_configured() -> None:
    # printf '{"test": 2432232314}' | openssl dgst -sha256 -hmac whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
    assert toq_signature(SECRET, BODY) == "80ec8a89ce3cd22133a1066caecb4d04fea7467657c8514d717ec42c38a5c94c"


def test_a_secret_without_prefix_is_its_utf8_bytes() -> None:
    plain, encoded = "segredo-é", "whsec_" + base64.b64encode("segredo-é".encode()).decode()
    assert standard_signature([plain], "i", 1, b"b") == standard_signature([encoded], "i", 1, b"b")


def test_two_secrets_give_two_signatures_while_rotating() -> None:
    both = standard_signature(["new", "old"], "i", 1, b"b").split(" ")
    assert both == [standard_signature(["new"], "i", 1, b"b"), standard_signature(["old"], "i", 1, b"b")]
    assert signed_headers(["new", "old"], "i", 1, b"b")["X-Toq-Signature"] == toq_signature("new", b"b")


def test_a_secret_that_is_no_base64_is_refused_without_being_told() -> None:
    with pytest.raises(SecretMalformedError) as caught:
        standard_signature(["whsec_!!not-base64!!"], "i", 1, b"b")
    assert "not-base64" not in str(caught.value)


KEYS = st.binary(min_size=1, max_size=64).map(lambda key: "whsec_" + base64.b64encode(key).decode())
DOCUMENTS = st.dictionaries(st.text(max_size=8), st.text(max_size=20) | st.integers(), max_size=5)


@given(KEYS, KEYS, DOCUMENTS)
def test_receivers_with_the_standards_library_accept_with_either_secret(
    new: str, old: str, document: dict[str, str | int]
) -> None:
    body = json.dumps(document, ensure_ascii=False).encode()
    now = int(datetime.datetime.now(datetime.UTC).timestamp())
    headers = signed_headers([new, old], "batch-7-0-abc", now, body)
    for secret in (new, old):
        assert Webhook(secret).verify(body, headers) == document


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_another_body_has_another_signature(first: bytes, second: bytes) -> None:
    same = toq_signature("secret", first) == toq_signature("secret", second)
    assert same == (first == second)
