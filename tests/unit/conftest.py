"""What every unit test starts from: AWS in the process, a media bucket, a Lambda context, log lines as data."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from moto import mock_aws

from handlers.contract import names
from handlers.contract.batch import Batch
from handlers.runtime import observability
from handlers.runtime.store import MediaStore
from tests.support.builders import BUCKET, DATE, REGION, TRACEPARENT, aws_client
from tests.support.lambda_context import LambdaContext

# A busy machine is no finding: examples may take their time.
# CI repeats the same examples, so that a change is judged by itself; new examples are found where people work.
settings.register_profile(
    "unit", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.load_profile("unit")


@pytest.fixture(autouse=True)
def _no_real_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test can reach AWS, whatever the machine is configured for."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN", "TOQ_OUTPUTS"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.setenv(name, REGION)


@pytest.fixture
def aws() -> Iterator[None]:
    """AWS emulated in the process."""
    with mock_aws():
        yield


@pytest.fixture
def store(aws: None, monkeypatch: pytest.MonkeyPatch) -> MediaStore:
    """An empty, versioned media bucket; also what `media_store()` of the handlers returns."""
    client = aws_client("s3")
    client.create_bucket(Bucket=BUCKET)
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    monkeypatch.setenv(names.MEDIA_BUCKET, BUCKET)
    return MediaStore(BUCKET, client)


@pytest.fixture
def batch() -> Batch:
    return Batch(7, 42, 0, TRACEPARENT, f"42/processed/manifest/{DATE}/batch-7-0/")


@pytest.fixture
def context() -> LambdaContext:
    return LambdaContext()


class _PresentStdout:
    def write(self, text: str) -> int:
        return sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


@pytest.fixture
def log_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[], list[dict[str, Any]]]:
    """What was logged and measured since the last call, one dictionary for each line."""
    # The logger took hold of standard output when it was imported; pytest puts another one there for each phase.
    monkeypatch.setattr(observability.logger.registered_handler, "stream", _PresentStdout())
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]
