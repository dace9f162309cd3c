"""`handlers.thumbnails.heif_items`: metadata that no decoder sees, and colours by their numbers."""

import pytest

from handlers.thumbnails import exif, limits
from handlers.thumbnails.heif_items import HeifItems
from handlers.thumbnails.memory import MemoryBudget
from handlers.thumbnails.photo import Photo, process
from tests.support.corpus.camera import camera_exif
from tests.support.corpus.photos import encoded, opened, scene

KINDS = ("AVIF", "HEIF")
EXIF = camera_exif(1)[len(exif.PREFIX) :]
XMP = b"<x:xmpmeta>" + b" " * 100 + b"</x:xmpmeta>"


def made(data: bytes) -> Photo:
    return process(data, MemoryBudget(limits.DECODE_BYTES))


def full(kind: str) -> bytes:
    return encoded(scene(), kind, exif=EXIF, xmp=XMP)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (b"II*\0", b"none"),
        (b"II*\0", b"II*\xff"),
        (b"<x:xmpmeta>", b"\xff\xfe<<<<<<<<<"),
    ],
)
def test_metadata_that_is_none_changes_no_pixel(kind: str, right: bytes, wrong: bytes) -> None:
    upload = full(kind)
    assert right in upload
    assert made(upload.replace(right, wrong, 1)) == made(encoded(scene(), kind))


@pytest.mark.parametrize("kind", KINDS)
def test_an_exif_item_that_points_past_its_own_end_changes_no_pixel(kind: str) -> None:
    upload = full(kind)
    at = upload.index(b"II*\0")
    start = next(at - back for back in (4, 10) if upload[at - back : at - back + 4] in {bytes(4), b"\0\0\0\x06"})
    assert made(upload[:start] + b"\xff\xff\xff\xff" + upload[start + 4 :]) == made(encoded(scene(), kind))


@pytest.mark.parametrize("kind", KINDS)
def test_no_decoder_sees_metadata(kind: str) -> None:
    assert {"exif", "xmp"} <= set(opened(full(kind)).info)
    silenced = HeifItems(full(kind)).without_metadata()
    assert not opened(silenced).info.get("exif")
    assert "xmp" not in opened(silenced).info
    plain = encoded(scene(), kind)
    assert HeifItems(plain).without_metadata() is plain


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_cut_off_or_no_such_file_has_no_items(kind: str) -> None:
    upload, silenced = full(kind), HeifItems(full(kind)).without_metadata()
    for end in range(0, upload.index(b"mdat"), 5):
        assert HeifItems(upload[:end]).without_metadata() in (upload[:end], silenced[:end])
        assert HeifItems(upload[:end]).info() in ({}, HeifItems(upload).info())
    assert HeifItems(b"this is no photo").info() == {}
