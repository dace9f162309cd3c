"""`handlers.thumbnails.png_chunks` and `png_photo`: what stands around the pixels never harms them."""

import struct
import zlib
from collections.abc import Sequence

import pytest

from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.thumbnails import limits
from handlers.thumbnails.icc import adobe_rgb_profile
from handlers.thumbnails.memory import MemoryBudget
from handlers.thumbnails.photo import Photo, process
from tests.support.corpus.camera import camera_exif
from tests.support.corpus.photos import encoded, opened, scene
from tests.support.corpus.png_files import (
    GREY,
    PALETTE,
    RGB,
    chunk,
    chunks,
    flat_png,
    png,
    with_chunks,
    with_wrong_checksum,
)

WHITE = (255, 255, 255)
BROKEN_EXIF = b"II*\0" + b"\xff" * 40


def made(data: bytes) -> Photo:
    return process(data, MemoryBudget(limits.DECODE_BYTES))


def animated(name: bytes, content: bytes) -> bytes:
    return chunk(b"acTL", struct.pack(">II", 2, 0)) + chunk(name, content)


BEFORE_PIXELS = {
    "text with a wrong checksum": chunk(b"tEXt", b"Title\0Sala", 0),
    "text of many megabytes": chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(80 * limits.MIB))),
    "text by an unknown method": chunk(b"zTXt", b"Comment\0\x07" + zlib.compress(b"Sala")),
    "XMP that is no XML": chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0\xff\xfe<<<"),
    "text without its parts": chunk(b"iTXt", b"XML"),
    "short pHYs": chunk(b"pHYs", b"\0\0\x0b"),
    "pHYs with a wrong checksum": chunk(b"pHYs", bytes(9), 1),
    "short gAMA": chunk(b"gAMA", b"\0"),
    "gAMA with a wrong checksum": chunk(b"gAMA", struct.pack(">I", 100_000), 1),
    "gAMA of nothing": chunk(b"gAMA", bytes(4)),
    "short tRNS": chunk(b"tRNS", b"\0"),
    "tRNS with a wrong checksum": chunk(b"tRNS", bytes(6), 1),
    "short cHRM": chunk(b"cHRM", bytes(31)),
    "cHRM of nothing": chunk(b"cHRM", bytes(32)),
    "empty sRGB": chunk(b"sRGB", b""),
    "short cICP": chunk(b"cICP", b"\x0c\x0d"),
    "cICP of reserved numbers": chunk(b"cICP", b"\xff\xff\0\x01"),
    "short sBIT": chunk(b"sBIT", b"\x08"),
    "short hIST": chunk(b"hIST", b"\0"),
    "short bKGD": chunk(b"bKGD", b""),
    "empty sPLT": chunk(b"sPLT", b""),
    "impossible tIME": chunk(b"tIME", b"\0\0\xff\xff\xff\xff\xff"),
    "empty iCCP": chunk(b"iCCP", b""),
    "iCCP of an unknown method": chunk(b"iCCP", b"screen\0\x09" + zlib.compress(adobe_rgb_profile())),
    "iCCP that does not inflate": chunk(b"iCCP", b"screen\0\0" + b"\xff" * 50),
    "iCCP with a wrong checksum": chunk(b"iCCP", b"screen\0\0" + zlib.compress(adobe_rgb_profile()), 5),
    "iCCP of many megabytes": chunk(b"iCCP", b"screen\0\0" + zlib.compress(bytes(80 * limits.MIB))),
    "profile for ink": chunk(b"iCCP", b"ink\0\0" + zlib.compress(adobe_rgb_profile().replace(b"RGB ", b"CMYK"))),
    "broken EXIF": chunk(b"eXIf", BROKEN_EXIF),
    "EXIF with a wrong checksum": chunk(b"eXIf", camera_exif(6)[6:], 9),
    "short acTL": chunk(b"acTL", b"\0"),
    "short fcTL": animated(b"fcTL", b"\0\0"),
    "fcTL out of order": animated(b"fcTL", struct.pack(">IIIIIHHBB", 7, 96, 64, 0, 0, 1, 1, 0, 0)),
    "frame larger than the photo": animated(b"fcTL", struct.pack(">IIIIIHHBB", 0, 960, 64, 0, 0, 1, 1, 0, 0)),
    "short fdAT": animated(b"fdAT", b"\0"),
    "chunk of somebody's own": chunk(b"prVt", b"whatever", 3),
}


@pytest.mark.parametrize("oddity", BEFORE_PIXELS)
def test_what_is_broken_before_the_pixels_changes_none(oddity: str) -> None:
    photo = made(with_chunks(encoded(scene(), "PNG"), BEFORE_PIXELS[oddity]))
    assert photo == made(encoded(scene(), "PNG"))


@pytest.mark.parametrize("oddity", BEFORE_PIXELS)
def test_what_is_broken_after_the_pixels_changes_none(oddity: str) -> None:
    photo = made(with_chunks(encoded(scene(), "PNG"), BEFORE_PIXELS[oddity], after_pixels=True))
    assert photo == made(encoded(scene(), "PNG"))


@pytest.mark.parametrize(
    "end", [b"", chunk(b"IEND", b"", 7), b"\0\0\xff\xfftEXtcut off", b"\xff" * 400, chunk(b"JUNK", b"", 7)]
)
def test_whatever_follows_the_pixels_is_not_needed(end: bytes) -> None:
    whole = encoded(scene(), "PNG")
    assert made(whole[: -len(chunk(b"IEND", b""))] + end) == made(whole)


@pytest.mark.parametrize("kind", [b"IHDR", b"PLTE", b"IDAT"])
def test_a_wrong_checksum_of_what_pixels_need_is_damage(kind: bytes) -> None:
    with pytest.raises(AssetError) as refused:
        made(with_wrong_checksum(encoded(scene().quantize(8), "PNG"), kind))
    assert refused.value.code is AssetErrorCode.IMAGE_CORRUPT
    assert kind.decode() in refused.value.message


def test_pixels_in_many_chunks_are_whole_and_a_missing_one_is_missed() -> None:
    whole = encoded(scene(), "PNG")
    content = b"".join(content for kind, content in chunks(whole) if kind == b"IDAT")
    pieces = [chunk(b"IDAT", content[at : at + 500]) for at in range(0, len(content), 500)]
    head, end = whole[: whole.index(b"IDAT") - 4], chunk(b"IEND", b"")
    assert made(head + b"".join(pieces) + end) == made(whole)
    for missing in range(len(pieces)):
        with pytest.raises(AssetError) as refused:
            made(head + b"".join(pieces[:missing] + pieces[missing + 1 :]) + end)
        assert refused.value.code is AssetErrorCode.IMAGE_CORRUPT
    for end in range(len(head), len(head) + len(b"".join(pieces)) - 16, 97):
        with pytest.raises(AssetError):
            made((head + b"".join(pieces))[:end])


def test_a_second_header_is_damage() -> None:
    whole = encoded(scene(), "PNG")
    _, header = next(chunks(whole))
    with pytest.raises(AssetError) as refused:
        made(with_chunks(whole, chunk(b"IHDR", header)))
    assert refused.value.code is AssetErrorCode.IMAGE_CORRUPT


def test_a_critical_chunk_of_somebodys_own_is_not_passed_over() -> None:
    with pytest.raises(AssetError) as refused:
        made(encoded(scene(), "PNG").replace(b"\x1a\n", b"\x1a\n" + chunk(b"CgBI", bytes(4)), 1))
    assert refused.value.code is AssetErrorCode.UNSUPPORTED_MEDIA


def test_an_endless_row_of_chunks_is_refused() -> None:
    with pytest.raises(AssetError) as refused:
        made(with_chunks(encoded(scene(), "PNG"), chunk(b"tEXt", b"") * 300_000))
    assert refused.value.code is AssetErrorCode.IMAGE_CORRUPT


def test_orientation_counts_before_and_after_the_pixels() -> None:
    turned = chunk(b"eXIf", camera_exif(6)[6:])
    for after in (False, True):
        photo = made(with_chunks(encoded(scene(), "PNG"), turned, after_pixels=after))
        assert (photo.width, photo.height) == (64, 96)


def row_shown(rows: Sequence[Sequence[Sequence[int]]], colour_type: int, depth: int, *around: bytes) -> list[int]:
    """Red of the pixels of a photo of two columns, each 16 pixels wide."""
    wide = [[pixel for pixel in row for _ in range(16)] for row in rows for _ in range(16)]
    shown = opened(made(png(colour_type, depth, wide, *around)).variants["large"]).convert("RGB")
    assert shown.size == (32, 16)
    return [shown.getpixel((x, 8))[0] for x in (4, 27)]  # type: ignore[index]  # RGB gives triples


# PNG 11.3.1.1: pixels of exactly this shade or colour are transparent, all others opaque.
@pytest.mark.parametrize(
    ("colour_type", "depth", "left", "right", "key"),
    [
        (GREY, 2, (1,), (0,), (1,)),
        (GREY, 4, (3,), (0,), (3,)),
        (GREY, 8, (90,), (0,), (90,)),
        (GREY, 8, (90,), (0,), (0x0100 + 90,)),  # only the bits of a sample count
        (GREY, 16, (0x1234,), (0x0001,), (0x1234,)),
        (RGB, 8, (10, 20, 30), (0, 20, 30), (10, 20, 30)),
        (RGB, 16, (0x0A01, 0x1402, 0x1E03), (0x0000, 0x1402, 0x1E03), (0x0A01, 0x1402, 0x1E03)),
    ],
)
def test_a_transparent_colour_is_shown_as_white(
    colour_type: int, depth: int, left: tuple[int, ...], right: tuple[int, ...], key: tuple[int, ...]
) -> None:
    trns = chunk(b"tRNS", struct.pack(f">{len(key)}H", *key))
    found = row_shown([[left, right]], colour_type, depth, trns)
    assert found[0] >= 250
    assert found[1] <= 10


def test_a_transparent_shade_of_one_bit_is_shown_as_white() -> None:
    assert row_shown([[(0,), (0,)]], GREY, 1) == [0, 0]
    assert row_shown([[(0,), (0,)]], GREY, 1, chunk(b"tRNS", bytes(2))) == [255, 255]


@pytest.mark.parametrize(
    ("colour_type", "near", "key"),
    [(GREY, (0x1234,), (0x1235,)), (RGB, (0x0A01, 0x1402, 0x1E03), (0x0A01, 0x1402, 0x1E04))],
)
def test_a_transparent_colour_of_16_bits_is_compared_in_all_of_them(
    colour_type: int, near: tuple[int, ...], key: tuple[int, ...]
) -> None:
    trns = chunk(b"tRNS", struct.pack(f">{len(key)}H", *key))
    assert max(row_shown([[near, near]], colour_type, 16, trns)) < 30


def test_a_palette_with_more_alphas_than_colours_is_opaque() -> None:
    palette = chunk(b"PLTE", bytes((10, 20, 30, 40, 50, 60)))
    cut = flat_png(PALETTE, 8, (1,), palette, chunk(b"tRNS", bytes(3)))
    assert made(cut) == made(flat_png(PALETTE, 8, (1,), palette))
    shown = made(flat_png(PALETTE, 8, (1,), palette, chunk(b"tRNS", bytes(2))))
    assert opened(shown.variants["large"]).convert("RGB").getpixel((9, 9)) == WHITE


def test_a_suggested_palette_changes_nothing() -> None:
    palette = chunk(b"PLTE", bytes(range(30)))
    assert made(with_chunks(encoded(scene(), "PNG"), palette)) == made(encoded(scene(), "PNG"))
