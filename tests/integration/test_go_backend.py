"""TOQ's backend is a Go service: what docs/backend.md tells its developers works in Go, from upload to callback."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from localstack.local_platform.loopback import free_port
from localstack.local_platform.service import clean_environment
from tests.support.messages import TRACEPARENT
from tests.support.waiting import wait_until
from toolchain.go import find_go
from toolchain.paths import ROOT

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from localstack.local_platform.endpoints import Endpoints

SOURCES = Path(__file__).with_name("go_backend")
DOCUMENT = ROOT / "docs/backend.md"
LISTING = 61
DATE = "2026-03-01"
RAW = f"{LISTING}/raw/photo/horizontal/{DATE}/sala de estar.jpg"


@pytest.fixture(scope="session")
def go_backend(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, compiled."""
    program = tmp_path_factory.mktemp("go") / "backend"
    subprocess.run([find_go(), "build", "-o", program, "."], cwd=SOURCES, check=True)
    return program


@pytest.fixture
def receiver(aws: Callable[[str], Any], outputs: dict[str, Any]) -> Iterator[str]:
    """An address to which the pipeline sends its callbacks for the length of a test."""
    functions, name = aws("lambda"), outputs["function_arns"]["listing-media-callback-dispatch"]
    before = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    address = f"127.0.0.1:{free_port()}"

    def send_to(variables: dict[str, str]) -> None:
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
        wait_until(
            lambda: functions.get_function_configuration(FunctionName=name)["LastUpdateStatus"] == "Successful", 60
        )

    send_to(before | {"CALLBACK_URL": f"http://{address}/internal/media-processing/callback"})
    yield address
    send_to(before)


@pytest.mark.localstack
def test_a_batch_goes_from_a_go_backend_through_the_pipeline_and_back(
    go_backend: Path,
    receiver: str,
    platform: "Endpoints",
    outputs: dict[str, Any],
    aws: Callable[[str], Any],
    s3: "S3Client",
    tmp_path: Path,
    unique: str,
) -> None:
    photo = tmp_path / "room.jpg"
    Image.effect_noise((1600, 1200), 40).convert("RGB").save(photo)
    secret = aws("secretsmanager").get_secret_value(SecretId=outputs["callback_secret_arn"])["SecretString"]
    asset = {
        "key": RAW,
        "assetType": "PHOTO_HORIZONTAL",
        "contentType": "image/jpeg",
        "sequence": 1,
        "title": "Sala de estar",
    }
    batch_id = 9_000_000_000 + int(unique[-8:], 16)  # above whatever the reference backend numbers
    job = {
        "bucket": outputs["media_bucket"],
        "queueUrl": outputs["queue_url"],
        "listen": receiver,
        "secrets": json.loads(secret)["secrets"],
        "batch": {"batchId": batch_id, "listingId": LISTING, "traceparent": TRACEPARENT, "assets": [asset]},
        "files": [str(photo)],
    }
    done = subprocess.run(
        [go_backend],
        input=json.dumps(job),
        env=clean_environment(**platform.environment),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    callback = json.loads(done.stdout)
    assert (callback["status"], callback["batchId"], callback["listingId"]) == ("SUCCEEDED", batch_id, LISTING)
    assert callback["traceparent"] == TRACEPARENT
    [output] = callback["outputs"]
    assert (output["rawKey"], output["errorCode"]) == (RAW, None)
    stored = s3.head_object(Bucket=outputs["media_bucket"], Key=RAW, ChecksumMode="ENABLED")
    assert "ChecksumSHA256" in stored, "S3 keeps the client's checksum, so validate need not read the object"
    assert s3.get_object_tagging(Bucket=outputs["media_bucket"], Key=RAW)["TagSet"] == [
        {"Key": "stage", "Value": "raw"}
    ]
    assert s3.head_object(Bucket=outputs["media_bucket"], Key=output["processedKey"])["ContentType"] == "image/jpeg"


def test_the_document_shows_the_program_that_was_run() -> None:
    shown = re.findall(r"```go\n(.*?)\n```", DOCUMENT.read_text(), re.DOTALL)
    sources = "".join(file.read_text() for file in sorted(SOURCES.glob("*.go")))
    regions = re.findall(r"// begin: (\w+)\n\n(.*?)\n// end: \1\n", sources, re.DOTALL)
    assert len(regions) == len(shown) == 5
    for name, region in regions:
        assert region in shown, f"docs/backend.md does not show the part {name!r} of {SOURCES.name} as it is"
