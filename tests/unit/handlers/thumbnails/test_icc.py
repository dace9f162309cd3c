"""`handlers.thumbnails.icc` and `.colour`: profiles that are kept, refused, made, and applied."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from handlers.thumbnails import colour
from handlers.thumbnails.icc import adobe_rgb_profile, display_p3_profile, usable_profile
from tests.support.corpus.photos import alike

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PROFILES = {"sRGB": SRGB, "Adobe RGB": adobe_rgb_profile(), "Display P3": display_p3_profile()}


def garbled(profile: bytes) -> bytes:
    """Whole by its header and tag table, nonsense inside."""
    start = 128 + 4 + 12 * int.from_bytes(profile[128:132])
    return profile[:start] + b"\xa5" * (len(profile) - start)


@pytest.mark.parametrize("name", PROFILES)
def test_whole_profiles_are_usable(name: str) -> None:
    profile = PROFILES[name]
    assert usable_profile(profile, b"RGB ") == profile
    assert usable_profile(profile + b"what follows is not the profile", b"RGB ") == profile


@pytest.mark.parametrize("space", [b"GRAY", b"CMYK"])
def test_a_profile_for_other_pixels_is_not_usable(space: bytes) -> None:
    assert usable_profile(SRGB, space) is None


def test_cut_or_inflated_profiles_are_not_usable() -> None:
    assert all(usable_profile(SRGB[:end], b"RGB ") is None for end in range(0, len(SRGB), 7))
    assert usable_profile(struct.pack(">I", 1) + SRGB[4:], b"RGB ") is None
    many_tags = SRGB[:128] + struct.pack(">I", 300) + bytes(300 * 12)
    assert usable_profile(struct.pack(">I", len(many_tags)) + many_tags[4:], b"RGB ") is None
    outside = SRGB[:136] + struct.pack(">I", len(SRGB)) + SRGB[140:]
    assert usable_profile(outside, b"RGB ") is None


@given(st.binary(max_size=300))
def test_no_bytes_break_the_check(data: bytes) -> None:
    assert usable_profile(data, b"RGB ") is None


@pytest.mark.parametrize("name", ["Adobe RGB", "Display P3"])
def test_made_profiles_are_read_by_a_colour_engine(name: str) -> None:
    described = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(PROFILES[name])))
    assert described.startswith(f"Compatible with {name}")


@pytest.mark.parametrize(
    ("name", "expected"),
    # by the published matrices: linear light, to XYZ, to sRGB
    [("Adobe RGB", (227, 100, 42)), ("Display P3", (215, 93, 31)), ("sRGB", (200, 100, 50))],
)
def test_wide_gamut_colours_become_the_same_colour_in_srgb(name: str, expected: tuple[int, int, int]) -> None:
    converted = colour.to_srgb(Image.new("RGB", (2, 2), (200, 100, 50)), PROFILES[name])
    assert converted.mode == "RGB"
    assert alike(converted.getpixel((0, 0)), expected, 2)  # type: ignore[arg-type]  # RGB gives triples


def test_only_a_readable_profile_other_than_srgb_asks_for_a_conversion() -> None:
    assert colour.converts(adobe_rgb_profile())
    assert not colour.converts(SRGB)
    assert not colour.converts(None)
    assert not colour.converts(b"no profile")


def test_a_profile_damaged_inside_counts_as_none() -> None:
    photo = Image.new("RGB", (2, 2), (200, 100, 50))
    assert colour.to_srgb(photo, garbled(adobe_rgb_profile())).getpixel((0, 0)) == (200, 100, 50)
    cut_curve = adobe_rgb_profile().replace(b"para", b"para" + b"\xff\xff", 1)[: len(adobe_rgb_profile())]
    assert colour.to_srgb(photo, cut_curve).size == (2, 2)


def test_profiles_that_describe_no_input_are_ignored() -> None:
    link = SRGB[:12] + b"link" + SRGB[16:]  # a device link: no source of colours
    assert colour.to_srgb(Image.new("RGB", (2, 2), (9, 8, 7)), link).getpixel((0, 0)) == (9, 8, 7)


def test_lab_and_ink_become_rgb() -> None:
    white = colour.to_srgb(Image.new("LAB", (1, 1), (255, 128, 128)), None).getpixel((0, 0))
    assert alike(white, (255, 255, 255), 2)  # type: ignore[arg-type]  # RGB gives triples
    assert colour.to_srgb(Image.new("CMYK", (1, 1), (0, 255, 255, 0)), None).getpixel((0, 0)) == (255, 0, 0)


def test_grey_stays_grey() -> None:
    assert colour.to_srgb(Image.new("L", (1, 1), 77), None).mode == "L"


def test_the_profile_of_another_colour_model_does_not_fit() -> None:
    photo = Image.new("L", (1, 1))
    photo.info["icc_profile"] = SRGB
    assert colour.fitting_profile(photo) is None
    photo = Image.new("RGB", (1, 1))
    assert colour.fitting_profile(photo) is None
    photo.info["icc_profile"] = SRGB
    assert colour.fitting_profile(photo) == SRGB
