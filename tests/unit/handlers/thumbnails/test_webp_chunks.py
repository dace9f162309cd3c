"""`handlers.thumbnails.webp_chunks`: profile and metadata may be broken, pixels may not."""

import struct
from collections.abc import Iterator
from typing import Any

import pytest

from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.thumbnails import exif, limits
from handlers.thumbnails.icc import display_p3_profile
from handlers.thumbnails.memory import MemoryBudget
from handlers.thumbnails.photo import Photo, process
from tests.support.corpus.photos import encoded, opened, scene

EXIF = exif.orientation_only(6)[len(exif.PREFIX) :]


def made(data: bytes) -> Photo:
    return process(data, MemoryBudget(limits.DECODE_BYTES))


def plain(**options: Any) -> bytes:
    return encoded(scene(), "WEBP", quality=90, **options)


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Type and content of each chunk."""
    position = 12
    while position < len(data):
        (size,) = struct.unpack_from("<I", data, position + 4)
        yield data[position : position + 4], data[position + 8 : position + 8 + size]
        position += 8 + size + size % 2


def with_content(data: bytes, kind: bytes, content: bytes) -> bytes:
    """The file with another content of one chunk."""
    body = b"WEBP"
    for name, old in chunks(data):
        new = content if name == kind else old
        body += name + struct.pack("<I", len(new)) + new + bytes(len(new) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize("content", [b"", b"\xff" * 40, b"II*\0", b"not a TIFF"])
@pytest.mark.parametrize("kind", [b"EXIF", b"XMP ", b"ICCP"])
def test_broken_side_data_changes_no_pixel(kind: bytes, content: bytes) -> None:
    full = plain(exif=EXIF, xmp=b"<x:xmpmeta/>", icc_profile=display_p3_profile())
    others = {b"EXIF": {"exif": EXIF}, b"ICCP": {"icc_profile": display_p3_profile()}}
    kept = {name: value for other, options in others.items() if other != kind for name, value in options.items()}
    assert made(with_content(full, kind, content)) == made(plain(**kept))


@pytest.mark.parametrize("kind", [b"EXIF", b"XMP "])
@pytest.mark.parametrize("size", [0x7FFFFFFF, 5_000])
def test_side_data_that_is_cut_off_changes_no_pixel(kind: bytes, size: int) -> None:
    full = plain(**({"exif": EXIF} if kind == b"EXIF" else {"xmp": b"<x:xmpmeta/>"}))
    at = full.index(kind)
    assert made(full[: at + 4] + struct.pack("<I", size) + full[at + 8 :]) == made(plain())
    assert made(full[: at + 10]) == made(plain())


def test_profile_and_orientation_count() -> None:
    photo = made(plain(exif=EXIF, icc_profile=display_p3_profile()))
    assert (photo.width, photo.height) == (64, 96)
    assert opened(photo.processed).info["icc_profile"] == display_p3_profile()


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"exif": EXIF}])
def test_pixels_that_are_cut_off_are_damage(options: dict[str, Any]) -> None:
    with pytest.raises(AssetError) as refused:
        made(plain(**options)[:-400])
    assert refused.value.code is AssetErrorCode.IMAGE_CORRUPT
