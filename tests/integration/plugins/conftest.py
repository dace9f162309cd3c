"""A LocalStack with our plugins and nothing else, clients for it, and video clips made by ffmpeg."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from localstack.local_platform.localstack_process import LocalStack
from tests.support.plugins.clips import FFMPEG, Clips
from tests.support.plugins.emulator import clients_of, create_role

if TYPE_CHECKING:
    from mypy_boto3_mediaconvert import MediaConvertClient
    from mypy_boto3_s3 import S3Client


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker of ``-n`` runs what shares this folder's LocalStack."""
    for item in items:
        if "emulator" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("plugins"))
            item.add_marker(pytest.mark.localstack)


@pytest.fixture(scope="session")
def calls_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the emulator records AWS calls."""
    return tmp_path_factory.mktemp("calls") / "calls.jsonl"


@pytest.fixture(scope="session")
def emulator_settings(calls_log: Path) -> dict[str, str]:
    """Variables of the emulator, over the platform's own; ``FFMPEG_BINARY`` tries another ffmpeg."""
    return {
        "TOQ_CALLS_LOG": str(calls_log),
        "FFMPEG_BINARY": os.environ.get("FFMPEG_BINARY", FFMPEG),
        "LAMBDA_PROCESS_PYTHON311": "/no/such/python3.11",
    }


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory, emulator_settings: dict[str, str]) -> Iterator[LocalStack]:
    """A running LocalStack of this folder's tests."""
    with LocalStack(tmp_path_factory.mktemp("localstack"), settings=emulator_settings) as started:
        yield started


@pytest.fixture(scope="session")
def client(emulator: LocalStack) -> Callable[[str], Any]:
    """Clients of the emulator by service name."""
    return clients_of(emulator)


@pytest.fixture(scope="session")
def s3(client: Callable[[str], Any]) -> "S3Client":
    made: S3Client = client("s3")
    return made


@pytest.fixture(scope="session")
def mediaconvert(client: Callable[[str], Any]) -> "MediaConvertClient":
    made: MediaConvertClient = client("mediaconvert")
    return made


@pytest.fixture(scope="session")
def lambda_role(client: Callable[[str], Any]) -> str:
    return create_role(client("iam"), "plugins-lambda", "lambda")


@pytest.fixture(scope="session")
def mediaconvert_role(client: Callable[[str], Any]) -> str:
    return create_role(client("iam"), "plugins-mediaconvert", "mediaconvert")


@pytest.fixture(scope="session")
def states_role(client: Callable[[str], Any]) -> str:
    return create_role(client("iam"), "plugins-states", "states")


@pytest.fixture(scope="session")
def bucket(s3: "S3Client") -> str:
    """A bucket for videos."""
    s3.create_bucket(Bucket="plugins-videos")
    return "plugins-videos"


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Clips:
    """Video clips, made when first asked for."""
    return Clips(tmp_path_factory.mktemp("clips"))
