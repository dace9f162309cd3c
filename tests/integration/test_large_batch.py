"""A thousand assets run through the same machine with the same small state."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient

pytestmark = pytest.mark.localstack
LISTING = 45
ASSETS = 1_000
STATE_LIMIT = 32 * 1024  # bytes; AWS allows 262,144 ("AWS Step Functions service quotas")


@pytest.fixture(scope="module")
def batch(backend: httpx.Client, s3: "S3Client", outputs: dict[str, Any]) -> dict[str, Any]:
    """A finished batch of documents: what costs least per asset, so that the number is what counts."""
    contents = [b"%PDF-1.4\n% sheet " + str(number).encode() for number in range(ASSETS)]
    assets = [
        {
            "filename": f"sheet-{number}.pdf",
            "assetType": "PROJECT_DOC",
            "contentType": "application/pdf",
            "bytes": len(content),
            "checksumSha256": hashlib.sha256(content).hexdigest(),
            "sequence": number + 1,
        }
        for number, content in enumerate(contents)
    ]
    path = f"/listings/{LISTING}/batches"
    registered = backend.post(path, json={"photographerUserId": None, "assets": assets}).raise_for_status().json()

    def put(upload: dict[str, Any]) -> None:
        s3.put_object(
            Bucket=outputs["media_bucket"],
            Key=upload["key"],
            Body=contents[upload["sequence"] - 1],
            ContentType="application/pdf",
            ChecksumAlgorithm="SHA256",
        )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, registered["uploads"]))
    backend.post(f"/batches/{registered['batchId']}/complete").raise_for_status()

    def finished() -> dict[str, Any] | None:
        told: dict[str, Any] = backend.get(f"/batches/{registered['batchId']}").json()
        return told if told["status"] in ("READY", "FAILED") else None

    return wait_until(finished, 180)


def test_every_asset_of_a_thousand_is_processed(batch: dict[str, Any]) -> None:
    assert batch["status"] == "READY"
    assert sum(1 for asset in batch["assets"] if asset["processedKey"]) == ASSETS
    assert batch["assetsZipped"] == ASSETS


def test_no_state_of_the_thousand_carries_more_than_32_kib(batch: dict[str, Any], sfn: "SFNClient") -> None:
    pages = sfn.get_paginator("get_execution_history").paginate(executionArn=batch["executionArn"])
    largest = max(
        len(json.dumps(details, default=str))
        for page in pages
        for event in page["events"]
        for name, details in event.items()
        if name.endswith("EventDetails")
    )
    assert largest < STATE_LIMIT
