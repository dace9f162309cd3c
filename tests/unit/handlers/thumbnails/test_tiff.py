"""`handlers.thumbnails.tiff`: which page is the photo, what is a camera raw file, and which way is up."""

import struct
from dataclasses import replace

import pytest
from PIL import Image

from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.thumbnails import limits
from handlers.thumbnails.memory import MemoryBudget
from handlers.thumbnails.photo import process
from tests.support.corpus.photos import CORNERS, alike, compass, corners, encoded, opened
from tests.support.corpus.tiff_files import (
    BLACK_IS_ZERO,
    DEFLATE,
    RGB,
    UNASSOCIATED,
    WHITE_IS_ZERO,
    Page,
    Pixel,
    SampleLayout,
    tiff_file,
    tiff_pages,
)

NEW_SUBFILE_TYPE, OLD_SUBFILE_TYPE, ORIENTATION, DNG_VERSION = 254, 255, 274, 50706
COLOUR_FILTER_ARRAY, LINEAR_RAW = 32803, 34892


def page(width: int, height: int, colour: tuple[int, ...], **said: int) -> Page:
    tags: dict[int, tuple[int, ...]] = {int(tag.removeprefix("tag")): (value,) for tag, value in said.items()}
    layout = SampleLayout(RGB if len(colour) == 3 else BLACK_IS_ZERO, tags=tags)
    return layout, [[colour] * width] * height


FULL = page(64, 48, (200, 100, 50))
REDUCED = page(16, 12, (0, 0, 0), tag254=1)
MASK = page(64, 48, (0,), tag254=4)
SENSOR = (replace(page(80, 60, (7,))[0], photometric=COLOUR_FILTER_ARRAY), page(80, 60, (7,))[1])


def shown(data: bytes) -> tuple[tuple[int, int], tuple[int, int, int]]:
    """Size and colour of a photo."""
    photo = process(data, MemoryBudget(limits.DECODE_BYTES))
    return (photo.width, photo.height), opened(photo.processed).convert("RGB").getpixel((5, 5))  # type: ignore[return-value]  # a triple


def refusal(data: bytes) -> AssetError:
    with pytest.raises(AssetError) as refused:
        process(data, MemoryBudget(limits.DECODE_BYTES))
    return refused.value


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("big", [False, True], ids=["TIFF", "BigTIFF"])
@pytest.mark.parametrize(
    "before",
    [[REDUCED], [REDUCED, REDUCED], [MASK], [page(16, 12, (0, 0, 0), tag255=2)], [page(16, 12, (0,), tag254=3)]],
    ids=["reduced copy", "two copies", "mask", "reduced in the old way", "reduced page of several"],
)
def test_the_photo_is_the_first_page_in_full_size(before: list[Page], big: bool, order: str) -> None:
    pages = [(replace(layout, order=order, big=big), rows) for layout, rows in [*before, FULL, page(9, 9, (1, 2, 3))]]
    size, colour = shown(tiff_pages(pages))
    assert size == (64, 48)
    assert alike(colour, (200, 100, 50))


def test_a_copy_of_an_unknown_layout_does_not_spoil_the_photo() -> None:
    floating = (SampleLayout(BLACK_IS_ZERO, 32, sample_format=3, tags={254: (1,)}), [[(0.5,)] * 8] * 8)
    assert shown(tiff_pages([floating, FULL]))[0] == (64, 48)


def test_smaller_copies_below_the_photo_change_nothing() -> None:
    assert shown(tiff_pages([FULL], below=[REDUCED, REDUCED]))[0] == (64, 48)


def test_a_broken_second_page_changes_nothing() -> None:
    data = tiff_pages([FULL, REDUCED])
    first, second = (data.rindex(struct.pack("<HHI", 256, 3, 1) + struct.pack("<I", width)) for width in (64, 16))
    assert first < second
    assert shown(data[:second])[0] == (64, 48)


RAW = {
    "sensor below a preview, as of Nikon and Sony": tiff_pages([REDUCED], below=[REDUCED, SENSOR]),
    "sensor below a preview that does not say so": tiff_pages([page(16, 12, (0, 0, 0))], below=[SENSOR]),
    "sensor after a preview": tiff_pages([REDUCED, SENSOR]),
    "sensor first, as of Pentax": tiff_pages([SENSOR, REDUCED]),
    "DNG": tiff_pages([page(16, 12, (0, 0, 0), tag254=1, tag50706=0x01040000)], below=[SENSOR]),
    "linear DNG": tiff_pages([(replace(FULL[0], tags={DNG_VERSION: (1, 4, 0, 0)}), FULL[1])]),
    "DNG's pixels without its version": tiff_pages([(replace(FULL[0], photometric=LINEAR_RAW), FULL[1])]),
    "compressed by the camera": tiff_pages([REDUCED, (replace(FULL[0], tags={259: (34713,)}), FULL[1])]),
}


@pytest.mark.parametrize("kind", RAW)
def test_a_camera_raw_file_stays_refused(kind: str) -> None:
    error = refusal(RAW[kind])
    assert error.code is AssetErrorCode.UNSUPPORTED_MEDIA
    assert "camera raw" in error.message
    assert "export it as" in error.message


def test_a_preview_alone_is_refused() -> None:
    error = refusal(tiff_pages([REDUCED]))
    assert error.code is AssetErrorCode.UNSUPPORTED_MEDIA
    assert "reduced copy" in error.message


@pytest.mark.parametrize(
    "layout",
    [
        SampleLayout(RGB),
        SampleLayout(RGB, 16, planar=2),
        SampleLayout(RGB, 16, planar=2, compression=DEFLATE, order=">"),
        SampleLayout(RGB, 16, (UNASSOCIATED, UNASSOCIATED)),
    ],
    ids=["as it stands", "planes", "compressed planes", "side by side, taken apart"],
)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_honoured_once_whichever_way_samples_are_read(layout: SampleLayout, orientation: int) -> None:
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = compass() if orientation == 1 else compass().transpose(turns[orientation])
    factor = 257 if layout.bits == 16 else 1
    opaque = (2**layout.bits - 1,) * len(layout.extras)
    colours = zip(*(band.get_flattened_data() for band in stored.split()), strict=True)
    pixels: list[Pixel] = [(*(part * factor for part in colour), *opaque) for colour in colours]
    rows = [pixels[at : at + stored.width] for at in range(0, len(pixels), stored.width)]
    photo = process(tiff_file(replace(layout, tags={ORIENTATION: (orientation,)}), rows), MemoryBudget(limits.MIB))
    assert (photo.width, photo.height) == (120, 80)
    seen = corners(opened(photo.variants["large"]))
    assert all(alike(found, wanted, 16) for found, wanted in zip(seen, CORNERS, strict=True))


def test_a_profile_beyond_the_end_of_the_file_does_not_spoil_the_photo() -> None:
    data = encoded(compass(), "TIFF", icc_profile=b"x" * 300)
    entry = data.index(struct.pack("<HHI", 34675, 7, 300))
    broken = data[: entry + 8] + struct.pack("<I", len(data)) + data[entry + 12 :]
    assert shown(broken)[0] == (120, 80)


@pytest.mark.parametrize("photometric", [WHITE_IS_ZERO, BLACK_IS_ZERO])
def test_a_photo_cut_off_in_its_samples_is_corrupt(photometric: int) -> None:
    for compression in (1, DEFLATE):
        layout = SampleLayout(photometric, 16, compression=compression, tags={273: (10**6,), 278: (48,), 279: (6000,)})
        assert refusal(tiff_file(layout, [[(1,)] * 64] * 48)).code is AssetErrorCode.IMAGE_CORRUPT
