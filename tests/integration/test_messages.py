"""What the queue delivers twice, or should never have delivered at all."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image

from localstack.backend import client as listing
from localstack.demo.samples import Sample
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
    samples = [Sample(path, "PHOTO_HORIZONTAL", "image/jpeg")]
    registered = listing.register(backend, LISTING, 7, samples)
    listing.upload(registered["uploads"], samples, lambda done, total: None)
    return listing.process(backend, registered["batchId"], 60, lambda status: None)


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
    before = backend.get(f"/batches/{processed['batchId']}").json()
    send_batch(sqs, outputs["queue_url"], body)

    def drained() -> bool:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        counts = sqs.get_queue_attributes(QueueUrl=outputs["queue_url"], AttributeNames=names)["Attributes"]  # type: ignore[arg-type]
        return all(value == "0" for value in counts.values())

    wait_until(drained, 30)
    pages = sfn.get_paginator("list_executions").paginate(stateMachineArn=outputs["state_machine_arn"])
    named = [each for page in pages for each in page["executions"] if each["name"] == f"batch-{processed['batchId']}-0"]
    assert len(named) == 1
    assert backend.get(f"/batches/{processed['batchId']}").json() == before


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
    processed: dict[str, Any], backend: httpx.Client, sqs: "SQSClient", outputs: dict[str, Any], unique: str
) -> None:
    """The asset is refused by name; the batch of nothing but refused assets fails, and the backend is told."""
    foreign = processed["assets"][0]["sourceKey"].replace(f"{LISTING}/", "43/", 1)
    content = unique.encode()
    samples = {"filename": "mine.jpg", "assetType": "PHOTO_HORIZONTAL", "contentType": "image/jpeg", "sequence": 1}
    samples |= {"bytes": len(content), "checksumSha256": hashlib.sha256(content).hexdigest()}
    registered = backend.post(
        f"/listings/{LISTING}/batches", json={"photographerUserId": 7, "assets": [samples]}
    ).json()
    asset = {name: value for name, value in samples.items() if name != "filename"} | {"key": foreign}
    body = {"batchId": registered["batchId"], "listingId": LISTING, "assets": [asset]}
    send_batch(sqs, outputs["queue_url"], body)

    def refused() -> dict[str, Any] | None:
        batch: dict[str, Any] = backend.get(f"/batches/{registered['batchId']}").json()
        return batch if batch["status"] == "FAILED" else None

    failed = wait_until(refused, 60)
    assert [each["errorCode"] for each in failed["failedAssets"]] == ["KEY_NOT_ALLOWED"]
