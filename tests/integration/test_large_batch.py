"""A thousand assets run through the same machine with the same small state."""

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from localstack.backend import client
from localstack.backend.client import MediaFile

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

pytestmark = pytest.mark.localstack
LISTING = 45
ASSETS = 1_000
STATE_LIMIT = 32 * 1024  # bytes; AWS allows 262,144 ("AWS Step Functions service quotas")


@pytest.fixture(scope="module")
def batch(backend: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A finished batch of documents: what costs least per asset, so that the number is what counts."""
    folder = tmp_path_factory.mktemp("sheets")
    files = [MediaFile(folder / f"sheet-{number}.pdf", "PROJECT_DOC", "application/pdf") for number in range(ASSETS)]
    for number, file in enumerate(files):
        file.path.write_bytes(b"%PDF-1.4\n% sheet " + str(number).encode())
    return client.wait(backend, client.send(backend, LISTING, None, files), 300)


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
