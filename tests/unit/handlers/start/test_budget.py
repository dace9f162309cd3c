"""listing-media-start: the largest batches fit its time and memory, as docs/limits.md says."""

import datetime
import json
import time
import tracemalloc
from typing import Any

import pytest

from handlers.runtime.store import MAX_ANNOUNCED_BYTES, MediaStore
from handlers.start.handler import SECONDS_PER_MESSAGE
from handlers.start.intake import Intake
from modules.environments import config
from modules.functions import RECORDS
from tests.support.builders import BUCKET, MACHINE_ARN, announced, message, raw_key
from tests.support.workflow.memory_s3 import MemoryS3

RECORD = RECORDS["start"]
MANIFEST = "42/raw/photo/horizontal/2026-03-01/manifest.json"
# "Performance guidelines for Amazon S3": 85 to 90 MB/s for one request at a time. There and back.
TRANSFER_SECONDS = 2 * MAX_ANNOUNCED_BYTES / 85e6
VCPU_MIB = 1769  # "Configure Lambda function memory"


class Executions:
    """Step Functions that starts everything."""

    class exceptions:
        ExecutionAlreadyExists = KeyError

    def start_execution(self, **_arguments: Any) -> dict[str, str]:
        return {"executionArn": "arn"}


def largest_manifest() -> bytes:
    """As many assets as fit into 16 MiB."""
    line = announced(b"x", "a.jpg", 0)
    size = len(json.dumps(line)) + 80
    lines = [
        {**line, "key": raw_key(f"{index:06d}-{'p' * 60}.jpg"), "sequence": index}
        for index in range(MAX_ANNOUNCED_BYTES // size)
    ]
    manifest = json.dumps({"assets": lines}).encode()
    assert 0.9 * MAX_ANNOUNCED_BYTES < len(manifest) <= MAX_ANNOUNCED_BYTES
    return manifest


@pytest.fixture
def accept() -> Any:
    """Accept a message that names the largest manifest, over an S3 that takes no time."""
    s3, executions = MemoryS3(), Executions()
    s3.objects[MANIFEST] = largest_manifest()
    client: Any = s3
    machine: Any = executions
    intake = Intake(MediaStore(BUCKET, client), MACHINE_ARN, machine)
    body = {name: value for name, value in message().items() if name != "assets"} | {"manifestKey": MANIFEST}
    attributes = {"Traceparent": body["traceparent"], "ListingId": "42", "BatchId": "7"}
    return lambda: intake.accept(json.dumps(body), attributes, datetime.datetime.now(datetime.UTC))


def test_the_largest_batches_that_one_invocation_is_given_fit_its_time_with_a_fifth_to_spare(accept: Any) -> None:
    started = time.process_time()
    assert accept()
    seconds = time.process_time() - started
    assert RECORD.size.memory_mb >= VCPU_MIB  # less is a share of the CPU that was measured with
    for name in config.names():
        size = config.load(name).functions["start"]
        assert RECORD.messages_at_once * (seconds + TRANSFER_SECONDS) < 0.8 * size.timeout_seconds
    assert seconds + TRANSFER_SECONDS < SECONDS_PER_MESSAGE


def test_a_large_batch_fits_the_memory_many_times(accept: Any) -> None:
    tracemalloc.start()
    try:
        accept()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < RECORD.size.memory_mb * 2**20 / 4
