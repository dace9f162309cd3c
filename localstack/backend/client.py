"""What a photographer's app does around the pipeline: register a batch, upload its files, ask for processing, wait."""

import hashlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

TERMINAL: Final = ("READY", "FAILED")
_POLL_SECONDS: Final = 0.25


class BatchTimeoutError(Exception):
    """The batch reached no terminal status in time."""


@dataclass(frozen=True, slots=True)
class MediaFile:
    """One file to upload.

    Parameters
    ----------
    asset_type
        ``PHOTO_VERTICAL``, ..., as in the message contract.
    """

    path: Path
    asset_type: str
    content_type: str
    title: str | None = None


def register(backend: httpx.Client, listing_id: int, user_id: int | None, files: Sequence[MediaFile]) -> dict[str, Any]:
    """Announce the files to the backend; returns ``{batchId, uploads: [{sequence, url, headers, ...}]}``."""
    body = {
        "photographerUserId": user_id,
        "assets": [announcement(file, sequence) for sequence, file in enumerate(files, start=1)],
    }
    answer = backend.post(f"/listings/{listing_id}/batches", json=body).raise_for_status()
    registered: dict[str, Any] = answer.json()
    return registered


def announcement(file: MediaFile, sequence: int) -> dict[str, Any]:
    """What `register` tells of a file; ``sequence`` is its position within the listing, from 1."""
    content = file.path.read_bytes()
    return {
        "filename": file.path.name,
        "assetType": file.asset_type,
        "contentType": file.content_type,
        "bytes": len(content),
        "checksumSha256": hashlib.sha256(content).hexdigest(),
        "sequence": sequence,
        "title": file.title,
    }


def upload(
    uploads: Sequence[dict[str, Any]],
    files: Sequence[MediaFile],
    tick: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """PUT every file to its presigned URL, four at a time.

    Parameters
    ----------
    tick
        Told after each file how many of how many are done.

    Raises
    ------
    httpx.HTTPStatusError
        S3 refuses an upload, for example because the content does not match the signed checksum.
    """
    with httpx.Client(timeout=60) as client, ThreadPoolExecutor(4) as pool:

        def put(target: dict[str, Any]) -> None:
            content = files[target["sequence"] - 1].path.read_bytes()
            client.put(target["url"], content=content, headers=target["headers"]).raise_for_status()

        for done, _ in enumerate(pool.map(put, uploads), start=1):
            tick(done, len(uploads))


def send(backend: httpx.Client, listing_id: int, user_id: int | None, files: Sequence[MediaFile]) -> int:
    """Register the files, upload all of them and enqueue the batch; returns its id."""
    registered = register(backend, listing_id, user_id, files)
    upload(registered["uploads"], files)
    enqueue(backend, registered["batchId"])
    batch_id: int = registered["batchId"]
    return batch_id


def enqueue(backend: httpx.Client, batch_id: int) -> None:
    """Say that the batch's uploads are complete, so that it is processed."""
    backend.post(f"/batches/{batch_id}/complete").raise_for_status()


def find(backend: httpx.Client, batch_id: int) -> dict[str, Any]:
    """The backend's view of a batch."""
    batch: dict[str, Any] = backend.get(f"/batches/{batch_id}").raise_for_status().json()
    return batch


def wait(
    backend: httpx.Client, batch_id: int, seconds: float, on_status: Callable[[str], None] = lambda status: None
) -> dict[str, Any]:
    """Wait for the batch's terminal status; returns the backend's view of it.

    Parameters
    ----------
    on_status
        Told of the status at each look.

    Raises
    ------
    BatchTimeoutError
        After ``seconds``, with the last status seen.
    """
    deadline = time.monotonic() + seconds
    while True:
        batch = find(backend, batch_id)
        on_status(batch["status"])
        if batch["status"] in TERMINAL:
            return batch
        if time.monotonic() > deadline:
            raise BatchTimeoutError(f"batch {batch_id} is still {batch['status']} after {seconds:.0f} s")
        time.sleep(_POLL_SECONDS)
