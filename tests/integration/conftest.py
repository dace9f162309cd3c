"""What the running platform is reached with."""

import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from operations.migrate.database_url import Connection, DatabaseUrl
from tests.support.clients import clients
from toolchain import tools

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

    from localstack.local_platform.endpoints import Endpoints


@pytest.fixture(scope="session")
def outputs(platform: "Endpoints") -> dict[str, Any]:
    """Terraform's outputs of the deployed stack."""
    return platform.outputs


@pytest.fixture(scope="session")
def aws(platform: "Endpoints") -> Callable[[str], Any]:
    """Clients of the platform's AWS by service name."""
    return clients(platform.gateway_url)


@pytest.fixture(scope="session")
def s3(aws: Callable[[str], Any]) -> "S3Client":
    client: S3Client = aws("s3")
    return client


@pytest.fixture(scope="session")
def sqs(aws: Callable[[str], Any]) -> "SQSClient":
    client: SQSClient = aws("sqs")
    return client


@pytest.fixture(scope="session")
def sfn(aws: Callable[[str], Any]) -> "SFNClient":
    client: SFNClient = aws("stepfunctions")
    return client


@pytest.fixture(scope="session")
def backend(platform: "Endpoints") -> Iterator[httpx.Client]:
    """The reference backend's API."""
    with httpx.Client(base_url=platform.backend_url, timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture(scope="session")
def database(platform: "Endpoints") -> Iterator[Connection]:
    """The backend's database as the administrator sees it, autocommitting."""
    with DatabaseUrl.parse(platform.admin_database_url).connect(autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def ffmpeg() -> str:
    """The ffmpeg that the platform uses."""
    found = shutil.which("ffmpeg", path=tools.search_path())
    assert found, "no ffmpeg: run `make tools`"
    return found
