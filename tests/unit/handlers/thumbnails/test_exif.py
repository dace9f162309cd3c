"""`handlers.thumbnails.exif`: what is read of EXIF, and the one block that is written."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from handlers.thumbnails import exif
from tests.support.corpus.camera import (
    COLOR_SPACE,
    EXIF_IFD,
    INTEROP_IFD,
    INTEROP_INDEX,
    ORIENTATION,
    Value,
    camera_exif,
    tiff,
)

NOTHING = exif.ExifFacts(orientation=1, adobe_rgb=False)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_read_in_both_byte_orders(orientation: int, order: str) -> None:
    assert exif.read(camera_exif(orientation, order)[6:]).orientation == orientation


@pytest.mark.parametrize("value", [0, 9, 274, 0xFFFF, 0x10000, b"6\0", b"six of one\0"])
def test_an_impossible_orientation_counts_as_upright(value: int | bytes) -> None:
    assert exif.read(tiff({ORIENTATION: value})) == NOTHING


def test_orientation_as_long_or_byte_is_accepted() -> None:
    short = tiff({ORIENTATION: 6})
    for kind, form in ((4, "<I"), (1, "<B")):
        entry = struct.pack("<HHI", ORIENTATION, kind, 1) + struct.pack(form, 6).ljust(4, b"\0")
        assert exif.read(short[:10] + entry + short[22:]).orientation == 6


def test_adobe_rgb_is_known_by_its_interoperability_index() -> None:
    assert exif.read(camera_exif(interop=b"R03\0")[6:]).adobe_rgb
    assert not exif.read(camera_exif(interop=b"R98\0")[6:]).adobe_rgb
    contradicting: dict[int, Value] = {EXIF_IFD: {COLOR_SPACE: 1, INTEROP_IFD: {INTEROP_INDEX: b"R03\0"}}}
    assert not exif.read(tiff(contradicting)).adobe_rgb


@pytest.mark.parametrize(
    "block", [b"", b"II*\0", b"XX*\0\x08\0\0\0", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff"]
)
def test_a_broken_block_says_nothing(block: bytes) -> None:
    assert exif.read(block) == NOTHING


def test_every_way_of_cutting_a_block_is_survived() -> None:
    block = camera_exif(8)[6:]
    assert all(exif.read(block[:end]).orientation in {1, 8} for end in range(len(block)))


@given(st.binary(max_size=200), st.sampled_from([b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"]))
def test_no_bytes_break_the_reader(block: bytes, head: bytes) -> None:
    assert 1 <= exif.read(head + block).orientation <= 8


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_written_block_says_nothing_but_the_orientation(orientation: int) -> None:
    block = exif.orientation_only(orientation)
    other_reader = Image.Exif()
    other_reader.load(block)
    assert dict(other_reader) == {ORIENTATION: orientation}
    assert exif.read(block.removeprefix(exif.PREFIX)) == exif.ExifFacts(orientation)
