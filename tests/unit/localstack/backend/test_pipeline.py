import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.config import Config

from localstack.backend.pipeline import Pipeline

BUCKET = "media"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SHA = hashlib.sha256(b"abc")


def asset(number: int = 1, **members: Any) -> dict[str, Any]:
    return {
        "key": f"42/raw/photo/vertical/2026-11-22/7-{number:04}-a.jpg",
        "assetType": "PHOTO_VERTICAL",
        "contentType": "image/jpeg",
        "bytes": 3,
        "checksumSha256": SHA.hexdigest(),
        "sequence": number,
    } | members


@pytest.fixture
def pipeline(aws: None) -> Pipeline:
    s3 = boto3.client("s3", config=Config(signature_version="s3v4", request_checksum_calculation="when_required"))
    s3.create_bucket(Bucket=BUCKET)
    sqs = boto3.client("sqs")
    queue = sqs.create_queue(QueueName="listing-media-processing")["QueueUrl"]
    return Pipeline(s3, sqs, BUCKET, queue, upload_seconds=900)


def receive(pipeline: Pipeline) -> dict[str, Any]:
    answer = pipeline.sqs.receive_message(QueueUrl=pipeline.queue_url, MessageAttributeNames=["All"])
    message: dict[str, Any] = dict(answer["Messages"][0])
    return message


def test_an_upload_url_is_good_for_that_content_alone(pipeline: Pipeline) -> None:
    target = pipeline.upload_target(asset())
    query = parse_qs(urlsplit(target["url"]).query)
    signed = query["X-Amz-SignedHeaders"][0].split(";")
    assert {name.lower() for name in target["headers"]} <= set(signed)
    assert query["X-Amz-Expires"] == ["900"]
    assert target["headers"] == {
        "Content-Type": "image/jpeg",
        "Content-Length": "3",
        "x-amz-checksum-sha256": base64.b64encode(SHA.digest()).decode(),
        "x-amz-tagging": "stage=raw",
    }
    assert (target["method"], target["sequence"]) == ("PUT", 1)


def test_a_message_carries_the_batch_and_its_attributes(pipeline: Pipeline) -> None:
    message_id = pipeline.enqueue(7, 42, 0, TRACE, [asset(title="Sala")])
    message = receive(pipeline)
    assert message["MessageId"] == message_id
    assert json.loads(message["Body"]) == {
        "batchId": 7,
        "listingId": 42,
        "attempt": 0,
        "traceparent": TRACE,
        "assets": [asset(title="Sala")],
    }
    assert {name: value["StringValue"] for name, value in message["MessageAttributes"].items()} == {
        "Traceparent": TRACE,
        "ListingId": "42",
        "BatchId": "7",
    }


def test_a_batch_too_large_for_a_message_goes_through_the_bucket(pipeline: Pipeline) -> None:
    assets = [asset(number, title="Cozinha ç" * 10) for number in range(600)]
    pipeline.enqueue(7, 42, 3, TRACE, assets)
    body = json.loads(receive(pipeline)["Body"])
    key = "42/raw/manifest/2026-11-22/batch-7-3.json"
    assert body == {"batchId": 7, "listingId": 42, "attempt": 3, "traceparent": TRACE, "manifestKey": key}
    stored = pipeline.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    assert json.loads(stored) == {"assets": assets}
