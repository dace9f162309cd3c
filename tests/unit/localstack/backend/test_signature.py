from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from localstack.backend.signature import SignatureError, sign, verify, webhook_key
from tests.support.callback_bodies import SECRET, signed

BODY = '{"title":"Sala de jantar, varanda ção"}'.encode()
# The key of Standard Webhooks' own example, and an older secret that is no base64.
KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def test_x_toq_signature_is_the_hex_hmac_of_the_body() -> None:
    """RFC 4231, test case 2."""
    assert sign(b"what do ya want for nothing?", "Jefe") == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )


def test_a_webhook_secret_is_base64_after_its_prefix_and_text_without() -> None:
    """The example of the Standard Webhooks specification: secret, id, time, body and signature."""
    moment = datetime.fromtimestamp(1614265330, UTC)
    signature = Webhook(webhook_key(KEY)).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", moment, '{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert webhook_key("plain") == b"plain"


@pytest.mark.parametrize("secret", [SECRET, KEY])
def test_a_body_that_one_of_the_secrets_signed_is_accepted(secret: str) -> None:
    verify(BODY, lower(signed(BODY, "id-1", secret)), ("another", secret))


def test_more_than_one_webhook_signature_may_stand_in_the_header() -> None:
    headers = lower(signed(BODY, "id-1"))
    headers["webhook-signature"] = f"v1,AAAA v2,xyz {headers['webhook-signature']}"
    verify(BODY, headers, (SECRET,))


@pytest.mark.parametrize("header", ["x-toq-signature", "webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("value", [None, "", "garbage", "v1,not base64!", "ü"])
def test_a_header_that_is_missing_or_malformed_is_refused(header: str, value: str | None) -> None:
    headers = lower(signed(BODY, "id-1"))
    if value is None:
        del headers[header]
    else:
        headers[header] = value
    with pytest.raises(SignatureError):
        verify(BODY, headers, (SECRET,))


def test_another_body_is_refused() -> None:
    with pytest.raises(SignatureError, match="x-toq-signature"):
        verify(BODY + b" ", lower(signed(BODY, "id-1")), (SECRET,))


def test_another_id_is_refused() -> None:
    with pytest.raises(SignatureError, match="webhook-id"):
        verify(BODY, lower(signed(BODY, "id-1")) | {"webhook-id": "id-2"}, (SECRET,))


def test_a_secret_that_is_no_longer_valid_is_refused() -> None:
    with pytest.raises(SignatureError):
        verify(BODY, lower(signed(BODY, "id-1", "old")), (SECRET,))


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_time_stamp_more_than_five_minutes_off_is_refused(minutes: int) -> None:
    then = datetime.now(UTC) + timedelta(minutes=minutes)
    with pytest.raises(SignatureError, match="webhook-timestamp"):
        verify(BODY, lower(signed(BODY, "id-1", at=then)), (SECRET,))


def test_no_secret_accepts_nothing() -> None:
    with pytest.raises(SignatureError):
        verify(BODY, lower(signed(BODY, "id-1")), ())
