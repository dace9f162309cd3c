"""Processes die in the middle of their work, as a Lambda sandbox or a transcoder can: the batch gets over it."""

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest

from handlers.contract.names import function_handler
from localstack.backend import client
from tests.integration.resilience.conftest import Enqueue, execution_arn, history
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

    from localstack.local_platform.endpoints import Endpoints

pytestmark = pytest.mark.localstack


def processes(platform: "Endpoints", *words: str) -> list[psutil.Process]:
    """Processes of the platform whose command line has each of the words."""
    found = []
    for each in psutil.Process(platform.pid).children(recursive=True):
        try:
            line = " ".join(each.cmdline())
        except psutil.Error:
            continue  # it ended meanwhile
        if all(word in line for word in words):
            found.append(each)
    return found


def test_killed_lambda_processes_cost_no_photo(
    platform: "Endpoints", enqueue: Enqueue, backend: httpx.Client, sfn: "SFNClient", outputs: dict[str, Any]
) -> None:
    batch_id = enqueue(photos=12)
    execution = execution_arn(outputs, batch_id)

    def killed_in_the_middle() -> bool:
        """Whether a kill was noticed by the state machine; one between two invocations is not."""
        for process in processes(platform, function_handler("thumbnails")):
            process.kill()
        return any(event["type"] == "TaskFailed" for event in history(sfn, execution))

    wait_until(killed_in_the_middle)
    batch = client.wait(backend, batch_id, 300)
    assert batch["status"] == "READY"
    assert [each["errorCode"] for each in batch["assets"]] == [None] * 12
    assert all(len(each["outputs"]) == 5 for each in batch["assets"])
    assert "partial" not in batch["zipBundles"][0]


@pytest.fixture
def long_video(tmp_path: Path, ffmpeg: str) -> Path:
    """A video whose transcoding takes long enough to be hit."""
    path = tmp_path / "tour.mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=30:duration=8"]
    subprocess.run(
        [ffmpeg, "-loglevel", "error", *source, "-preset", "ultrafast", "-pix_fmt", "yuv420p", path], check=True
    )
    return path


def test_killed_transcoder_costs_its_video_alone(
    platform: "Endpoints", enqueue: Enqueue, backend: httpx.Client, long_video: Path
) -> None:
    batch_id = enqueue(2, long_video)

    def transcoders() -> list[psutil.Process]:
        return processes(platform, "libx264")

    for process in wait_until(transcoders):
        process.kill()
    batch = client.wait(backend, batch_id, 300)
    assert batch["status"] == "READY"
    errors = {each["assetType"]: each["errorCode"] for each in batch["assets"] if each["sequence"]}
    assert errors == {"PHOTO_HORIZONTAL": None, "VIDEO_HORIZONTAL": "TRANSCODE_FAILED"}
    assert "partial" in batch["zipBundles"][0]
