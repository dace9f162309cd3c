"""`handlers.thumbnails.tone_mapping`: PQ and HLG come out with diffuse white as white and everything below it true."""

import io
import itertools
import struct
from collections.abc import Sequence

import pytest
from PIL import Image

from handlers.thumbnails import limits
from handlers.thumbnails.icc import display_p3_profile
from handlers.thumbnails.memory import MemoryBudget
from handlers.thumbnails.photo import process
from tests.support.corpus.colour_science import (
    WHITE,
    hlg_of_display,
    in_srgb,
    pq_light,
    pq_signal,
    rolled_off,
    samples,
)
from tests.support.corpus.photos import alike, encoded, opened
from tests.support.corpus.png_files import GREY, GREY_ALPHA, PALETTE, RGB, RGB_ALPHA, chunk, png

type Light = tuple[float, float, float]
BT_2020, PQ, HLG = 9, 16, 18
SIGNALS = {PQ: lambda light: tuple(pq_signal(part) for part in light), HLG: hlg_of_display}
SIZE = (64, 48)


def cicp(transfer: int, primaries: int = BT_2020) -> bytes:
    return chunk(b"cICP", bytes((primaries, transfer, 0, 1)))


def halves(kind: str, transfer: int, left: Light, right: Light, depth: int = 8) -> bytes:
    """A photo of two colours, given as light in cd/m² of BT.2020's primaries."""
    colours = [samples(SIGNALS[transfer](light), depth) for light in (left, right)]
    row = [colour for colour in colours for _ in range(SIZE[0] // 2)]
    if kind == "PNG":
        return png(RGB, depth, [row] * SIZE[1], cicp(transfer))
    photo = Image.new("RGB", SIZE)
    photo.putdata(row * SIZE[1])
    if kind == "AVIF":
        avif = encoded(photo, "AVIF", quality=98, subsampling="4:4:4")
        at = avif.index(b"colrnclx") + 8
        return avif[:at] + struct.pack(">HH", BT_2020, transfer) + avif[at + 4 :]
    options = {"color_primaries": BT_2020, "transfer_characteristics": transfer}
    return encoded(photo, "HEIF", quality=98, chroma=444, **options)


def shown(data: bytes) -> list[tuple[int, ...]]:
    """Colours of the left and the right half of the largest variant."""
    photo = opened(process(data, MemoryBudget(limits.DECODE_BYTES)).variants["large"]).convert("RGB")
    return [photo.getpixel((x, 20)) for x in (12, 52)]  # type: ignore[misc]  # RGB gives triples


def grey(light: float) -> Light:
    return light, light, light


EVERY = pytest.mark.parametrize(
    ("kind", "transfer"), [(kind, transfer) for kind in ("PNG", "AVIF", "HEIF") for transfer in (PQ, HLG)]
)


@EVERY
def test_diffuse_white_is_white_and_grey_keeps_its_share_of_it(kind: str, transfer: int) -> None:
    white, middle = shown(halves(kind, transfer, grey(WHITE), grey(0.18 * WHITE)))
    assert alike(white, (255, 255, 255), 4)
    assert alike(middle, in_srgb(grey(0.18)), 4)


@EVERY
def test_highlights_are_rolled_off_above_what_stays_true(kind: str, transfer: int) -> None:
    highlight, below = shown(halves(kind, transfer, grey(1000), grey(60)))
    assert alike(highlight, (255, 255, 255), 3)
    assert alike(below, in_srgb(grey(60 / WHITE)), 4)
    highlight, white = shown(halves(kind, transfer, grey(1000), grey(WHITE)))
    assert alike(highlight, (255, 255, 255), 3)
    assert alike(white, in_srgb(grey(rolled_off(WHITE, 1000) / WHITE)), 4)


@EVERY
@pytest.mark.parametrize("light", [(60.0, 30.0, 15.0), (30.0, 45.0, 30.0), (25.0, 30.0, 70.0)])
def test_colours_keep_their_light_and_their_primaries(kind: str, transfer: int, light: Light) -> None:
    colour, _ = shown(halves(kind, transfer, light, grey(WHITE)))
    assert alike(colour, in_srgb(tuple(part / WHITE for part in light), BT_2020), 9)


def test_signals_of_the_standard_for_diffuse_white_give_white() -> None:
    # BT.2408, table 1: HDR Reference White is 58 % of PQ and 75 % of HLG.
    for transfer, signal in ((PQ, 0.58), (HLG, 0.75)):
        row = [samples((signal,) * 3)] * SIZE[0]
        white, _ = shown(png(RGB, 8, [row] * SIZE[1], cicp(transfer)))
        assert alike(white, (255, 255, 255), 3)


def test_what_is_brighter_than_the_nominal_peak_is_white_and_darkens_nothing() -> None:
    bright, white = shown(halves("PNG", PQ, grey(10_000), grey(WHITE)))
    assert bright == (255, 255, 255)
    assert alike(white, in_srgb(grey(rolled_off(WHITE, 1000) / WHITE)), 3)


@pytest.mark.parametrize("transfer", [PQ, HLG])
@pytest.mark.parametrize("colour_type", [GREY, GREY_ALPHA, RGB, RGB_ALPHA, PALETTE])
@pytest.mark.parametrize("depth", [8, 16])
def test_every_layout_is_mapped(transfer: int, colour_type: int, depth: int) -> None:
    if colour_type == PALETTE and depth == 16:
        depth = 4
    signal = SIGNALS[transfer](grey(60))[0]
    sample = samples((signal,), depth)[0]
    opaque = (1 << depth) - 1
    palette = chunk(b"PLTE", bytes(samples((signal,) * 3)))
    pixel = {
        GREY: (sample,),
        GREY_ALPHA: (sample, opaque),
        RGB: (sample,) * 3,
        RGB_ALPHA: (sample, sample, sample, opaque),
        PALETTE: (0,),
    }[colour_type]
    around = (cicp(transfer), palette) if colour_type == PALETTE else (cicp(transfer),)
    found, _ = shown(png(colour_type, depth, [[pixel] * SIZE[0]] * SIZE[1], *around))
    assert alike(found, in_srgb(grey(60 / WHITE)), 4)


def test_transparency_is_on_white_of_the_page() -> None:
    clear = (*samples(SIGNALS[PQ](grey(60))), 0)
    assert shown(png(RGB_ALPHA, 8, [[clear] * SIZE[0]] * SIZE[1], cicp(PQ)))[0] == (255, 255, 255)


def test_pq_without_primaries_is_taken_for_bt_2020_and_p3_for_p3() -> None:
    light = (60.0, 30.0, 15.0)
    row = [samples(SIGNALS[PQ](light))] * SIZE[0]
    for said, meant in ((2, BT_2020), (12, 12)):
        found, _ = shown(png(RGB, 8, [row] * SIZE[1], cicp(PQ, said)))
        assert alike(found, in_srgb(tuple(part / WHITE for part in light), meant), 6)


def test_a_profile_goes_before_the_numbers_of_pq() -> None:
    photo = encoded(Image.new("RGB", SIZE, (200, 100, 50)), "AVIF", quality=95, icc_profile=display_p3_profile())
    assert alike(shown(photo)[0], (215, 93, 31), 5)


def test_the_processed_form_is_mapped_too_and_keeps_the_wide_primaries() -> None:
    processed = opened(process(halves("PNG", PQ, grey(60), grey(WHITE)), MemoryBudget(limits.DECODE_BYTES)).processed)
    assert alike(processed.getpixel((12, 20)), in_srgb(grey(60 / WHITE)), 4)  # type: ignore[arg-type]
    assert b"acsp" in processed.info["icc_profile"]


def test_the_formulas_of_these_tests_agree_with_the_standards_own_points() -> None:
    # BT.2408, table 1, and BT.2100, table 4: 100 cd/m² is 51 % of PQ, 10,000 is all of it.
    assert [round(pq_signal(light), 2) for light in (100, WHITE, 1000, 10_000)] == [0.51, 0.58, 0.75, 1.0]
    assert round(pq_light(0.58)) == 202
    assert round(hlg_of_display(grey(WHITE))[0], 2) == 0.75


def deep_heif(depth: int, light: Sequence[Light]) -> bytes:
    """A HEIF in PQ of 10 or 12 bits, of one column for each light."""
    row = b"".join(struct.pack("<3H", *(v << 16 - depth for v in samples(SIGNALS[PQ](part), depth))) for part in light)
    size = (len(light), 64)
    from pillow_heif import from_bytes, options

    options.SAVE_HDR_TO_12_BIT = depth == 12
    try:
        file = from_bytes("RGB;16", size, row * size[1])
        buffer = io.BytesIO()
        file.save(
            buffer, quality=-1, chroma=444, color_primaries=BT_2020, transfer_characteristics=PQ, matrix_coefficients=0
        )
    finally:
        options.SAVE_HDR_TO_12_BIT = False
    return buffer.getvalue()


@pytest.mark.parametrize("depth", [10, 12])
def test_pq_of_more_than_8_bits_shows_no_steps(depth: int) -> None:
    light = [grey(20 + 0.25 * step) for step in range(256)]
    photo = process(deep_heif(depth, light), MemoryBudget(limits.DECODE_BYTES))
    shown_shades = opened(photo.processed).convert("L").crop((0, 32, 256, 33)).tobytes()
    wanted = [in_srgb(grey(part / WHITE))[0] for part, _, _ in light]
    assert max(abs(found - right) for found, right in zip(shown_shades, wanted, strict=True)) <= 2
    assert max(b - a for a, b in itertools.pairwise(shown_shades)) <= 2
