"""A batch's ZIP, from the manifests of the earlier states to ``zip.json``."""

import base64
import hashlib
import zlib
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handlers.contract.batch import Batch
from handlers.contract.keys import photo_key
from handlers.runtime.store import MediaStore
from handlers.zip import bundle as bundle_module
from handlers.zip.bundle import make_bundle
from handlers.zip.plan import BundleTooLargeError
from tests.support.builders import BUCKET
from tests.support.finished_batch import FinishedBatch
from tests.unit.handlers.zip.conftest import Opened

COMPLETE = "42/zip/complete/2026-03-01/batch-7.zip"
PARTIAL = "42/zip/partial/2026-03-01/batch-7-partial.zip"


def plenty() -> float:
    return 900.0


def read(store: MediaStore, key: str) -> bytes:
    return store.client.get_object(Bucket=BUCKET, Key=key)["Body"].read()


def refused(code: str, status: int, operation: str) -> ClientError:
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, operation)


def count_calls(store: MediaStore, monkeypatch: pytest.MonkeyPatch, operation: str) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = []
    original = getattr(store.client, operation)

    def counted(**given: Any) -> Any:
        calls.append(given)
        return original(**given)

    monkeypatch.setattr(store.client, operation, counted)
    return calls


def test_photos_videos_and_documents_go_in_in_listing_order(
    finished: FinishedBatch, store: MediaStore, batch: Batch, opened: Opened
) -> None:
    finished.video(b"1080p video", title="Tour", sequence=3)
    finished.photo(b"kitchen", title="Cozinha", sequence=2)
    finished.photo(b"first photo", sequence=1)
    finished.document(b"%PDF plan", title="Planta", sequence=4)
    finished.write()
    record = make_bundle(store, batch, plenty)
    whole = read(store, COMPLETE)
    files = {
        "01 - dsc2.jpg": b"first photo",
        "02 - Cozinha.jpg": b"kitchen",
        "03 - Tour.mp4": b"1080p video",
        "04 - Planta.pdf": b"%PDF plan",
    }
    assert opened(whole) == files
    assert list(opened(whole)) == list(files)
    assert record == {
        "bundles": [{"key": COMPLETE, "bytes": len(whole), "entries": 4}],
        "zipSizeBytes": len(whole),
        "unzippedSizeBytes": sum(map(len, files.values())),
        "partial": False,
        "missing": [],
        "error": None,
    }


def test_a_partial_bundle_says_what_is_missing_and_why(
    finished: FinishedBatch, store: MediaStore, batch: Batch, opened: Opened
) -> None:
    finished.photo(b"good")
    finished.photo(done=False, error_code="NOT_FOUND", error_message="there is no\nsuch object", title="Sala\n1")
    finished.photo(done=False)
    finished.video(result={"status": "ERROR", "error": {"Cause": "unreadable"}}, sequence=12)
    finished.photo(done=False, key="elsewhere/\u200b", error_code="KEY_NOT_ALLOWED", sequence=13)
    lost = finished.photo(b"lost", sequence=11)
    finished.write()
    store.client.delete_object(Bucket=BUCKET, Key=f"42/processed/photo/horizontal/2026-03-01/{lost.raw.stem}.jpg")
    record = make_bundle(store, batch, plenty)
    assert (record["partial"], record["missing"], record["error"]) == (True, [1, 2, 3, 4, 5], None)
    assert record["bundles"][0] | {"bytes": 0} == {"key": PARTIAL, "bytes": 0, "entries": 2}
    files = opened(read(store, PARTIAL))
    assert files["01 - dsc0.jpg"] == b"good"
    assert files["MISSING.txt"].decode() == (
        "5 of 6 files of this listing are not in this ZIP:\n"
        "\n"
        "02 - Sala 1\n    uploaded as: dsc1.heic\n    reason: there is no such object (NOT_FOUND)\n"
        "\n"
        "03 - dsc2\n    uploaded as: dsc2.heic\n    reason: it was not processed to the end (PROCESSING_FAILED)\n"
        "\n"
        "11 - dsc5\n    uploaded as: dsc5.heic\n    reason: the processed file is no longer there (ZIP_FAILED)\n"
        "\n"
        "12 - mov3\n    uploaded as: mov3.mov\n    reason: unreadable (TRANSCODE_FAILED)\n"
        "\n"
        "13 - \u200b\n    uploaded as: \u200b\n    reason: unknown (KEY_NOT_ALLOWED)\n"
    )


def test_a_result_without_the_wanted_output_is_missing(
    finished: FinishedBatch, store: MediaStore, batch: Batch
) -> None:
    finished.photo()
    finished.photo()
    finished.results[1] = replace(finished.results[1], outputs={"thumbnail": "k"})
    finished.write()
    assert make_bundle(store, batch, plenty)["missing"] == [1]


@pytest.mark.parametrize("assets", [0, 2])
def test_nothing_to_put_in_makes_no_bundle(
    finished: FinishedBatch, store: MediaStore, batch: Batch, assets: int
) -> None:
    for _ in range(assets):
        finished.photo(done=False, error_code="NOT_FOUND")
    finished.write()
    assert make_bundle(store, batch, plenty) == {
        "bundles": [],
        "zipSizeBytes": 0,
        "unzippedSizeBytes": 0,
        "partial": assets > 0,
        "missing": list(range(assets)),
        "error": None,
    }
    assert store.list_keys("42/zip/") == []


def test_a_repeat_finds_its_bundle_and_sends_nothing(
    finished: FinishedBatch, store: MediaStore, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished.photo()
    finished.write()
    first = make_bundle(store, batch, plenty)
    calls = count_calls(store, monkeypatch, "create_multipart_upload")
    assert make_bundle(store, batch, plenty) == first
    assert calls == []


def test_a_later_attempt_with_other_content_writes_the_bundle_anew(
    finished: FinishedBatch, store: MediaStore, batch: Batch, opened: Opened
) -> None:
    photo = finished.photo(b"old")
    finished.write()
    make_bundle(store, batch, plenty)
    finished.results.clear()
    finished.finish(photo, f"42/processed/photo/horizontal/2026-03-01/{photo.raw.stem}.jpg", b"new!")
    finished.write()
    make_bundle(store, batch, plenty)
    assert opened(read(store, COMPLETE)) == {"01 - dsc0.jpg": b"new!"}


def test_two_batches_of_the_same_content_are_byte_identical(
    finished: FinishedBatch, store: MediaStore, batch: Batch
) -> None:
    finished.photo(b"same")
    finished.write()
    make_bundle(store, batch, plenty)
    other = FinishedBatch(
        store, replace(batch, batch_id=8, manifest_prefix=batch.manifest_prefix.replace("-7-", "-8-"))
    )
    other.photo(b"same")
    other.write()
    make_bundle(store, other.batch, plenty)
    assert read(store, COMPLETE) == read(store, COMPLETE.replace("batch-7", "batch-8"))


def test_objects_whose_maker_noted_them_are_read_once_and_not_looked_at(
    finished: FinishedBatch, store: MediaStore, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished.photo(b"x" * 10)
    finished.write()
    reads = count_calls(store, monkeypatch, "get_object")
    looks = count_calls(store, monkeypatch, "head_object")
    make_bundle(store, batch, plenty)
    assert len([call for call in reads if "/photo/" in call["Key"]]) == 1
    assert [call["Key"] for call in looks] == [COMPLETE]


def test_the_crc_that_s3_keeps_saves_reading_a_video_twice(
    finished: FinishedBatch, store: MediaStore, batch: Batch, monkeypatch: pytest.MonkeyPatch, opened: Opened
) -> None:
    finished.video(b"video")
    video = "42/processed/video/vertical/2026-03-01/mov0-1080p.mp4"
    store.client.put_object(Bucket=BUCKET, Key=video, Body=b"with CRC", ChecksumAlgorithm="CRC32")
    finished.write()
    reads = count_calls(store, monkeypatch, "get_object")
    make_bundle(store, batch, plenty)
    assert len([call for call in reads if call["Key"] == video]) == 1
    assert opened(read(store, COMPLETE)) == {"01 - mov0.mp4": b"with CRC"}


@pytest.mark.parametrize(
    "told", [{"ChecksumCRC32": "AAAAAA==-3"}, {"ChecksumCRC32": "AAAAAA==", "ChecksumType": "COMPOSITE"}]
)
def test_a_checksum_of_checksums_is_not_taken_for_the_files(
    finished: FinishedBatch,
    store: MediaStore,
    batch: Batch,
    monkeypatch: pytest.MonkeyPatch,
    opened: Opened,
    told: dict[str, str],
) -> None:
    finished.video(b"in many parts")
    finished.write()
    head = store.client.head_object
    monkeypatch.setattr(store.client, "head_object", lambda **given: head(**given) | told)
    make_bundle(store, batch, plenty)
    assert opened(read(store, COMPLETE)) == {"01 - mov0.mp4": b"in many parts"}


@pytest.fixture
def checking(store: MediaStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3's check of a full object checksum, which the emulator leaves out."""
    complete = store.client.complete_multipart_upload

    def check(**given: Any) -> Any:
        answer = complete(**given)
        actual = zlib.crc32(read(store, given["Key"]))
        if base64.b64encode(actual.to_bytes(4)).decode() != given["ChecksumCRC32"]:
            raise refused("BadDigest", 400, "CompleteMultipartUpload")
        return answer

    monkeypatch.setattr(store.client, "complete_multipart_upload", check)


@pytest.mark.usefixtures("checking")
@pytest.mark.parametrize("now", [b"changed", b"short", b"longer than before"])
def test_an_object_written_again_since_it_was_noted_goes_in_as_it_is_now(
    finished: FinishedBatch, store: MediaStore, batch: Batch, opened: Opened, now: bytes
) -> None:
    photo = finished.photo(b"content")
    finished.put(f"42/processed/photo/horizontal/2026-03-01/{photo.raw.stem}.jpg", now)
    finished.write()
    assert make_bundle(store, batch, plenty)["error"] is None
    assert opened(read(store, COMPLETE)) == {"01 - dsc0.jpg": now}


@pytest.mark.usefixtures("checking")
def test_beside_a_changed_object_the_others_are_not_read_for_their_crc(
    finished: FinishedBatch, store: MediaStore, batch: Batch, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished.photo(b"same")
    changed = finished.photo(b"content")
    for number, asset in enumerate(finished.assets):
        key, content = photo_key(asset.raw), b"same" if number == 0 else b"content"
        store.client.put_object(Bucket=BUCKET, Key=key, Body=content, ChecksumAlgorithm="SHA256")
        digest = hashlib.sha256(content).hexdigest()
        finished.results[number] = replace(finished.results[number], checksum_sha256=digest)
    finished.put(photo_key(changed.raw), b"changed")
    finished.write()
    reads = count_calls(store, monkeypatch, "get_object")
    assert make_bundle(store, batch, plenty)["error"] is None
    first = [one for one in reads if one["Key"] == photo_key(finished.assets[0].raw)]
    assert len(first) == 2  # once for each bundle that was put together
    assert opened(read(store, COMPLETE)) == {"01 - dsc0.jpg": b"same", "02 - dsc1.jpg": b"changed"}


def test_what_no_retry_makes_right_is_recorded_instead_of_raised(
    finished: FinishedBatch, store: MediaStore, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(pieces: object) -> None:
        raise BundleTooLargeError("the ZIP needs too many parts")

    monkeypatch.setattr(bundle_module, "plan", refuse)
    finished.photo()
    finished.write()
    record = make_bundle(store, batch, plenty)
    assert record["error"] == {"code": "ZIP_FAILED", "message": "the ZIP needs too many parts"}
    assert (record["bundles"], record["zipSizeBytes"], record["unzippedSizeBytes"]) == ([], 0, 0)


@pytest.mark.parametrize(
    ("operation", "status"), [("head_object", 403), ("head_object", 503), ("complete_multipart_upload", 500)]
)
def test_any_other_refusal_is_an_error_for_the_retry(
    finished: FinishedBatch,
    store: MediaStore,
    batch: Batch,
    monkeypatch: pytest.MonkeyPatch,
    operation: str,
    status: int,
) -> None:
    def refuse(**_: object) -> None:
        raise refused(str(status), status, operation)

    finished.photo()
    finished.write()
    monkeypatch.setattr(store.client, operation, refuse)
    with pytest.raises(ClientError, match=str(status)):
        make_bundle(store, batch, plenty)
    assert store.list_keys("42/zip/") == []
