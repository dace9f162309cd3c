"""Every asset is judged by its own object, and one bad asset fails no other."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handlers.contract.media_types import Kind, MediaType
from handlers.contract.names import VIDEO_JOB, video_job_file
from handlers.runtime.store import MediaStore
from handlers.validate.limits import Limits
from tests.support.builders import BUCKET, JPEG, PDF, mdhd, raw_key, sound_track, upload, video_file, video_track
from tests.unit.handlers.validate.conftest import VIDEO_FILE, Bench

PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)
GIF = b"GIF89a" + bytes(50)


def test_good_assets_of_every_kind_are_valid(bench: Bench) -> None:
    bench.add(JPEG)
    bench.add(PNG, content_type="image/png", name="b.png", media_type=MediaType.PROJECT_RENDER)
    bench.add(PDF, content_type="application/pdf", name="plan.pdf", media_type=MediaType.PROJECT_DOC)
    bench.add_video()
    photo, render, document, video = bench.validated()
    assert all(asset.valid for asset in (photo, render, document, video))
    assert (video.width, video.height, video.duration_seconds) == (1920, 1080, 5)
    assert (photo.width, photo.bytes) == (None, len(JPEG))


def test_the_validated_version_is_pinned(bench: Bench) -> None:
    bench.add(JPEG)
    (asset,) = bench.validated()
    upload(bench.store, asset.key, b"something else was uploaded over it")
    body = bench.store.client.get_object(Bucket=BUCKET, Key=asset.key, VersionId=str(asset.version_id))["Body"]
    assert body.read() == JPEG


def test_a_bucket_without_versions_is_validated_too(bench: Bench) -> None:
    bench.store.client.create_bucket(Bucket="plain")
    bench.store = MediaStore("plain", bench.store.client)
    bench.add(JPEG)
    (asset,) = bench.validated()
    assert asset.valid
    assert asset.version_id is None


def test_a_missing_object_is_not_found(bench: Bench) -> None:
    bench.add(JPEG, missing=True)
    bench.add(JPEG)
    assert bench.codes() == ["NOT_FOUND", None]


def test_a_deleted_object_is_not_found(bench: Bench) -> None:
    bench.add(JPEG)
    bench.store.client.delete_object(Bucket=BUCKET, Key=bench.assets[0]["key"])
    assert bench.codes() == ["NOT_FOUND"]


def test_another_size_than_announced_is_a_mismatch(bench: Bench) -> None:
    bench.add(JPEG, stored=JPEG + b"!")
    assert bench.codes() == ["BYTES_MISMATCH"]


def test_other_bytes_than_announced_are_a_mismatch(bench: Bench) -> None:
    bench.add(JPEG, stored=JPEG[:-1] + b"?")
    (asset,) = bench.validated()
    assert asset.error_code == "CHECKSUM_MISMATCH"
    assert hashlib.sha256(JPEG[:-1] + b"?").hexdigest() in str(asset.error_message)


def test_s3s_own_checksum_spares_reading_the_object(bench: Bench, counted_calls: Callable[[str], int]) -> None:
    bench.add(JPEG)
    bench.run()
    assert (counted_calls("HeadObject"), counted_calls("GetObject")) == (1, 1)  # the one for its first bytes


def test_without_a_stored_checksum_the_object_is_read_and_hashed(bench: Bench) -> None:
    bench.add(JPEG, missing=True)
    bench.store.client.put_object(Bucket=BUCKET, Key=bench.assets[0]["key"], Body=JPEG)
    bench.add(JPEG, missing=True)
    bench.store.client.put_object(Bucket=BUCKET, Key=bench.assets[1]["key"], Body=JPEG[::-1])
    assert bench.codes() == [None, "CHECKSUM_MISMATCH"]


@pytest.mark.parametrize(
    "composite",
    [{"ChecksumSHA256": "AAAA-2"}, {"ChecksumSHA256": "AAAA", "ChecksumType": "COMPOSITE"}],
)
def test_a_multipart_checksum_is_of_its_parts_so_the_object_is_hashed(
    bench: Bench, composite: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.add(JPEG)
    bench.add(JPEG, stored=JPEG[::-1])
    head = bench.store.client.head_object
    monkeypatch.setattr(bench.store.client, "head_object", lambda **arguments: head(**arguments) | composite)
    assert bench.codes() == [None, "CHECKSUM_MISMATCH"]


@pytest.mark.parametrize(
    ("content", "announced_as", "media_type", "code"),
    [
        (PNG, "image/jpeg", MediaType.PHOTO_VERTICAL, "CONTENT_TYPE_MISMATCH"),
        (b"<html>" + bytes(50), "image/jpeg", MediaType.PHOTO_VERTICAL, "CONTENT_TYPE_MISMATCH"),
        (b"no signature at all", "text/plain", MediaType.PROJECT_DOC, "CONTENT_TYPE_MISMATCH"),
        (GIF, "image/gif", MediaType.PHOTO_VERTICAL, "UNSUPPORTED_MEDIA"),
        (PDF, "application/pdf", MediaType.PHOTO_VERTICAL, "UNSUPPORTED_MEDIA"),
        (JPEG, "image/jpeg", MediaType.VIDEO_VERTICAL, "UNSUPPORTED_MEDIA"),
        (VIDEO_FILE, "video/mp4", MediaType.PROJECT_RENDER, "UNSUPPORTED_MEDIA"),
        (VIDEO_FILE[:60], "video/mp4", MediaType.VIDEO_VERTICAL, "UNSUPPORTED_MEDIA"),
        (b"", "image/jpeg", MediaType.PHOTO_VERTICAL, "UNSUPPORTED_MEDIA"),
    ],
)
def test_the_first_bytes_decide_what_a_file_is(
    bench: Bench, content: bytes, announced_as: str, media_type: MediaType, code: str
) -> None:
    bench.add(content, content_type=announced_as, media_type=media_type)
    bench.add(JPEG)
    assert bench.codes() == [code, None]


def test_spellings_of_a_type_are_one_type(bench: Bench) -> None:
    bench.add(JPEG, content_type="IMAGE/JPG; charset=binary")
    bench.add_video(name="iphone.mov")
    bench.assets[1]["contentType"] = "video/quicktime"
    assert bench.codes() == [None, None]


def test_a_video_over_the_limit_is_too_large(bench: Bench) -> None:
    bench.add_video(video_file(video_track(header=mdhd(600, 600 * 5_000))))
    (asset,) = bench.validated()
    assert asset.error_code == "FILE_TOO_LARGE"
    assert "5000 s" in str(asset.error_message)


def test_a_video_of_unknown_length_is_taken(bench: Bench) -> None:
    bench.add_video(video_file(video_track(header=mdhd(600, 0))))
    (asset,) = bench.validated()
    assert asset.valid
    assert asset.duration_seconds is None


def test_a_file_over_its_kinds_limit_is_refused_before_s3_is_asked(
    bench: Bench, counted_calls: Callable[[str], int]
) -> None:
    bench.limits = Limits(file_bytes={Kind.PHOTO: 100})
    bench.add(JPEG, missing=True)
    assert bench.codes() == ["FILE_TOO_LARGE"]
    assert counted_calls("HeadObject") == 0


@pytest.mark.parametrize(
    ("video", "word"),
    [
        (video_file(video_track(codec=b"av01")), "av01"),
        (video_file(video_track(codec=b"vp09")), "vp09"),
        (video_file(video_track(), sound_track(codec=b"Opus")), "sound"),
    ],
)
def test_what_mediaconvert_does_not_decode_is_refused_before_the_job(bench: Bench, video: bytes, word: str) -> None:
    bench.add_video(video)
    bench.add(JPEG)
    asset, _ = bench.validated()
    assert asset.error_code == "UNSUPPORTED_MEDIA"
    assert word in str(asset.error_message)
    assert "export it as MP4 with H.264 and AAC" in str(asset.error_message)


def test_each_video_gets_its_job(bench: Bench) -> None:
    bench.add(JPEG)
    bench.add_video()
    state = bench.run()
    (video,) = state["videos"]
    assert f"{video['files']}{VIDEO_JOB}" == bench.batch.file(video_job_file(1))
    job = bench.store.get_json(bench.batch.file(video_job_file(1)))
    assert job["Settings"]["Inputs"][0]["FileInput"] == f"s3://{BUCKET}/{raw_key('1.mp4', MediaType.VIDEO_HORIZONTAL)}"


def test_a_video_whose_name_mediaconvert_would_expand_is_refused(bench: Bench) -> None:
    bench.add_video(name="$dt$.mp4")
    assert bench.codes() == ["KEY_NOT_ALLOWED"]
    assert bench.run()["videos"] == []


@pytest.mark.parametrize(("code", "word"), [("InvalidObjectState", "restore"), ("NoSuchVersion", "deleted")])
def test_an_object_out_of_reach_is_not_found_and_says_why(
    bench: Bench, code: str, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.add(JPEG)

    def refuse(**_arguments: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": ""}}, "GetObject")

    with monkeypatch.context() as patched:
        patched.setattr(bench.store.client, "get_object", refuse)
        bench.run()
    (asset,) = bench.written()
    assert asset.error_code == "NOT_FOUND"
    assert word in str(asset.error_message)


@pytest.mark.parametrize("operation", ["head_object", "get_object"])
def test_trouble_with_s3_is_no_error_of_the_asset(
    bench: Bench, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.add(JPEG)

    def fail(**_arguments: Any) -> None:
        raise ClientError({"Error": {"Code": "503", "Message": "Slow Down"}}, operation)

    monkeypatch.setattr(bench.store.client, operation, fail)
    with pytest.raises(ClientError):
        bench.run()
