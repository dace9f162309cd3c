"""What the queue delivers twice, or should never have delivered at all."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image

from localstack.backend import client
from localstack.backend.client import MediaFile
from tests.support.messages import receive, send, send_batch
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

pytestmark = pytest.mark.localstack
LISTING = 42


@pytest.fixture
def processed(backend: httpx.Client, tmp_path: Path) -> dict[str, Any]:
    """A finished batch of one photo."""
    path = tmp_path / "room.jpg"
    Image.effect_noise((800, 600), 40).convert("RGB").save(path)
    batch_id = client.send(backend, LISTING, 7, [MediaFile(path, "PHOTO_HORIZONTAL", "image/jpeg")])
    return client.wait(backend, batch_id, 300)


def test_message_delivered_twice_gives_one_execution_and_one_result(
    processed: dict[str, Any], backend: httpx.Client, sqs: "SQSClient", sfn: "SFNClient", outputs: dict[str, Any]
) -> None:
    asset = processed["assets"][0]
    body = {
        "batchId": processed["batchId"],
        "listingId": LISTING,
        "attempt": 0,
        "assets": [
            {name: asset[name] for name in ("assetType", "contentType", "bytes", "checksumSha256", "sequence")}
            | {"key": asset["sourceKey"]}
        ],
    }
    before = client.find(backend, processed["batchId"])
    send_batch(sqs, outputs["queue_url"], body)

    def drained() -> bool:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        counts = sqs.get_queue_attributes(QueueUrl=outputs["queue_url"], AttributeNames=names)["Attributes"]  # type: ignore[arg-type]
        return all(value == "0" for value in counts.values())

    wait_until(drained)
    pages = sfn.get_paginator("list_executions").paginate(stateMachineArn=outputs["state_machine_arn"])
    named = [each for page in pages for each in page["executions"] if each["name"] == f"batch-{processed['batchId']}-0"]
    assert len(named) == 1
    assert client.find(backend, processed["batchId"]) == before


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("this is no JSON: {marker}", "JSON"),
        ('{{"batchId": 1, "listingId": 42, "assets": [], "note": "{marker}"}}', "traceparent"),
    ],
    ids=["no JSON", "contract broken"],
)
def test_malformed_message_ends_in_the_dead_letter_queue_with_its_reason(
    body: str, reason: str, sqs: "SQSClient", outputs: dict[str, Any], unique: str
) -> None:
    send(sqs, outputs["queue_url"], body.format(marker=unique), batch_id=1, listing_id=LISTING)
    letter = receive(sqs, outputs["dead_letter_queue_url"], unique)
    assert reason in letter["MessageAttributes"]["ErrorReason"]["StringValue"]
    assert letter["MessageAttributes"]["ErrorCode"]["StringValue"]


def test_message_that_names_another_listings_object_gets_a_failed_callback(
    processed: dict[str, Any], backend: httpx.Client, sqs: "SQSClient", outputs: dict[str, Any], tmp_path: Path
) -> None:
    """The asset is refused by name; the batch of nothing but refused assets fails, and the backend is told."""
    foreign = processed["assets"][0]["sourceKey"].replace(f"{LISTING}/", "43/", 1)
    mine = MediaFile(tmp_path / "mine.jpg", "PHOTO_HORIZONTAL", "image/jpeg")
    mine.path.write_bytes(b"never uploaded")
    registered = client.register(backend, LISTING, 7, [mine])
    asset = client.announcement(mine, 1) | {"key": foreign}
    del asset["filename"], asset["title"]
    body = {"batchId": registered["batchId"], "listingId": LISTING, "assets": [asset]}
    send_batch(sqs, outputs["queue_url"], body)
    failed = client.wait(backend, registered["batchId"], 300)
    assert failed["status"] == "FAILED"
    assert [each["errorCode"] for each in failed["failedAssets"]] == ["KEY_NOT_ALLOWED"]
