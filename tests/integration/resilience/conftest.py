"""The running platform, as the integration tests reach it, and a batch that is at work."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image

from localstack.backend import client
from localstack.backend.client import MediaFile
from tests.integration.conftest import aws, backend, database, ffmpeg, outputs, sfn, sqs

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import HistoryEventTypeDef

__all__ = ["aws", "backend", "database", "ffmpeg", "outputs", "sfn", "sqs"]
LISTING = 45
Enqueue = Callable[..., int]


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
    """Register, upload and enqueue a batch of photos, and of videos where given; returns its id."""

    def enqueued(photos: int, *videos: Path) -> int:
        files = []
        for number in range(photos):
            path = tmp_path / f"room-{number}.jpg"
            Image.effect_noise((3000, 2000), 50).convert("RGB").save(path)
            files.append(MediaFile(path, "PHOTO_HORIZONTAL", "image/jpeg"))
        files += [MediaFile(video, "VIDEO_HORIZONTAL", "video/mp4") for video in videos]
        return client.send(backend, LISTING, 7, files)

    return enqueued
