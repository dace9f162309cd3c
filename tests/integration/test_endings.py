"""Every batch reaches a terminal callback or the dead-letter queue, also when its execution does not end by itself."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image

from localstack.backend import client
from localstack.backend.client import MediaFile
from tests.support.messages import TRACEPARENT, receive, send_batch
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

    from localstack.local_platform.endpoints import Endpoints

pytestmark = pytest.mark.localstack
LISTING = 44


@pytest.fixture
def uploaded(backend: httpx.Client, tmp_path: Path) -> dict[str, Any]:
    """A registered batch of three photos, uploaded but not yet enqueued."""
    files = []
    for number in range(3):
        path = tmp_path / f"room-{number}.jpg"
        Image.effect_noise((800, 600), 50).convert("RGB").save(path)
        files.append(MediaFile(path, "PHOTO_HORIZONTAL", "image/jpeg"))
    registered = client.register(backend, LISTING, 7, files)
    client.upload(registered["uploads"], files)
    return registered


def test_aborted_execution_gets_its_callback_from_the_reconciler(
    uploaded: dict[str, Any], backend: httpx.Client, sfn: "SFNClient", outputs: dict[str, Any]
) -> None:
    """Started by hand with the assets inline, and stopped before its first state can end."""
    batch = client.find(backend, uploaded["batchId"])
    names = ("assetType", "contentType", "bytes", "checksumSha256", "sequence")
    assets = [{name: each[name] for name in names} | {"key": each["sourceKey"]} for each in batch["assets"]]
    given = {"batchId": batch["batchId"], "listingId": LISTING, "traceparent": TRACEPARENT, "assets": assets}
    execution = sfn.start_execution(
        stateMachineArn=outputs["state_machine_arn"], name=f"batch-{batch['batchId']}-0", input=json.dumps(given)
    )["executionArn"]
    sfn.stop_execution(executionArn=execution, error="Operator", cause="stopped by a test")

    told = client.wait(backend, batch["batchId"], 300)
    assert told["status"] == "FAILED"
    assert told["executionArn"] == execution
    assert told["errorCode"] == "ABORTED"
    assert [each["status"] for each in told["jobs"]] == ["ABORTED"]


def test_new_attempt_after_a_failure_makes_the_batch_ready(
    uploaded: dict[str, Any], backend: httpx.Client, sfn: "SFNClient", outputs: dict[str, Any]
) -> None:
    client.enqueue(backend, uploaded["batchId"])
    done = client.wait(backend, uploaded["batchId"], 300)
    retried = backend.post(f"/batches/{uploaded['batchId']}/retry").raise_for_status().json()
    assert retried["attempt"] == 1

    def ready() -> dict[str, Any] | None:
        batch = client.find(backend, uploaded["batchId"])
        return batch if batch["status"] == "READY" and batch["executionArn"].endswith("-1") else None

    again = wait_until(ready)
    assert [each["outputs"] for each in again["assets"]] == [each["outputs"] for each in done["assets"]]


def test_callback_that_the_backend_refuses_for_good_ends_in_the_dead_letter_queue(
    sqs: "SQSClient", sfn: "SFNClient", outputs: dict[str, Any], unique: str
) -> None:
    """The backend has no such batch: it answers 4xx, which no retry can change."""
    batch_id = 900_000_000 + int(unique[-6:], 16)
    asset = {
        "key": f"{LISTING}/raw/photo/horizontal/2026-01-02/{unique}.jpg",
        "assetType": "PHOTO_HORIZONTAL",
        "contentType": "image/jpeg",
        "bytes": 10,
        "checksumSha256": "0" * 64,
        "sequence": 1,
    }
    send_batch(sqs, outputs["queue_url"], {"batchId": batch_id, "listingId": LISTING, "assets": [asset]})
    letter = receive(sqs, outputs["dead_letter_queue_url"], str(batch_id))
    assert json.loads(letter["Body"])["batchId"] == batch_id
    assert "404" in letter["Body"] + json.dumps(letter["MessageAttributes"])
    execution = f"{outputs['state_machine_arn'].replace(':stateMachine:', ':execution:')}:batch-{batch_id}-0"
    wait_until(lambda: sfn.describe_execution(executionArn=execution)["status"] == "FAILED")


def test_the_schedules_event_makes_reconcile_look_for_executions_that_ended_unheard(
    platform: "Endpoints", sqs: "SQSClient", outputs: dict[str, Any]
) -> None:
    """Its rule sends one every quarter of an hour, which no test waits for."""
    event = {"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}
    sqs.send_message(QueueUrl=outputs["event_queue_url"], MessageBody=json.dumps(event))
    calls = Path(platform.logs) / "calls.jsonl"

    def looked() -> bool:
        lines = (json.loads(line) for line in calls.read_text(encoding="utf-8").splitlines())
        return any(
            line["operation"] == "ListExecutions" and line["caller"].get("app") == "listing-media-reconcile"
            for line in lines
        )

    wait_until(looked, 60)
