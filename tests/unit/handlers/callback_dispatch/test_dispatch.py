"""listing-media-callback-dispatch: once for the state machine, again for whoever asks through the API."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from handlers.callback_dispatch import handler as dispatch
from handlers.callback_dispatch.delivery import CallbackRefused, CallbackUnavailable, Delivery
from handlers.callback_dispatch.dispatch import Dispatcher
from handlers.contract import names
from handlers.contract.batch import Batch
from handlers.contract.names import ManifestFile
from handlers.runtime.store import MediaStore, media_store
from tests.support.builders import DATE, EXECUTION, EXECUTION_ARN, TRACEPARENT
from tests.unit.handlers.callback_dispatch.conftest import Answer, Backend, Vault

type Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _environment(store: MediaStore, backend: Backend, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(names.CALLBACK_URL, backend.url)
    monkeypatch.setenv(names.TRACE_HEADER_KEY, "X-Trace")
    monkeypatch.setenv(names.CALLBACK_SECRET_ARN, vault.arn)
    caches = (media_store, dispatch._dispatcher)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


@pytest.fixture
def quick(delivery: Callable[..., Delivery], store: MediaStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The function's own delivery, with a clock that does not stand in the way."""
    monkeypatch.setattr(dispatch, "_dispatcher", lambda: Dispatcher(store, delivery()))


def write_result(store: MediaStore, batch: Batch, event_id: str = "batch-7-0-abc", **members: Any) -> dict[str, Any]:
    result = {
        "batchId": batch.batch_id,
        "listingId": batch.listing_id,
        "attempt": batch.attempt,
        "traceparent": TRACEPARENT,
        "executionArn": EXECUTION_ARN,
        "status": "SUCCEEDED",
        "eventId": event_id,
        "outputs": [{"rawKey": "Sótão.jpg"}],
        **members,
    }
    store.put_json(batch.file(ManifestFile.RESULT), result)
    return result


def event(batch: Batch) -> dict[str, Any]:
    key = batch.file(ManifestFile.RESULT)
    return {"batch": batch.to_state(), "status": "SUCCEEDED", "resultKey": key, "execution": EXECUTION}


def request(body: Any, **members: Any) -> dict[str, Any]:
    text = body if isinstance(body, str | None) else json.dumps(body)
    return {"httpMethod": "POST", "requestContext": {}, "body": text, "isBase64Encoded": False} | members


def answered(given: dict[str, Any], context: Any) -> tuple[int, dict[str, Any]]:
    answer = dispatch.handler(given, context)
    assert answer["headers"]["Content-Type"] == "application/json"
    return answer["statusCode"], json.loads(answer["body"])


def test_the_machines_callback_carries_the_result(
    store: MediaStore, batch: Batch, backend: Backend, context: Any
) -> None:
    result = write_result(store, batch)
    assert dispatch.handler(event(batch), context) == {
        "batch": batch.to_state(),
        "status": "SUCCEEDED",
        "resultKey": batch.file(ManifestFile.RESULT),
        "httpStatus": 200,
    }
    (sent,) = backend.requests
    body = json.loads(sent.body)
    assert body.pop("sentAt").endswith("Z")
    assert body == result
    assert sent.headers["x-trace"] == TRACEPARENT
    receipt = store.get_json(batch.file(ManifestFile.RECEIPT))
    assert (receipt["eventId"], receipt["statusCode"], receipt["tries"]) == ("batch-7-0-abc", 200, 1)


def test_a_repeated_state_sends_nothing_twice(store: MediaStore, batch: Batch, backend: Backend, context: Any) -> None:
    write_result(store, batch)
    first = dispatch.handler(event(batch), context)
    assert dispatch.handler(event(batch), context) == first
    assert len(backend.requests) == 1


def test_news_is_sent_although_older_news_was_accepted(
    store: MediaStore, batch: Batch, backend: Backend, context: Any
) -> None:
    write_result(store, batch)
    dispatch.handler(event(batch), context)
    write_result(store, batch, "batch-7-0-def")
    dispatch.handler(event(batch), context)
    assert [sent.headers["webhook-id"] for sent in backend.requests] == ["batch-7-0-abc", "batch-7-0-def"]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("status", "error"), [(410, CallbackRefused), (503, CallbackUnavailable)])
def test_the_machine_is_told_by_name_and_no_receipt_is_left(
    store: MediaStore, batch: Batch, backend: Backend, context: Any, status: int, error: type[Exception]
) -> None:
    write_result(store, batch)
    backend.answers = [Answer(status)]
    with pytest.raises(error):
        dispatch.handler(event(batch), context)
    assert store.find_json(batch.file(ManifestFile.RECEIPT)) is None


def test_a_refused_callback_is_counted(
    store: MediaStore, batch: Batch, backend: Backend, context: Any, log_lines: Lines
) -> None:
    write_result(store, batch)
    backend.answers = [Answer(410)]
    with pytest.raises(CallbackRefused):
        dispatch.handler(event(batch), context)
    assert any(line.get("CallbacksRefused") == [1.0] for line in log_lines())


def test_whoever_asks_gets_the_callback_sent_again(
    store: MediaStore, batch: Batch, backend: Backend, context: Any
) -> None:
    write_result(store, batch)
    dispatch.handler(event(batch), context)
    status, answer = answered(request({"batchId": 7, "listingId": "42"}), context)
    assert (status, answer["status"], answer["backendStatus"]) == (200, "DELIVERED", 200)
    assert [sent.headers["webhook-id"] for sent in backend.requests] == ["batch-7-0-abc"] * 2


def test_the_latest_attempt_is_meant_unless_one_is_named(
    store: MediaStore, batch: Batch, backend: Backend, context: Any
) -> None:
    for attempt, date in ((0, DATE), (2, "2026-03-04"), (10, "2026-03-02")):
        prefix = f"42/processed/manifest/{date}/batch-7-{attempt}/"
        write_result(store, Batch(7, 42, attempt, TRACEPARENT, prefix), f"id-{attempt}")
    answered(request({"batchId": 7, "listingId": 42}), context)
    answered(request({"batchId": 7, "listingId": 42, "attempt": 2}), context)
    assert [sent.headers["webhook-id"] for sent in backend.requests] == ["id-10", "id-2"]


def test_a_batch_whose_id_begins_like_another_is_not_taken_for_it(store: MediaStore, context: Any) -> None:
    write_result(store, Batch("7-1", 42, 0, TRACEPARENT, f"42/processed/manifest/{DATE}/batch-7-1-0/"))
    assert answered(request({"batchId": 7, "listingId": 42}), context)[0] == 404
    assert answered(request({"batchId": "7-1", "listingId": 42}), context)[0] == 200


def test_a_batch_at_work_will_be_told_of_by_itself(store: MediaStore, batch: Batch, context: Any) -> None:
    store.put_json(batch.file(ManifestFile.INPUT), {})
    assert answered(request({"batchId": 7, "listingId": 42}), context) == (202, {"status": "AT_WORK"})


@pytest.mark.parametrize("body", [{"batchId": 8, "listingId": 42}, {"batchId": 7, "listingId": 43}])
def test_an_unknown_batch_is_not_found(store: MediaStore, batch: Batch, context: Any, body: dict[str, Any]) -> None:
    write_result(store, batch)
    assert answered(request(body), context)[0] == 404


def test_an_unknown_attempt_is_not_found(store: MediaStore, batch: Batch, context: Any) -> None:
    write_result(store, batch)
    assert answered(request({"batchId": 7, "listingId": 42, "attempt": 1}), context)[0] == 404


@pytest.mark.parametrize(
    "given",
    [
        request(None),
        request(""),
        request("{broken"),
        request([]),
        request({}),
        request({"batchId": 7}),
        request({"batchId": 7, "listingId": 42, "other": 1}),
        request({"batchId": True, "listingId": 42}),
        request({"batchId": "../7", "listingId": 42}),
        request({"batchId": 7.5, "listingId": 42}),
        request({"batchId": 7, "listingId": 42, "attempt": -1}),
        request({"batchId": 7, "listingId": 42, "attempt": "1"}),
        request({"batchId": 7, "listingId": 42, "attempt": True}),
        request("%%%", isBase64Encoded=True),
        request(base64.b64encode(b"\xff").decode(), isBase64Encoded=True),
    ],
)
def test_a_malformed_request_is_told_what_is_wrong(context: Any, given: dict[str, Any]) -> None:
    status, answer = answered(given, context)
    assert status == 400
    assert answer["error"]


def test_a_body_in_base64_is_read(store: MediaStore, batch: Batch, context: Any) -> None:
    write_result(store, batch)
    text = base64.b64encode(b'{"batchId": 7, "listingId": 42}').decode()
    assert answered(request(text, isBase64Encoded=True), context)[0] == 200


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("status", "code"), [(410, 502), (503, 503)])
def test_what_the_backend_does_not_take_is_told_to_whoever_asked(
    store: MediaStore, batch: Batch, backend: Backend, context: Any, status: int, code: int
) -> None:
    write_result(store, batch)
    backend.answers = [Answer(status)]
    answer = dispatch.handler(request({"batchId": 7, "listingId": 42}), context)
    assert answer["statusCode"] == code
    assert ("Retry-After" in answer["headers"]) == (code == 503)


def test_every_line_names_the_batch(store: MediaStore, batch: Batch, context: Any, log_lines: Lines) -> None:
    write_result(store, batch)
    answered(request({"batchId": 7, "listingId": 42}), context)
    lines = [line for line in log_lines() if line.get("message") == "callback accepted"]
    assert [(line["batchId"], line["executionArn"]) for line in lines] == [(7, EXECUTION_ARN)]
