"""The running platform, as the integration tests reach it, and a batch that is at work."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image

from localstack.backend import client as listing
from localstack.demo.samples import Sample
from tests.integration.conftest import aws, backend, database, ffmpeg, outputs, sfn, sqs
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import HistoryEventTypeDef

__all__ = ["aws", "backend", "database", "ffmpeg", "outputs", "sfn", "sqs"]
LISTING = 45
Enqueue = Callable[..., dict[str, Any]]
Await = Callable[..., dict[str, Any]]


def execution_arn(outputs: dict[str, Any], batch_id: int) -> str:
    """Of a batch's first attempt."""
    machine: str = outputs["state_machine_arn"]
    return f"{machine.replace(':stateMachine:', ':execution:')}:batch-{batch_id}-0"


def history(sfn: "SFNClient", execution: str) -> "list[HistoryEventTypeDef]":
    """All events of an execution; none while it is not there yet."""
    try:
        pages = list(sfn.get_paginator("get_execution_history").paginate(executionArn=execution))
    except sfn.exceptions.ExecutionDoesNotExist:
        return []
    return [event for page in pages for event in page["events"]]


@pytest.fixture
def enqueue(backend: httpx.Client, tmp_path: Path) -> Enqueue:
    """Register, upload and enqueue a batch of photos, and of videos where given; returns what was registered."""

    def enqueued(photos: int, *videos: Path) -> dict[str, Any]:
        samples = []
        for number in range(photos):
            path = tmp_path / f"room-{number}.jpg"
            Image.effect_noise((3000, 2000), 50).convert("RGB").save(path)
            samples.append(Sample(path, "PHOTO_HORIZONTAL", "image/jpeg"))
        samples += [Sample(video, "VIDEO_HORIZONTAL", "video/mp4") for video in videos]
        registered = listing.register(backend, LISTING, 7, samples)
        listing.upload(registered["uploads"], samples, lambda done, total: None)
        backend.post(f"/batches/{registered['batchId']}/complete").raise_for_status()
        return registered

    return enqueued


@pytest.fixture
def await_batch(backend: httpx.Client) -> Await:
    """Wait until a batch has a terminal status; returns it."""

    def terminal(batch_id: int, timeout: float = 120) -> dict[str, Any]:
        def ended() -> dict[str, Any] | None:
            batch: dict[str, Any] = backend.get(f"/batches/{batch_id}").raise_for_status().json()
            return batch if batch["status"] in listing.TERMINAL else None

        return wait_until(ended, timeout)

    return terminal
