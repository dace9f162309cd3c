"""One multipart upload: whole or not at all."""

import io
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, IncompleteReadError, ReadTimeoutError

from handlers.runtime.store import MediaStore
from handlers.zip.layout import Entry, Layout, Slice, Source, lay_out
from handlers.zip.plan import MIB, CopiedPart, plan
from handlers.zip.reading import crc32_of, read
from handlers.zip.upload import MultipartUpload, OutOfTimeError
from tests.support.builders import BUCKET, DATE
from tests.unit.handlers.zip.conftest import Opened

type Laid = tuple[Layout, dict[str, bytes]]
type Break = Callable[[Exception, int], list[str]]  # error, bytes before it; the ranges asked for

KEY = "42/zip/complete/2026-03-01/batch-7.zip"


def plenty() -> float:
    return 900.0


def patterned(size: int, seed: int) -> bytes:
    return (bytes(range(256)) * (size // 256 + 1))[seed : seed + size]


def stored(store: MediaStore, key: str, content: bytes) -> Source:
    etag = store.client.put_object(Bucket=BUCKET, Key=key, Body=content)["ETag"]
    return Source(key, len(content), zlib.crc32(content), etag)


@pytest.fixture
def bundle(store: MediaStore) -> Laid:
    """Copied whole, copied in a range, and sent: each kind of part once or more."""
    files = {f"{n:02d}.jpg": patterned(size, n) for n, size in enumerate([12 * MIB, 6 * MIB, 5 * MIB, 100, 0, 7 * MIB])}
    return lay_out([Entry(name, stored(store, name, content)) for name, content in files.items()], DATE), files


def pending(store: MediaStore) -> list[str]:
    return [upload["Key"] for upload in store.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])]


def exists(store: MediaStore) -> bool:
    return KEY in store.list_keys("42/zip/")


def test_copied_and_sent_parts_make_the_bundle(store: MediaStore, bundle: Laid, opened: Opened) -> None:
    layout, files = bundle
    parts = plan(layout.pieces)
    assert {type(part) is CopiedPart for part in parts} == {True, False}
    MultipartUpload(store, KEY, plenty).write(layout, parts, {"layout-sha256": layout.fingerprint})
    answer = store.client.get_object(Bucket=BUCKET, Key=KEY)
    whole = answer["Body"].read()
    assert (len(whole), zlib.crc32(whole)) == (layout.size, layout.crc32)
    assert opened(whole) == files
    assert answer["ContentType"] == "application/zip"
    assert answer["Metadata"] == {"layout-sha256": layout.fingerprint}


def test_s3_is_told_what_the_whole_must_be(store: MediaStore, bundle: Laid, monkeypatch: pytest.MonkeyPatch) -> None:
    layout, _ = bundle
    seen = {}
    complete = store.client.complete_multipart_upload
    monkeypatch.setattr(
        store.client, "complete_multipart_upload", lambda **given: (seen.update(given), complete(**given))
    )
    MultipartUpload(store, KEY, plenty).write(layout, plan(layout.pieces), {})
    assert seen["MpuObjectSize"] == layout.size
    assert seen["ChecksumType"] == "FULL_OBJECT"
    assert len(seen["ChecksumCRC32"]) == 8


def test_an_object_written_again_stops_the_upload(store: MediaStore, bundle: Laid) -> None:
    layout, _ = bundle
    stored(store, "01.jpg", b"another version")
    with pytest.raises(ClientError):
        MultipartUpload(store, KEY, plenty).write(layout, plan(layout.pieces), {})
    assert pending(store) == []
    assert not exists(store)


@pytest.mark.parametrize("operation", ["upload_part", "upload_part_copy", "complete_multipart_upload"])
def test_whatever_fails_the_upload_is_aborted(
    store: MediaStore, bundle: Laid, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    layout, _ = bundle

    def fail(**_: object) -> None:
        raise ConnectionClosedError(endpoint_url="https://s3")

    monkeypatch.setattr(store.client, operation, fail)
    with pytest.raises(ConnectionClosedError):
        MultipartUpload(store, KEY, plenty).write(layout, plan(layout.pieces), {})
    assert pending(store) == []
    assert not exists(store)


def test_the_first_error_is_reported_when_aborting_fails_too(
    store: MediaStore, bundle: Laid, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout, _ = bundle

    def fail_to_abort(**_: object) -> None:
        raise ClientError({"Error": {"Code": "SlowDown"}}, "AbortMultipartUpload")

    monkeypatch.setattr(store.client, "abort_multipart_upload", fail_to_abort)
    with pytest.raises(OutOfTimeError):
        MultipartUpload(store, KEY, lambda: 3.0).write(layout, plan(layout.pieces), {})


def test_time_that_runs_out_still_leaves_room_to_abort(store: MediaStore, bundle: Laid) -> None:
    layout, _ = bundle
    seconds = iter([900.0, 900.0, *[14.0] * 20])
    with pytest.raises(OutOfTimeError, match="less than 15 s left"):
        MultipartUpload(store, KEY, lambda: next(seconds)).write(layout, plan(layout.pieces), {})
    assert pending(store) == []


class Breaking(io.BytesIO):
    """A body whose connection breaks after some bytes."""

    def __init__(self, content: bytes, error: Exception, after: int) -> None:
        super().__init__(content[:after])
        self._error = error

    def read(self, amount: int | None = None) -> bytes:
        chunk = super().read(min(amount or 1, 10))
        if not chunk:
            raise self._error
        return chunk


@pytest.fixture
def breaking(store: MediaStore, monkeypatch: pytest.MonkeyPatch) -> Break:
    """Make every answer end after a number of bytes; returns the ranges asked for."""
    get = store.client.get_object

    def breaks(error: Exception, after: int) -> list[str]:
        ranges: list[str] = []

        def get_object(**given: Any) -> Any:
            ranges.append(given["Range"])
            answer = get(**given)
            content = answer["Body"].read()
            body = Breaking(content, error, after) if len(content) > after else io.BytesIO(content)
            return answer | {"Body": body}

        monkeypatch.setattr(store.client, "get_object", get_object)
        return ranges

    return breaks


@pytest.mark.parametrize(
    "error",
    [ReadTimeoutError(endpoint_url="https://s3"), IncompleteReadError(actual_bytes=1, expected_bytes=2)],
)
def test_a_broken_connection_is_taken_up_where_it_broke(store: MediaStore, breaking: Break, error: Exception) -> None:
    content = patterned(100, 3)
    source = stored(store, "a", content)
    ranges = breaking(error, 40)
    assert b"".join(read(store, Slice(source, 10, 100))) == content[10:]
    assert ranges == ["bytes=10-99", "bytes=50-99", "bytes=90-99"]


def test_a_connection_that_never_gives_a_byte_is_given_up(store: MediaStore, breaking: Break) -> None:
    source = stored(store, "a", b"content")
    ranges = breaking(ReadTimeoutError(endpoint_url="https://s3"), 0)
    with pytest.raises(ReadTimeoutError):
        list(read(store, Slice(source, 0, 7)))
    assert len(ranges) == 3


def test_the_crc_of_an_object_is_that_of_its_bytes(store: MediaStore) -> None:
    content = patterned(3 * MIB + 1, 1)
    source = stored(store, "a", content)
    assert crc32_of(store, "a", source.size, str(source.etag)) == zlib.crc32(content)
    assert crc32_of(store, "a", 0, str(source.etag)) == 0
