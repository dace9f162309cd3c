"""What a photographer's app does around the pipeline: register a batch, upload its files, ask for processing, wait."""

import hashlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from localstack.demo.samples import Sample

TERMINAL = ("READY", "FAILED")
Tick = Callable[[int, int], None]


class BatchTimeoutError(Exception):
    """The batch reached no terminal status in time."""


def register(backend: httpx.Client, listing_id: int, user_id: int | None, samples: Sequence[Sample]) -> dict[str, Any]:
    """Announce the files to the backend; returns ``{batchId, uploads: [{sequence, url, headers, ...}]}``."""
    assets = []
    for sequence, sample in enumerate(samples, start=1):
        content = sample.path.read_bytes()
        assets.append(
            {
                "filename": sample.path.name,
                "assetType": sample.asset_type,
                "contentType": sample.content_type,
                "bytes": len(content),
                "checksumSha256": hashlib.sha256(content).hexdigest(),
                "sequence": sequence,
                "title": sample.title,
            }
        )
    body = {"photographerUserId": user_id, "assets": assets}
    answer = backend.post(f"/listings/{listing_id}/batches", json=body).raise_for_status()
    registered: dict[str, Any] = answer.json()
    return registered


def upload(uploads: Sequence[dict[str, Any]], samples: Sequence[Sample], tick: Tick) -> None:
    """PUT every file to its presigned URL, four at a time.

    Raises
    ------
    httpx.HTTPStatusError
        When S3 refuses an upload, for example because the content does not match the signed checksum.
    """
    with httpx.Client(timeout=60) as client, ThreadPoolExecutor(4) as pool:

        def put(target: dict[str, Any]) -> None:
            content = samples[target["sequence"] - 1].path.read_bytes()
            client.put(target["url"], content=content, headers=target["headers"]).raise_for_status()

        for done, _ in enumerate(pool.map(put, uploads), start=1):
            tick(done, len(uploads))


def process(backend: httpx.Client, batch_id: int, seconds: float, on_status: Callable[[str], None]) -> dict[str, Any]:
    """Enqueue the batch and wait for its terminal status; returns the backend's view of it.

    Raises
    ------
    BatchTimeoutError
        After ``seconds``, with the last status seen.
    """
    backend.post(f"/batches/{batch_id}/complete").raise_for_status()
    deadline = time.monotonic() + seconds
    while True:
        batch: dict[str, Any] = backend.get(f"/batches/{batch_id}").raise_for_status().json()
        on_status(batch["status"])
        if batch["status"] in TERMINAL:
            return batch
        if time.monotonic() > deadline:
            raise BatchTimeoutError(f"batch {batch_id} is still {batch['status']} after {seconds:.0f} s")
        time.sleep(0.25)
