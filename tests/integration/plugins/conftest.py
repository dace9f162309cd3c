"""A LocalStack with our plugins and nothing else, clients for it, and film clips made by ffmpeg."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import imageio_ffmpeg  # type: ignore[import-untyped]
import pytest
from botocore.config import Config

from localstack.local_platform.localstack_process import REGION, LocalStack
from tests.support.plugins.clips import Clips

if TYPE_CHECKING:
    from mypy_boto3_mediaconvert import MediaConvertClient
    from mypy_boto3_s3 import S3Client

ROOT = Path(__file__).parents[3]
PLUGINS = ROOT / "localstack" / "plugins"
sys.path.insert(0, str(PLUGINS))  # its pure modules run on the tests' interpreter too

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()  # the least that a machine has: no ffprobe beside it


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


def clients_of(emulator: LocalStack, **settings: Any) -> Callable[[str], Any]:
    """Clients by service name; calls are not repeated, so that a failure shows as itself."""
    make: Callable[..., Any] = boto3.Session("test", "test", region_name=REGION).client
    config = Config(retries={"total_max_attempts": 1}, read_timeout=120, proxies={}, **settings)

    @cache
    def client(service: str) -> Any:
        return make(service, endpoint_url=emulator.url, config=config)

    return client


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


def create_role(iam: Any, name: str, service: str) -> str:
    """A role that a service may assume; gives its ARN."""
    statement = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"])


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
    """A bucket for films."""
    s3.create_bucket(Bucket="plugins-films")
    return "plugins-films"


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Clips:
    """Film clips, made when first asked for."""
    return Clips(tmp_path_factory.mktemp("clips"), FFMPEG)


@pytest.fixture(scope="session")
def describe_film() -> Callable[[Path], str]:
    """What ffmpeg says of a file: an observer independent of the plugin's own parser."""

    def describe(file: Path) -> str:
        return subprocess.run([FFMPEG, "-hide_banner", "-i", file], capture_output=True, text=True, check=False).stderr

    return describe
