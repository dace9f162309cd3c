"""Forty photos and a video, sent again with one photo corrected: one photo is rendered, and no video transcoded."""

import base64
import hashlib
import io
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image

from handlers.contract.batch import Asset, Batch
from handlers.contract.names import ManifestFile
from handlers.runtime.store import MediaStore
from localstack.backend import client
from localstack.backend.client import MediaFile
from operations.replay import Replay, describe_reuse
from tests.support.messages import send_batch
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

pytestmark = pytest.mark.localstack
LISTING = 48
PHOTOS = 40
CORRECTED = 7
VIDEO_SECONDS = 1


def photograph(shade: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (48, 32), (shade, 90, 120)).save(file, "JPEG")
    return file.getvalue()


@dataclass
class Sent:
    """The batch after its first and its second attempt."""

    first: Batch
    second: Batch
    bodies: tuple[dict[str, Any], dict[str, Any]]

    @property
    def corrected(self) -> dict[str, Any]:
        """What the second callback says of the corrected photo."""
        output: dict[str, Any] = self.bodies[1]["outputs"][CORRECTED]
        return output


@pytest.fixture(scope="module")
def store(s3: "S3Client", outputs: dict[str, Any]) -> MediaStore:
    return MediaStore(outputs["media_bucket"], s3)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, ffmpeg: str) -> list[MediaFile]:
    folder = tmp_path_factory.mktemp("second-attempt")
    photos = [MediaFile(folder / f"{index:02d}.jpg", "PHOTO_HORIZONTAL", "image/jpeg") for index in range(PHOTOS)]
    for index, photo in enumerate(photos):
        photo.path.write_bytes(photograph(index))
    video = MediaFile(folder / "tour.mp4", "VIDEO_HORIZONTAL", "video/mp4")
    source = f"testsrc2=size=64x48:rate=10:duration={VIDEO_SECONDS}"
    command = [ffmpeg, "-loglevel", "error", "-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p", video.path]
    subprocess.run(command, check=True)
    return [*photos, video]


@pytest.fixture(scope="module")
def sent(
    backend: httpx.Client, store: MediaStore, sqs: "SQSClient", outputs: dict[str, Any], files: list[MediaFile]
) -> Sent:
    batch_id = client.send(backend, LISTING, 7, files)
    found = client.wait(backend, batch_id, 300)
    assert found["status"] == "READY"
    (date,) = {asset["sourceKey"].split("/")[4] for asset in found["assets"] if asset["sequence"]}
    first, second = (attempt(batch_id, number, date) for number in (0, 1))
    assets = store.get_json(first.file(ManifestFile.INPUT))["assets"]
    assets[CORRECTED] |= upload(store, assets[CORRECTED]["key"], photograph(250))
    body = {"batchId": batch_id, "listingId": LISTING, "attempt": 1, "assets": assets}
    send_batch(sqs, outputs["queue_url"], body)
    ended(store, second)
    return Sent(first, second, (result(store, first), result(store, second)))


def attempt(batch_id: int, number: int, date: str) -> Batch:
    return Batch(batch_id, LISTING, number, "", f"{LISTING}/processed/manifest/{date}/batch-{batch_id}-{number}/")


def upload(store: MediaStore, key: str, content: bytes) -> dict[str, Any]:
    """Upload over a raw object, as a presigned PUT does; what the message announces of it."""
    digest = hashlib.sha256(content)
    store.client.put_object(
        Bucket=store.bucket, Key=key, Body=content, ChecksumSHA256=base64.b64encode(digest.digest()).decode()
    )
    return {"bytes": len(content), "checksumSha256": digest.hexdigest()}


def ended(store: MediaStore, batch: Batch) -> dict[str, Any]:
    """The receipt of the attempt's callback, once the backend has taken it."""
    receipt: dict[str, Any] = wait_until(lambda: store.find_json(batch.file(ManifestFile.RECEIPT)), 300)
    return receipt


def result(store: MediaStore, batch: Batch) -> dict[str, Any]:
    body: dict[str, Any] = store.get_json(batch.file(ManifestFile.RESULT))
    return body


def versions(store: MediaStore, outputs: set[str]) -> Counter[str]:
    """How often each of these objects was written."""
    pages = store.client.get_paginator("list_object_versions").paginate(Bucket=store.bucket, Prefix=f"{LISTING}/")
    return Counter(each["Key"] for page in pages for each in page.get("Versions", []) if each["Key"] in outputs)


def test_only_the_corrected_photo_is_written_again(sent: Sent, store: MediaStore) -> None:
    keys = {key for output in sent.bodies[1]["outputs"] for key in output["outputs"].values()}
    assert len(keys) == PHOTOS * 5 + 3
    written = versions(store, keys)
    again = {key for key, times in written.items() if times > 1}
    assert again == set(sent.corrected["outputs"].values())
    assert {written[key] for key in again} == {2}


def test_no_job_is_started_for_the_video(sent: Sent, aws: Callable[[str], Any], sfn: "SFNClient") -> None:
    jobs = [job for page in aws("mediaconvert").get_paginator("list_jobs").paginate() for job in page["Jobs"]]
    own = [job["Id"] for job in jobs if job["UserMetadata"]["batchId"] == str(sent.second.batch_id)]
    assert len(own) == 1
    pages = sfn.get_paginator("get_execution_history").paginate(executionArn=sent.bodies[1]["executionArn"])
    scheduled = [
        event["taskScheduledEventDetails"]
        for page in pages
        for event in page["events"]
        if "taskScheduledEventDetails" in event
    ]
    assert {task["resourceType"] for task in scheduled} == {"lambda"}


def test_the_callback_is_that_of_the_first_attempt_but_for_the_corrected_photo(sent: Sent) -> None:
    first, second = sent.bodies
    assert sent.corrected["checksumSha256"] != first["outputs"][CORRECTED]["checksumSha256"]
    assert sent.corrected["errorCode"] is None
    others = [index for index in range(PHOTOS + 1) if index != CORRECTED]
    assert [second["outputs"][index] for index in others] == [first["outputs"][index] for index in others]
    assert second["jobs"][1] == first["jobs"][1]
    of_the_attempt = {"attempt", "eventId", "executionArn", "externalId", "jobs", "outputs", "startedAt", "traceparent"}
    assert {name for name in first if first[name] != second[name]} <= of_the_attempt | {
        "unzippedSizeBytes",  # of other bytes
        "zipSizeBytes",
    }


def test_the_backend_shows_the_corrected_batch(sent: Sent, backend: httpx.Client) -> None:
    found = client.find(backend, int(sent.second.batch_id))
    assert (found["status"], found["assetsZipped"]) == ("READY", PHOTOS + 1)
    assert all(asset["errorCode"] is None for asset in found["assets"])


def test_a_replay_says_that_it_reuses_everything(
    sent: Sent, store: MediaStore, sfn: "SFNClient", outputs: dict[str, Any]
) -> None:
    def machine_ended() -> bool:
        return sfn.describe_execution(executionArn=sent.bodies[1]["executionArn"])["status"] != "RUNNING"

    wait_until(machine_ended)
    replay = Replay(store, sfn, outputs["state_machine_arn"])
    batch, arn = replay.start(str(sent.second.batch_id))
    assets: list[Asset] | None = replay.validated(batch, arn)
    assert describe_reuse(assets) == f"reused: {PHOTOS} of {PHOTOS} photos, 1 of 1 video"
    ended(store, batch)
    assert result(store, batch)["outputs"] == sent.bodies[1]["outputs"]
