"""Delivery over real HTTP on loopback: what is accepted, refused, repeated and given up."""

import email.utils
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from handlers.callback_dispatch import delivery as delivery_module
from handlers.callback_dispatch.delivery import (
    MAX_TRIES,
    RESERVE_SECONDS,
    CallbackRefused,
    CallbackUnavailable,
    Clock,
    Delivery,
    Message,
)
from handlers.callback_dispatch.signing import SecretMalformedError, toq_signature
from tests.support.builders import TRACEPARENT
from tests.unit.handlers.callback_dispatch.conftest import SECRET, Answer, Backend, StoppedTime, Vault

MESSAGE = Message("batch-7-0-0123456789abcdef", '{"título": "Sótão"}'.encode(), TRACEPARENT)
NEW_SECRET = "whsec_TmV3U2VjcmV0TmV3U2VjcmV0TmV3U2VjcmV0"

type MakeDelivery = Callable[..., Delivery]


def plenty() -> float:
    return 900.0


def test_a_callback_is_signed_traced_and_sent_once(
    backend: Backend, delivery: MakeDelivery, time_stands: StoppedTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = delivery().deliver(MESSAGE, plenty)
    (request,) = backend.requests
    assert (accepted.status, accepted.tries) == (200, 1)
    assert request.body == MESSAGE.body
    assert request.headers["content-type"] == "application/json"
    assert request.headers["traceparent"] == TRACEPARENT
    assert request.headers["x-toq-signature"] == toq_signature(SECRET, MESSAGE.body)
    assert request.headers["webhook-id"] == MESSAGE.id
    assert request.headers["webhook-timestamp"] == str(int(time_stands.seconds))
    assert request.headers["webhook-signature"].startswith("v1,")


def test_the_standards_library_accepts_what_is_sent(backend: Backend, vault: Vault) -> None:
    import urllib3

    Delivery(urllib3.PoolManager(), backend.url, "traceparent", vault.secrets()).deliver(MESSAGE, plenty)
    (request,) = backend.requests
    assert Webhook(SECRET).verify(request.body, request.headers) == {"título": "Sótão"}


def test_a_batch_without_a_trace_sends_no_empty_header(backend: Backend, delivery: MakeDelivery) -> None:
    delivery().deliver(Message("id", b"{}", ""), plenty)
    assert "traceparent" not in backend.requests[0].headers


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_2xx_is_done(backend: Backend, delivery: MakeDelivery, status: int) -> None:
    backend.answers = [Answer(status, body=b"")]
    assert delivery().deliver(MESSAGE, plenty).status == status


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again_with_the_same_id(
    backend: Backend, delivery: MakeDelivery, time_stands: StoppedTime, status: int
) -> None:
    backend.answers = [Answer(status), Answer(status), Answer()]
    assert delivery().deliver(MESSAGE, plenty).tries == 3
    assert {request.headers["webhook-id"] for request in backend.requests} == {MESSAGE.id}
    assert time_stands.pauses == [1.0, 2.0]
    assert len({request.headers["webhook-timestamp"] for request in backend.requests}) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 422])
def test_what_is_refused_is_final(backend: Backend, delivery: MakeDelivery, status: int) -> None:
    backend.answers = [Answer(status)]
    with pytest.raises(CallbackRefused, match=str(status)):
        delivery().deliver(MESSAGE, plenty)
    assert len(backend.requests) == (2 if status == 401 else 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(backend: Backend, delivery: MakeDelivery, status: int) -> None:
    backend.answers = [Answer(status, {"Location": f"{backend.url}/elsewhere"}), Answer()]
    with pytest.raises(CallbackRefused, match=str(status)):
        delivery().deliver(MESSAGE, plenty)
    assert [request.path for request in backend.requests] == ["/internal/media-processing/callback"]


def test_a_backend_that_stays_away_is_given_up_for_now(
    backend: Backend, delivery: MakeDelivery, time_stands: StoppedTime
) -> None:
    backend.answers = [Answer(503)]
    with pytest.raises(CallbackUnavailable, match=f"503.*{MAX_TRIES} tries"):
        delivery().deliver(MESSAGE, plenty)
    assert len(backend.requests) == MAX_TRIES
    assert time_stands.pauses == [1.0, 2.0, 4.0]


def test_a_401_on_the_last_try_leaves_the_new_secret_to_the_machines_next_one(
    backend: Backend, delivery: MakeDelivery
) -> None:
    backend.answers = [*[Answer(503)] * (MAX_TRIES - 1), Answer(401)]
    with pytest.raises(CallbackUnavailable, match="401"):
        delivery().deliver(MESSAGE, plenty)


def test_pauses_are_random_within_a_span_that_doubles_to_a_limit(
    backend: Backend, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    import urllib3

    spans: list[tuple[float, float]] = []

    def jitter(low: float, high: float) -> float:
        spans.append((low, high))
        return 0.0

    monkeypatch.setattr(delivery_module, "MAX_TRIES", 8)
    backend.answers = [Answer(503)]
    clock = Clock(sleep=lambda _seconds: None, jitter=jitter)
    with pytest.raises(CallbackUnavailable):
        Delivery(urllib3.PoolManager(), backend.url, "traceparent", vault.secrets(), clock).deliver(MESSAGE, plenty)
    assert spans == [(0.0, high) for high in (1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0, 8.0)]


@pytest.mark.parametrize("spelling", ["seconds", "date", "date without zone"])
def test_retry_after_is_honoured_in_every_spelling(
    backend: Backend, delivery: MakeDelivery, time_stands: StoppedTime, spelling: str
) -> None:
    moment = email.utils.formatdate(time_stands.seconds + 7, usegmt=True)
    value = {"seconds": "7", "date": moment, "date without zone": moment.replace("GMT", "-0000")}[spelling]
    backend.answers = [Answer(429, {"Retry-After": value}), Answer()]
    delivery().deliver(MESSAGE, plenty)
    assert time_stands.pauses == [7.0]


@pytest.mark.parametrize(("value", "pause"), [("soon", 1.0), ("-5", 1.0), ("", 1.0), ("0", 0.0)])
def test_a_retry_after_without_sense_is_ignored(
    backend: Backend, delivery: MakeDelivery, time_stands: StoppedTime, value: str, pause: float
) -> None:
    backend.answers = [Answer(503, {"Retry-After": value}), Answer()]
    delivery().deliver(MESSAGE, plenty)
    assert time_stands.pauses == [pause]


def test_a_retry_after_in_the_past_means_now(
    backend: Backend, delivery: MakeDelivery, time_stands: StoppedTime
) -> None:
    backend.answers = [Answer(503, {"Retry-After": email.utils.formatdate(0, usegmt=True)}), Answer()]
    delivery().deliver(MESSAGE, plenty)
    assert time_stands.pauses == [0.0]


def test_a_pause_longer_than_the_functions_time_is_left_to_the_machine(
    backend: Backend, delivery: MakeDelivery, time_stands: StoppedTime
) -> None:
    backend.answers = [Answer(429, {"Retry-After": "3600"})]
    with pytest.raises(CallbackUnavailable, match="429"):
        delivery().deliver(MESSAGE, lambda: 60.0)
    assert len(backend.requests) == 1
    assert time_stands.pauses == []


def test_no_request_is_sent_that_the_function_could_not_wait_for(backend: Backend, delivery: MakeDelivery) -> None:
    with pytest.raises(CallbackUnavailable, match="no time was left"):
        delivery().deliver(MESSAGE, lambda: RESERVE_SECONDS)
    assert backend.requests == []


def test_a_backend_that_hangs_is_given_up_while_there_is_time_to_say_so(vault: Vault) -> None:
    import urllib3

    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts the connection, and never answers
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        sending = Delivery(urllib3.PoolManager(), url, "traceparent", vault.secrets())
        started = time.monotonic()
        with pytest.raises(CallbackUnavailable, match="ReadTimeoutError"):
            sending.deliver(MESSAGE, lambda: RESERVE_SECONDS + 0.2 - (time.monotonic() - started))
        assert time.monotonic() - started < RESERVE_SECONDS


def test_an_answer_without_end_is_not_read(backend: Backend, delivery: MakeDelivery) -> None:
    backend.answers = [Answer(endless=True)]
    assert delivery().deliver(MESSAGE, plenty).status == 200
    assert backend.released.wait(10)  # the server saw the connection close


def test_a_backend_that_does_not_answer_is_unavailable(
    backend: Backend, delivery: MakeDelivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_module, "READ_SECONDS", 0.1)
    backend.answers = [Answer(hang=True)]
    with pytest.raises(CallbackUnavailable, match="ReadTimeoutError"):
        delivery().deliver(MESSAGE, plenty)


def test_a_connection_that_is_cut_is_tried_again(backend: Backend, delivery: MakeDelivery) -> None:
    backend.answers = [Answer(cut=True), Answer()]
    assert delivery().deliver(MESSAGE, plenty).tries == 2


def test_nobody_at_the_address_is_unavailable(delivery: MakeDelivery) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        url = f"http://127.0.0.1:{held.getsockname()[1]}/"
        with pytest.raises(CallbackUnavailable, match="NewConnectionError"):
            delivery(url).deliver(MESSAGE, plenty)


def test_a_rotated_secret_is_read_anew_after_a_401(backend: Backend, delivery: MakeDelivery, vault: Vault) -> None:
    sending = delivery()
    sending.deliver(MESSAGE, plenty)
    vault.put({"secrets": [NEW_SECRET, SECRET]})
    backend.answers = [Answer(), Answer(401), Answer()]
    assert sending.deliver(MESSAGE, plenty).tries == 2
    _, stale, fresh = backend.requests
    assert stale.headers["x-toq-signature"] == toq_signature(SECRET, MESSAGE.body)
    assert fresh.headers["x-toq-signature"] == toq_signature(NEW_SECRET, MESSAGE.body)
    assert len(fresh.headers["webhook-signature"].split(" ")) == 2


def test_the_secret_is_kept_between_callbacks(backend: Backend, delivery: MakeDelivery, vault: Vault) -> None:
    sending = delivery()
    sending.deliver(MESSAGE, plenty)
    vault.put({"secrets": [NEW_SECRET]})
    sending.deliver(MESSAGE, plenty)
    first, second = backend.requests
    assert first.headers["x-toq-signature"] == second.headers["x-toq-signature"]


@pytest.mark.parametrize(
    "value",
    [
        "hunter2-plain",
        "[]",
        '{"secrets": []}',
        '{"secrets": "hunter2"}',
        '{"secrets": ["hunter2", ""]}',
        '{"secrets": [7]}',
    ],
)
def test_a_secret_of_another_shape_is_refused_without_being_told(
    delivery: MakeDelivery, vault: Vault, value: str
) -> None:
    vault.put(value)
    with pytest.raises(SecretMalformedError) as caught:
        delivery().deliver(MESSAGE, plenty)
    assert "hunter2" not in str(caught.value)


def test_no_signature_and_no_secret_is_ever_logged(
    backend: Backend, delivery: MakeDelivery, log_lines: Callable[[], list[dict[str, Any]]]
) -> None:
    backend.answers = [Answer(401), Answer(503), Answer(429), Answer(422)]
    with pytest.raises(CallbackRefused):
        delivery().deliver(MESSAGE, plenty)
    said = str(log_lines())
    assert "callback not accepted" in said
    for request in backend.requests:
        for name in ("x-toq-signature", "webhook-signature"):
            assert request.headers[name] not in said
    assert SECRET not in said
