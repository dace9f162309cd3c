"""Raw material of the unit tests: messages, small media files, boxes of a video."""

import base64
import hashlib
import struct
from functools import cache
from typing import Any

import boto3

from handlers.contract.keys import MediaKey, Stage
from handlers.contract.media_types import MediaType
from handlers.runtime.store import MediaStore

BUCKET = "toq-listing-medias-test"
REGION = "us-east-1"
ACCOUNT = "123456789012"
DATE = "2026-03-01"
TRACEPARENT = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
MACHINE_ARN = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:listing-media-processing-sm"
EXECUTION_ARN = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:listing-media-processing-sm:batch-7-0"
STARTED_AT = "2026-03-01T10:00:00.000Z"
EXECUTION = {"arn": EXECUTION_ARN, "startTime": STARTED_AT}

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + b"a photograph" * 20
PDF = b"%PDF-1.7\n" + b"a floor plan" * 20


@cache
def aws_client(service: str) -> Any:
    """A boto3 client for the emulated AWS; making one takes longer than most tests, so all share it."""
    return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]


def raw_key(name: str, media_type: MediaType = MediaType.PHOTO_HORIZONTAL, listing: str = "42") -> str:
    return str(MediaKey(listing, Stage.RAW, media_type, DATE, name))


def announced(
    content: bytes,
    name: str = "a.jpg",
    sequence: int = 1,
    media_type: MediaType = MediaType.PHOTO_HORIZONTAL,
    content_type: str = "image/jpeg",
    **changes: Any,
) -> dict[str, Any]:
    """An asset of a message, as it describes `content`."""
    return {
        "key": raw_key(name, media_type),
        "assetType": media_type.asset_type,
        "contentType": content_type,
        "bytes": len(content),
        "checksumSha256": hashlib.sha256(content).hexdigest(),
        "sequence": sequence,
        **changes,
    }


def upload(store: MediaStore, key: str, content: bytes) -> None:
    """Put a raw object as a presigned upload does: S3 keeps its SHA-256."""
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    store.client.put_object(
        Bucket=store.bucket, Key=key, Body=content, ChecksumAlgorithm="SHA256", ChecksumSHA256=digest
    )


def message(*assets: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A message's body."""
    return {
        "batchId": 7,
        "listingId": 42,
        "attempt": 0,
        "traceparent": TRACEPARENT,
        "assets": list(assets) or [announced(JPEG)],
        **changes,
    }


def box(kind: bytes, *payload: bytes) -> bytes:
    content = b"".join(payload)
    return struct.pack(">I4s", 8 + len(content), kind) + content


MATRICES = {0: (0x10000, 0, 0, 0x10000), 90: (0, 0x10000, -0x10000, 0), 180: (-0x10000, 0, 0, -0x10000)} | {
    270: (0, -0x10000, 0x10000, 0)
}


def tkhd(
    rotation: int = 0, version: int = 0, number: int = 1, size: tuple[int, int] = (0, 0), *, enabled: bool = True
) -> bytes:
    times = bytes(16) if version == 1 else bytes(8)
    head = bytes([version, 0, 0, enabled]) + times + struct.pack(">I", number) + times[: len(times) // 2]
    shown = struct.pack(">II", size[0] << 16, size[1] << 16)
    return box(b"tkhd", head, bytes(20), _matrix(rotation), shown)


def mvhd(timescale: int = 1_000, units: int = 0, rotation: int = 0, version: int = 0) -> bytes:
    times = bytes(16) if version == 1 else bytes(8)
    length = struct.pack(">IQ" if version == 1 else ">II", timescale, units)
    return box(b"mvhd", bytes([version, 0, 0, 0]), times, length, bytes(16), _matrix(rotation), bytes(28))


def _matrix(rotation: int) -> bytes:
    a, b, c, d = MATRICES[rotation]
    return struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 0x40000000)


def edit_list(*edits: tuple[int, int], version: int = 0) -> bytes:
    """Each edit as its length in the movie's units and its start in the media's; -1 shows nothing."""
    form = ">Qqi" if version == 1 else ">Iii"
    lines = b"".join(struct.pack(form, length, start, 0x10000) for length, start in edits)
    return box(b"edts", box(b"elst", bytes([version, 0, 0, 0]), struct.pack(">I", len(edits)), lines))


def mdhd(timescale: int = 600, units: int = 3_000, version: int = 0) -> bytes:
    if version == 1:
        return box(b"mdhd", b"\x01\0\0\0", bytes(16), struct.pack(">IQ", timescale, units), bytes(4))
    return box(b"mdhd", bytes(12), struct.pack(">II", timescale, units), bytes(4))


def sample_entry(
    width: int,
    height: int,
    codec: bytes = b"avc1",
    aspect: tuple[int, int] | None = None,
    extensions: bytes = b"",
) -> bytes:
    shape = box(b"pasp", struct.pack(">II", *aspect)) if aspect else b""
    return box(codec, bytes(24), struct.pack(">HH", width, height), bytes(50), shape, extensions)


def video_track(
    width: int = 1920,
    height: int = 1080,
    rotation: int = 0,
    frames: int = 150,
    header: bytes | None = None,
    aspect: tuple[int, int] | None = None,
    codec: bytes = b"avc1",
    extensions: bytes = b"",
) -> bytes:
    entry = sample_entry(width, height, codec, aspect, extensions)
    stbl = box(
        b"stbl",
        box(b"stsd", bytes(4), struct.pack(">I", 1), entry),
        box(b"stsz", bytes(8), struct.pack(">I", frames)),
    )
    hdlr = box(b"hdlr", bytes(8), b"vide", bytes(12))
    return box(b"trak", tkhd(rotation), box(b"mdia", header or mdhd(), hdlr, box(b"minf", stbl)))


def sound_track(entries: int = 1, codec: bytes = b"mp4a") -> bytes:
    entry = box(codec, bytes(28)) * entries
    stsd = box(b"stsd", bytes(4), struct.pack(">I", entries), entry)
    hdlr = box(b"hdlr", bytes(8), b"soun", bytes(12))
    return box(b"trak", tkhd(), box(b"mdia", mdhd(), hdlr, box(b"minf", box(b"stbl", stsd))))


FTYP = box(b"ftyp", b"mp42", bytes(4), b"mp42isom")


def video_file(*tracks: bytes, media: bytes = b"\x5a" * 64, extra: bytes = b"") -> bytes:
    """An MP4 with its moov box behind the media, as phones write it."""
    return FTYP + box(b"mdat", media) + box(b"moov", *(tracks or (video_track(), sound_track())), extra)
