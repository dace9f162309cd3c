"""`handlers.thumbnails.colour_numbers`: colours by number come out as the standards' formulas have them."""

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image, ImageCms

from handlers.thumbnails import limits
from handlers.thumbnails.icc import adobe_rgb_profile, display_p3_profile, grey_profile, power_curve
from handlers.thumbnails.memory import MemoryBudget
from handlers.thumbnails.photo import Photo, process
from tests.support.corpus.colour_science import in_srgb, srgb_light
from tests.support.corpus.photos import alike, encoded, opened
from tests.support.corpus.png_files import GREY, GREY_ALPHA, RGB, RGB_ALPHA, chunk, flat_png

ORANGE = (200, 100, 50)
UNKNOWN, BT_709, BT_2020, DISPLAY_P3 = 2, 1, 9, 12
SRGB_CHROMATICITIES = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
SRGB = ImageCms.createProfile("sRGB")
P3_CHROMATICITIES = (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)


def made(data: bytes) -> Photo:
    return process(data, MemoryBudget(limits.DECODE_BYTES))


def shown(data: bytes) -> tuple[int, ...]:
    """The colour of the largest variant, as RGB."""
    return opened(made(data).variants["large"]).convert("RGB").getpixel((20, 20))  # type: ignore[return-value]


def linear(colour: tuple[int, ...]) -> tuple[float, ...]:
    return tuple(srgb_light(sample / 255) for sample in colour)


def with_numbers(avif: bytes, primaries: int, transfer: int) -> bytes:
    """An AVIF with other numbers in its colour property (ISO/IEC 14496-12, 12.1.5); the matrix stays."""
    at = avif.index(b"colrnclx") + 8
    return avif[:at] + struct.pack(">HH", primaries, transfer) + avif[at + 4 :]


def cicp(primaries: int, transfer: int, matrix: int = 0, full_range: int = 1) -> bytes:
    return chunk(b"cICP", bytes((primaries, transfer, matrix, full_range)))


def iccp(profile: bytes) -> bytes:
    return chunk(b"iCCP", b"profile\0\0" + zlib.compress(profile))


def gama(gamma: float) -> bytes:
    return chunk(b"gAMA", struct.pack(">I", round(gamma * 100_000)))


def chrm(points: tuple[int, ...]) -> bytes:
    return chunk(b"cHRM", struct.pack(">8I", *points))


def file_of(kind: str, primaries: int, transfer: int, mode: str = "RGB") -> bytes:
    photo = Image.new(mode, (64, 48), (*ORANGE, 255)[: len(mode)])
    if kind == "PNG":
        return flat_png(RGB if mode == "RGB" else RGB_ALPHA, 8, (*ORANGE, 255)[: len(mode)], cicp(primaries, transfer))
    if kind == "AVIF":
        return with_numbers(encoded(photo, "AVIF", quality=95, subsampling="4:4:4"), primaries, transfer)
    options: dict[str, Any] = {"color_primaries": primaries, "transfer_characteristics": transfer}
    return encoded(photo, "HEIF", quality=95, chroma=444, **options)


# 1, 6, 14 and 15 are curves of cameras, which are shown like sRGB, 13.
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("kind", ["PNG", "AVIF", "HEIF"])
@pytest.mark.parametrize(
    ("primaries", "transfer"),
    [(BT_709, 13), (DISPLAY_P3, 13), (BT_2020, 13), (BT_2020, 14), (BT_2020, 1), (UNKNOWN, 2)],
)
def test_colours_by_number_become_srgb(kind: str, primaries: int, transfer: int, mode: str) -> None:
    wanted = in_srgb(linear(ORANGE), BT_709 if primaries == UNKNOWN else primaries)
    assert alike(shown(file_of(kind, primaries, transfer, mode)), wanted, 5)


@pytest.mark.parametrize(("transfer", "exponent"), [(4, 2.2), (5, 2.8), (8, 1.0)])
@pytest.mark.parametrize("kind", ["PNG", "AVIF", "HEIF"])
def test_other_curves_become_srgbs(kind: str, transfer: int, exponent: float) -> None:
    light = tuple((sample / 255) ** exponent for sample in ORANGE)
    assert alike(shown(file_of(kind, BT_709, transfer)), in_srgb(light), 5)


@pytest.mark.parametrize("kind", ["PNG", "AVIF", "HEIF"])
def test_the_processed_form_keeps_the_samples_and_says_their_colours(kind: str) -> None:
    processed = opened(made(file_of(kind, BT_2020, 13)).processed)
    assert alike(processed.getpixel((20, 20)), ORANGE, 4)  # type: ignore[arg-type]
    there = ImageCms.profileToProfile(
        processed, ImageCms.ImageCmsProfile(io.BytesIO(processed.info["icc_profile"])), SRGB
    )
    assert there is not None
    assert alike(there.getpixel((20, 20)), in_srgb(linear(ORANGE), BT_2020), 5)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["AVIF", "HEIF"])
def test_a_profile_goes_before_numbers_in_avif_and_heif(kind: str) -> None:
    photo = Image.new("RGB", (64, 48), ORANGE)
    assert alike(shown(encoded(photo, kind, quality=95, icc_profile=display_p3_profile())), (215, 93, 31), 5)


P3_COLOUR, ADOBE_COLOUR = in_srgb(linear(ORANGE), DISPLAY_P3), (227, 100, 42)

# PNG, third edition, 4.3: cICP before iCCP before sRGB before gAMA with cHRM; one that cannot be used does not count.
PRIORITY = {
    "cICP, iCCP": ((cicp(DISPLAY_P3, 13), iccp(adobe_rgb_profile())), P3_COLOUR),
    "iCCP, cICP": ((iccp(adobe_rgb_profile()), cicp(DISPLAY_P3, 13)), P3_COLOUR),
    "cICP that says nothing, iCCP": ((cicp(255, 13), iccp(adobe_rgb_profile())), ADOBE_COLOUR),
    "cICP of luma and chroma, iCCP": ((cicp(DISPLAY_P3, 13, matrix=1), iccp(adobe_rgb_profile())), ADOBE_COLOUR),
    "cICP, sRGB": ((cicp(DISPLAY_P3, 13), chunk(b"sRGB", b"\0")), P3_COLOUR),
    "iCCP, sRGB": ((iccp(adobe_rgb_profile()), chunk(b"sRGB", b"\0")), ADOBE_COLOUR),
    "sRGB, gAMA, cHRM": ((chunk(b"sRGB", b"\0"), gama(1.0), chrm(P3_CHROMATICITIES)), ORANGE),
    "broken iCCP, sRGB, gAMA": ((chunk(b"iCCP", b"p\0\x05"), chunk(b"sRGB", b"\0"), gama(1.0)), ORANGE),
    "gAMA, cHRM, iCCP": ((gama(1.0), chrm(P3_CHROMATICITIES), iccp(adobe_rgb_profile())), ADOBE_COLOUR),
    "gAMA, cHRM": ((gama(0.45455), chrm(P3_CHROMATICITIES)), P3_COLOUR),
    "cHRM": ((chrm(P3_CHROMATICITIES),), P3_COLOUR),
    "cHRM, gAMA of nothing": ((chrm(P3_CHROMATICITIES), gama(0)), P3_COLOUR),
    "cHRM of one point": ((chrm((31270, 32900) * 4),), ORANGE),
    "cHRM and gAMA of sRGB": ((chrm(SRGB_CHROMATICITIES), gama(0.45455)), ORANGE),
}


@pytest.mark.parametrize("chunks", PRIORITY)
def test_the_first_chunk_that_can_be_used_says_the_colours_of_a_png(chunks: str) -> None:
    around, wanted = PRIORITY[chunks]
    assert alike(shown(flat_png(RGB, 8, ORANGE, *around)), wanted, 5)


# PNG 11.3.2.2: a sample is light to the power of gamma.
@pytest.mark.parametrize("gamma", [1.0, 1 / 1.8, 1 / 1.4, 1 / 3])
@pytest.mark.parametrize(("kind", "colour"), [(RGB, ORANGE), (GREY, (100,)), (GREY_ALPHA, (100, 255))])
def test_gamma_counts(kind: int, colour: tuple[int, ...], gamma: float) -> None:
    shades = ORANGE if kind == RGB else colour[:1] * 3
    light = tuple((sample / 255) ** (1 / gamma) for sample in shades)
    assert alike(shown(flat_png(kind, 8, colour, gama(gamma))), in_srgb(light), 5)


@pytest.mark.parametrize("gamma", [0.45455, 0.45, 0.46, 0, 90.0])
def test_a_gamma_like_srgbs_and_one_that_is_none_change_nothing(gamma: float) -> None:
    assert made(flat_png(RGB, 8, ORANGE, gama(gamma))) == made(flat_png(RGB, 8, ORANGE))


@pytest.mark.parametrize(
    "data",
    [
        flat_png(GREY, 8, (100,), iccp(grey_profile(power_curve(1.0)))),
        flat_png(GREY_ALPHA, 8, (100, 255), iccp(grey_profile(power_curve(1.0)))),
        flat_png(GREY, 16, (100 * 257,), iccp(grey_profile(power_curve(1.0)))),
        flat_png(GREY_ALPHA, 16, (100 * 257, 65535), iccp(grey_profile(power_curve(1.0)))),
        flat_png(GREY, 8, (100,), iccp(grey_profile(power_curve(1.0))), chunk(b"tRNS", b"\0\x07")),
        encoded(Image.new("LA", (64, 48), (100, 255)), "TIFF", icc_profile=grey_profile(power_curve(1.0))),
    ],
    ids=["grey", "with alpha", "16 bits", "16 bits with alpha", "with a transparent shade", "TIFF with alpha"],
)
def test_a_grey_profile_counts_with_and_without_alpha(data: bytes) -> None:
    assert alike(shown(data), in_srgb((100 / 255,) * 3), 3)
    processed = opened(made(data).processed)
    assert processed.mode == "L"
    assert processed.getpixel((20, 20)) == 100
    assert processed.info["icc_profile"] == grey_profile(power_curve(1.0))


@pytest.mark.parametrize("kind", ["WEBP", "AVIF", "HEIF"])
@pytest.mark.parametrize("mode", ["L", "LA"])
def test_a_grey_profile_counts_where_the_decoder_gives_three_channels(kind: str, mode: str) -> None:
    photo = Image.new(mode, (64, 48), (100, 255) if mode == "LA" else 100)
    linear_grey = encoded(photo, kind, quality=95, icc_profile=grey_profile(power_curve(1.0)))
    assert alike(shown(linear_grey), in_srgb((100 / 255,) * 3), 3)


def test_a_grey_profile_takes_no_colour_away() -> None:
    photo = encoded(Image.new("RGB", (64, 48), ORANGE), "WEBP", quality=95, icc_profile=grey_profile(power_curve(1.0)))
    assert alike(shown(photo), ORANGE, 5)


def test_srgbs_curve_needs_no_grey_profile() -> None:
    photo = made(flat_png(GREY, 8, (100,), cicp(BT_2020, 13)))
    assert "icc_profile" not in opened(photo.processed).info
