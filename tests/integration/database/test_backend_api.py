"""The reference backend over HTTP, on real MySQL with the application's rights alone; AWS is emulated in-process."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import boto3
import httpx
import pytest
import uvicorn
from moto import mock_aws

from localstack.backend.app import create_app
from localstack.backend.settings import Settings
from tests.support.callback_bodies import SECRET, body, output, signed
from tests.support.database.schema import Schema

pytestmark = pytest.mark.parametrize("empty", ["mysql"], indirect=True)
REGION = "us-east-1"
CALLBACK = "/internal/media-processing/callback"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@dataclass(frozen=True, slots=True)
class Backend:
    """A running backend and what stands around it."""

    http: httpx.Client
    schema: Schema
    settings: Settings

    def register(self, listing: int = 42, photographer: int | None = 7, **members: Any) -> httpx.Response:
        request = {"photographerUserId": photographer, "assets": [asset(1), asset(2)]} | members
        return self.http.post(f"/listings/{listing}/batches", json=request)

    def registered(self) -> tuple[int, list[str]]:
        """A new batch's id and raw keys."""
        answer = self.register().raise_for_status().json()
        return answer["batchId"], [upload["key"] for upload in answer["uploads"]]

    def completed(self) -> tuple[int, list[str]]:
        """The same, handed over to the pipeline."""
        batch_id, keys = self.registered()
        self.http.post(f"/batches/{batch_id}/complete").raise_for_status()
        return batch_id, keys

    def call_back(self, content: dict[str, Any], secret: str = SECRET) -> httpx.Response:
        data = json.dumps(content).encode()
        return self.http.post(CALLBACK, content=data, headers=signed(data, content["eventId"], secret))

    def show(self, batch_id: int) -> dict[str, Any]:
        shown: dict[str, Any] = self.http.get(f"/batches/{batch_id}").raise_for_status().json()
        return shown

    def messages(self) -> list[dict[str, Any]]:
        """Bodies of all messages that are in the queue."""
        received = boto3.client("sqs").receive_message(QueueUrl=self.settings.queue_url, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in received.get("Messages", [])]


def asset(sequence: int, **members: Any) -> dict[str, Any]:
    return {
        "filename": f"Sala {sequence}.jpg",
        "assetType": "PHOTO_VERTICAL",
        "contentType": "image/jpeg",
        "bytes": 3,
        "checksumSha256": hashlib.sha256(b"abc").hexdigest(),
        "sequence": sequence,
        "title": "Sala",
    } | members


@pytest.fixture
def settings(migrated: Schema, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    for name, value in {"ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "test", "DEFAULT_REGION": REGION}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="media")
        queue = boto3.client("sqs").create_queue(QueueName="listing-media-processing")["QueueUrl"]
        document = json.dumps({"secrets": [SECRET, "older"]})
        secret = boto3.client("secretsmanager").create_secret(Name="callback", SecretString=document)
        yield Settings(migrated.application_url, "media", queue, secret["ARN"])


@pytest.fixture
def backend(migrated: Schema, settings: Settings) -> Iterator[Backend]:
    with serving(settings) as url, httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
        yield Backend(client, migrated, settings)


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """Serve the backend on a loopback port; gives its URL."""
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=0, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        threading.Event().wait(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def test_a_batch_is_registered_with_its_uploads(backend: Backend) -> None:
    answer = backend.register()
    assert answer.status_code == 201
    batch_id = answer.json()["batchId"]
    shown = backend.show(batch_id)
    assert (shown["status"], shown["attempt"], shown["uploadedBy"]) == ("PENDING_UPLOAD", 0, "PHOTOGRAPHER")
    keys = [upload["key"] for upload in answer.json()["uploads"]]
    assert [row["sourceKey"] for row in shown["assets"]] == keys
    assert keys[0].startswith("42/raw/photo/vertical/")
    assert keys[0].endswith(f"/{batch_id}-0001-Sala_1.jpg")
    assert shown["assets"][0]["orientation"] == "VERTICAL"


def test_an_owners_batch_has_no_photographer(backend: Backend) -> None:
    plan = asset(1, assetType="PROJECT_DOC", contentType="application/pdf", filename="planta.pdf")
    answer = backend.register(photographer=None, assets=[plan])
    assert answer.status_code == 201
    assert backend.show(answer.json()["batchId"])["uploadedBy"] == "OWNER"


@pytest.mark.parametrize(
    ("listing", "photographer", "said"),
    [
        (999_999, 7, "listing 999999 or photographer 7 does not exist"),
        (42, 999_999, "listing 42 or photographer 999999 does not exist"),
    ],
)
def test_unknown_parents_are_refused(backend: Backend, listing: int, photographer: int, said: str) -> None:
    answer = backend.register(listing, photographer)
    assert (answer.status_code, answer.json()["detail"]) == (404, said)


def test_a_completed_batch_is_enqueued_in_the_callers_trace(backend: Backend) -> None:
    batch_id, keys = backend.registered()
    answer = backend.http.post(f"/batches/{batch_id}/complete", headers={"traceparent": TRACE})
    assert answer.status_code == 202
    assert answer.json()["attempt"] == 0
    [message] = backend.messages()
    assert (message["batchId"], message["listingId"], message["traceparent"]) == (batch_id, 42, TRACE)
    assert [line["key"] for line in message["assets"]] == keys
    assert backend.show(batch_id)["status"] == "PROCESSING"


def test_completing_twice_sends_the_same_attempt_again(backend: Backend) -> None:
    batch_id, _ = backend.completed()
    assert backend.http.post(f"/batches/{batch_id}/complete").json()["attempt"] == 0
    first, second = backend.messages()
    assert first == second


def test_a_batch_whose_message_was_lost_stays_received_and_can_be_completed_again(
    backend: Backend, settings: Settings
) -> None:
    with serving(replace(settings, queue_url=f"{settings.queue_url}-gone")) as url:
        batch_id, _ = backend.registered()
        assert httpx.post(f"{url}/batches/{batch_id}/complete", trust_env=False).status_code == 500
    assert backend.show(batch_id)["status"] == "RECEIVED"
    assert backend.http.post(f"/batches/{batch_id}/complete").status_code == 202
    assert backend.show(batch_id)["status"] == "PROCESSING"


def test_a_callback_makes_the_batch_ready(backend: Backend) -> None:
    batch_id, keys = backend.completed()
    corrupt = output(keys[1], processedKey=None, thumbnailKey=None, outputs={}, errorCode="IMAGE_CORRUPT")
    answer = backend.call_back(body(batch_id, outputs=[output(keys[0]), corrupt]))
    assert (answer.status_code, answer.json()) == (200, {"applied": True})
    shown = backend.show(batch_id)
    assert shown["status"] == "READY"
    assert shown["zipBundles"] == [f"42/zip/complete/2026-11-22/batch-{batch_id}.zip"]
    assert [line["errorCode"] for line in shown["assets"]] == [None, "IMAGE_CORRUPT"]
    assert shown["assets"][0]["resolution"] == "3000x4000"
    assert [line["provider"] for line in shown["jobs"]] == ["STEP_FUNCTIONS"]


def test_a_callback_signed_with_an_older_secret_counts_while_rotating(backend: Backend) -> None:
    batch_id, _ = backend.completed()
    assert backend.call_back(body(batch_id), secret="older").status_code == 200


def test_a_secret_that_was_just_rotated_in_is_read_at_once(
    backend: Backend, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id, _ = backend.completed()
    backend.call_back(body(batch_id)).raise_for_status()
    document = json.dumps({"secrets": ["brand new", SECRET]})
    boto3.client("secretsmanager").put_secret_value(SecretId=settings.callback_secret_arn, SecretString=document)
    monkeypatch.setattr("localstack.backend.app.DOUBT_SECONDS", 0.0)
    answer = backend.call_back(body(batch_id), secret="brand new")
    assert (answer.status_code, answer.json()) == (200, {"applied": False})


def test_a_wrong_signature_is_401_and_changes_nothing(backend: Backend) -> None:
    batch_id, _ = backend.completed()
    before = backend.show(batch_id)
    assert backend.call_back(body(batch_id), secret="guessed").status_code == 401
    assert backend.show(batch_id) == before


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"eventId": "id-1"}', b"\xff\xfe"])
def test_a_signed_body_that_is_no_callback_is_400(backend: Backend, content: bytes) -> None:
    headers = signed(content, "id-1") if content != b"\xff\xfe" else {}
    expected = 400 if headers else 401  # what is no text cannot be signed as a webhook
    assert backend.http.post(CALLBACK, content=content, headers=headers).status_code == expected


def test_an_event_id_that_is_not_the_webhooks_is_400(backend: Backend) -> None:
    data = json.dumps(body(1)).encode()
    answer = backend.http.post(CALLBACK, content=data, headers=signed(data, "another"))
    assert (answer.status_code, answer.json()["detail"]) == (400, "eventId and webhook-id differ")


def test_a_callback_of_an_unknown_batch_is_404(backend: Backend) -> None:
    assert backend.call_back(body(999_999)).status_code == 404


def test_a_retry_is_a_new_attempt_and_silences_the_older(backend: Backend) -> None:
    batch_id, _ = backend.completed()
    backend.call_back(body(batch_id, status="PROCESSING_FAILED")).raise_for_status()
    assert backend.show(batch_id)["status"] == "FAILED"
    answer = backend.http.post(f"/batches/{batch_id}/retry")
    assert (answer.status_code, answer.json()["attempt"]) == (202, 1)
    late = body(batch_id, status="PROCESSING_FAILED") | {"eventId": "late"}
    assert backend.call_back(late).json() == {"applied": False}
    shown = backend.show(batch_id)
    assert (shown["status"], shown["attempt"], shown["errorCode"]) == ("PROCESSING", 1, None)
    assert [message["attempt"] for message in backend.messages()] == [0, 1]


@pytest.mark.parametrize(
    ("action", "status", "said"),
    [("retry", "PENDING_UPLOAD", "complete it instead"), ("complete", "READY", "retry it instead")],
)
def test_what_does_not_fit_the_batchs_status_is_409(backend: Backend, action: str, status: str, said: str) -> None:
    batch_id, _ = backend.registered()
    if status == "READY":
        backend.http.post(f"/batches/{batch_id}/complete").raise_for_status()
        backend.call_back(body(batch_id)).raise_for_status()
    answer = backend.http.post(f"/batches/{batch_id}/{action}")
    assert answer.status_code == 409
    assert said in answer.json()["detail"]


def test_a_listing_shows_its_newest_batch_and_those_of_a_status(backend: Backend) -> None:
    first, _ = backend.completed()
    second, _ = backend.registered()
    assert [line["batchId"] for line in backend.http.get("/listings/42/batches").json()] == [second]
    processing = backend.http.get("/listings/42/batches", params={"status": "PROCESSING"}).json()
    assert [line["batchId"] for line in processing] == [first]
    assert backend.http.get("/listings/43/batches").json() == []


def test_stuck_batches_come_with_their_last_job(backend: Backend) -> None:
    batch_id, _ = backend.completed()
    assert backend.http.get("/batches/stuck").json() == []
    [line] = backend.http.get("/batches/stuck", params={"minutes": 0}).json()
    assert (line["batchId"], line["status"], line["lastJob"]) == (batch_id, "PROCESSING", None)


def test_a_database_that_is_away_is_503_so_that_the_pipeline_tries_again(settings: Settings) -> None:
    away = replace(settings, database=replace(settings.database, port=1))
    with serving(away) as url:
        answer = httpx.get(f"{url}/health", trust_env=False)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


def test_a_deleted_batch_is_unknown(backend: Backend) -> None:
    batch_id, _ = backend.completed()
    backend.schema.rows("UPDATE listing_media_batches SET deleted_at = UTC_TIMESTAMP(6) WHERE id = %s", batch_id)
    assert backend.http.get(f"/batches/{batch_id}").status_code == 404
    assert backend.call_back(body(batch_id)).status_code == 404
