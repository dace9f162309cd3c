"""One batch of everything a photographer sends, good and bad, through the deployed pipeline."""

import io
import json
import re
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image

from handlers.contract.keys import VARIANT_WIDTHS
from localstack.backend import client
from localstack.demo import evidence
from localstack.demo.samples import EXIF_GPS, EXIF_ORIENTATION, Sample

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient

pytestmark = pytest.mark.localstack
LISTING = 41
MISSING = "never-uploaded.jpg"


def photo(path: Path, size: tuple[int, int], orientation: int) -> None:
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    exif[EXIF_GPS] = {1: "S", 2: (23.0, 33.0, 1.0)}
    Image.effect_noise(size, 60).convert("RGB").save(path, quality=90, exif=exif)


def video(path: Path, ffmpeg: str, size: str) -> None:
    sources = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate=30:duration=2", "-f", "lavfi", "-i", "sine=duration=2"]
    command = [ffmpeg, "-loglevel", "error", *sources, "-pix_fmt", "yuv420p", "-shortest", path]
    subprocess.run(command, check=True)


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory, ffmpeg: str) -> list[Sample]:
    folder = tmp_path_factory.mktemp("listing")
    photo(folder / "facade.jpg", (2400, 1600), 1)
    photo(folder / "hall.jpg", (1600, 1200), 6)
    photo(folder / MISSING, (640, 480), 1)
    (folder / "damaged.jpg").write_bytes((folder / "facade.jpg").read_bytes()[:40_000])
    video(folder / "tour.mp4", ffmpeg, "1920x1080")
    video(folder / "clip.mp4", ffmpeg, "480x640")
    Image.new("RGB", (595, 842), "white").save(folder / "plan.pdf")
    return [
        Sample(folder / "facade.jpg", "PHOTO_HORIZONTAL", "image/jpeg", "Fachada / rua"),
        Sample(folder / "hall.jpg", "PHOTO_VERTICAL", "image/jpeg"),
        Sample(folder / MISSING, "PHOTO_HORIZONTAL", "image/jpeg", expected_error="NOT_FOUND"),
        Sample(folder / "damaged.jpg", "PHOTO_HORIZONTAL", "image/jpeg", expected_error="IMAGE_CORRUPT"),
        Sample(folder / "tour.mp4", "VIDEO_HORIZONTAL", "video/mp4", "Visita"),
        Sample(folder / "clip.mp4", "VIDEO_VERTICAL", "video/mp4"),
        Sample(folder / "plan.pdf", "PROJECT_DOC", "application/pdf", "Planta"),
    ]


@pytest.fixture(scope="module")
def batch(backend: httpx.Client, samples: list[Sample]) -> dict[str, Any]:
    """The batch after its terminal callback."""
    registered = client.register(backend, LISTING, 7, samples)
    uploads = [each for each in registered["uploads"] if not each["key"].endswith(MISSING)]
    client.upload(uploads, samples)
    client.enqueue(backend, registered["batchId"])
    return client.wait(backend, registered["batchId"], 300)


@pytest.fixture(scope="module")
def assets(batch: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Assets by the names their files had; in the key the backend puts batch and sequence before them."""
    return {each["sourceKey"].rsplit("/", 1)[-1].split("-", 2)[2]: each for each in batch["assets"] if each["sequence"]}


@pytest.fixture(scope="module")
def bundle(batch: dict[str, Any], s3: "S3Client", outputs: dict[str, Any]) -> Iterator[zipfile.ZipFile]:
    body = s3.get_object(Bucket=outputs["media_bucket"], Key=batch["zipBundles"][0])["Body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as opened:
        yield opened


def opened(s3: "S3Client", outputs: dict[str, Any], key: str) -> Image.Image:
    return Image.open(io.BytesIO(s3.get_object(Bucket=outputs["media_bucket"], Key=key)["Body"].read()))


def test_batch_with_bad_assets_is_ready(batch: dict[str, Any]) -> None:
    assert batch["status"] == "READY"


def test_each_bad_asset_says_why_and_no_good_one_does(assets: dict[str, dict[str, Any]], samples: list[Sample]) -> None:
    assert {name: each["errorCode"] for name, each in assets.items()} == {
        sample.path.name: sample.expected_error for sample in samples
    }


def test_variants_are_upright_and_never_wider_than_asked(
    assets: dict[str, dict[str, Any]], s3: "S3Client", outputs: dict[str, Any]
) -> None:
    for name, upright in (("facade.jpg", (2400, 1600)), ("hall.jpg", (1200, 1600))):
        for variant, width in VARIANT_WIDTHS.items():
            with opened(s3, outputs, assets[name]["outputs"][variant]) as image:
                assert image.width == min(width, upright[0])
                assert image.height == pytest.approx(image.width * upright[1] / upright[0], abs=1)
                assert not image.getexif()


def test_every_photo_has_something_to_show_until_it_is_there(assets: dict[str, dict[str, Any]]) -> None:
    shown = {
        name: (each["placeholder"], each["dominantColour"]) for name, each in assets.items() if not each["errorCode"]
    }
    for name, (placeholder, colour) in shown.items():
        if "thumbnail" in assets[name]["outputs"]:
            assert placeholder.startswith("data:image/webp;base64,")
            assert len(placeholder) <= 400
            assert re.fullmatch("#[0-9a-f]{6}", colour)
        else:
            assert (placeholder, colour) == (None, None)
    assert {each["duplicateOf"] for each in assets.values()} == {None}


def test_processed_photo_keeps_its_pixels_and_loses_its_position(
    assets: dict[str, dict[str, Any]], samples: list[Sample], s3: "S3Client", outputs: dict[str, Any]
) -> None:
    with opened(s3, outputs, assets["hall.jpg"]["processedKey"]) as processed, Image.open(samples[1].path) as raw:
        assert processed.tobytes() == raw.tobytes()
        assert processed.getexif()[EXIF_ORIENTATION] == 6
        assert EXIF_GPS not in processed.getexif()


@pytest.mark.parametrize(
    ("name", "rendition", "size"),
    [
        ("tour.mp4", "1080p", (1920, 1080)),
        ("tour.mp4", "720p", (1280, 720)),
        ("clip.mp4", "1080p", (480, 640)),  # smaller than asked: stays as it is
        ("clip.mp4", "720p", (480, 640)),
    ],
)
def test_video_is_transcoded_without_upscaling(
    name: str,
    rendition: str,
    size: tuple[int, int],
    assets: dict[str, dict[str, Any]],
    s3: "S3Client",
    outputs: dict[str, Any],
    tmp_path: Path,
    ffmpeg: str,
) -> None:
    key = assets[name]["outputs"][rendition]
    path = evidence.download(s3, outputs["media_bucket"], [key], tmp_path)[key]
    probed = evidence.probe_video(ffmpeg, path)
    assert (probed["width"], probed["height"]) == size
    assert probed["seconds"] == pytest.approx(2, abs=0.3)


def test_video_has_a_poster(assets: dict[str, dict[str, Any]], s3: "S3Client", outputs: dict[str, Any]) -> None:
    with opened(s3, outputs, assets["tour.mp4"]["thumbnailKey"]) as poster:
        assert poster.format == "JPEG"


def test_document_is_copied_byte_by_byte(
    assets: dict[str, dict[str, Any]], samples: list[Sample], s3: "S3Client", outputs: dict[str, Any]
) -> None:
    copy = s3.get_object(Bucket=outputs["media_bucket"], Key=assets["plan.pdf"]["processedKey"])
    assert copy["Body"].read() == samples[-1].path.read_bytes()
    assert copy["ServerSideEncryption"] == "aws:kms"


def test_zip_is_partial_and_tells_what_is_missing(batch: dict[str, Any], bundle: zipfile.ZipFile) -> None:
    assert "partial" in batch["zipBundles"][0]
    assert bundle.testzip() is None
    missing = bundle.read("MISSING.txt").decode()
    assert "damaged.jpg" in missing
    assert MISSING in missing


def test_zip_holds_every_processed_asset_under_a_readable_name(bundle: zipfile.ZipFile) -> None:
    names = bundle.namelist()
    assert len(names) == len(set(names))
    assert any("Fachada" in name and name.endswith(".jpg") for name in names)
    assert sum(name.endswith(".pdf") for name in names) == 1
    assert any(name.endswith(".mp4") for name in names)
    assert not any(name.startswith("/") or ".." in name or "\\" in name for name in names)


def test_jobs_name_the_execution_and_every_mediaconvert_job(batch: dict[str, Any], sfn: "SFNClient") -> None:
    by_provider = {"STEP_FUNCTIONS": 0, "MEDIACONVERT": 0}
    for job in batch["jobs"]:
        by_provider[job["provider"]] += 1
        if job["provider"] == "STEP_FUNCTIONS":
            assert sfn.describe_execution(executionArn=job["externalJobId"])["status"] == "SUCCEEDED"
    assert by_provider == {"STEP_FUNCTIONS": 1, "MEDIACONVERT": 2}


def test_raw_objects_are_untouched(
    batch: dict[str, Any], samples: list[Sample], s3: "S3Client", outputs: dict[str, Any]
) -> None:
    for asset, sample in zip(batch["assets"], samples, strict=False):
        if sample.path.name != MISSING:
            raw = s3.get_object(Bucket=outputs["media_bucket"], Key=asset["sourceKey"])["Body"].read()
            assert raw == sample.path.read_bytes()


def test_state_stays_small_however_the_batch_is_made(batch: dict[str, Any], sfn: "SFNClient") -> None:
    (execution,) = [job["externalJobId"] for job in batch["jobs"] if job["provider"] == "STEP_FUNCTIONS"]
    pages = sfn.get_paginator("get_execution_history").paginate(executionArn=execution)
    for event in (event for page in pages for event in page["events"]):
        for details in (value for key, value in event.items() if key.endswith("EventDetails")):
            assert len(json.dumps(details, default=str)) < 32 * 1024
