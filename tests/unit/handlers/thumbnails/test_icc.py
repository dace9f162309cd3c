"""`handlers.thumbnails.icc` and `.colour`: profiles that are kept, refused, made, and applied."""

import functools
import io
import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from handlers.thumbnails import colour
from handlers.thumbnails.icc import adobe_rgb_profile, display_p3_profile, usable_profile
from tests.support.corpus import icc_profiles
from tests.support.corpus.photos import alike

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PROFILES = {"sRGB": SRGB, "Adobe RGB": adobe_rgb_profile(), "Display P3": display_p3_profile()}
TABLES = (icc_profiles.pipeline(), icc_profiles.old_table(b"mft1"), icc_profiles.old_table(b"mft2"))


def garbled(profile: bytes) -> bytes:
    """Whole by its header and tag table, nonsense inside."""
    start = 128 + 4 + 12 * int.from_bytes(profile[128:132])
    return profile[:start] + b"\xa5" * (len(profile) - start)


def converted(profile: bytes, intent: ImageCms.Intent = ImageCms.Intent.PERCEPTUAL) -> bytes:
    """What a colour engine makes of many colours."""
    colours = Image.frombytes("RGB", (32, 32), random.Random(5).randbytes(3 * 32 * 32))  # noqa: S311 - repeatable
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    return (
        ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), "RGB", "RGB", intent).apply(colours).tobytes()
    )


@pytest.mark.parametrize("name", PROFILES)
def test_whole_profiles_are_usable(name: str) -> None:
    kept = usable_profile(PROFILES[name], b"RGB ")
    assert kept
    assert converted(kept) == converted(PROFILES[name])
    assert usable_profile(kept, b"RGB ") == kept
    assert usable_profile(kept + b"what follows is not the profile", b"RGB ") == kept


@pytest.mark.parametrize("name", ["Adobe RGB", "Display P3"])
def test_made_profiles_have_nothing_to_leave_out(name: str) -> None:
    assert usable_profile(PROFILES[name], b"RGB ") == PROFILES[name]


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("version", [b"\x02\x40", b"\x04\x40"])
def test_of_a_screens_profile_only_its_colours_are_kept(name: str, version: bytes) -> None:
    screen = icc_profiles.of_a_screen(PROFILES[name])
    screen = screen[:8] + version + screen[10:]
    assert all(mark in screen or mark.decode().encode("utf-16-be") in screen for mark in icc_profiles.MARKS)
    kept = usable_profile(screen, b"RGB ")
    assert kept
    assert not [mark for mark in icc_profiles.MARKS if mark in kept or mark.decode().encode("utf-16-be") in kept]
    assert icc_profiles.MAKER[:4] not in kept
    assert converted(kept) == converted(screen) == converted(PROFILES[name])


@pytest.mark.parametrize("kind", [b"mAB ", b"mft1", b"mft2"])
@pytest.mark.parametrize("intent", [ImageCms.Intent.PERCEPTUAL, ImageCms.Intent.SATURATION])
def test_colours_in_tables_stay_and_what_hides_beside_them_goes(kind: bytes, intent: ImageCms.Intent) -> None:
    hidden = icc_profiles.HIDDEN
    table = icc_profiles.pipeline(hidden) if kind == b"mAB " else icc_profiles.old_table(kind) + hidden
    profile = icc_profiles.of_tables(display_p3_profile(), table)
    kept = usable_profile(profile, b"RGB ")
    assert kept
    assert hidden not in kept
    assert converted(kept, intent) == converted(profile, intent)
    assert len(set(converted(kept, intent))) > 100


@pytest.mark.parametrize("kind", [b"mAB ", b"mft1", b"mft2", b"curv"])
def test_a_cut_off_table_makes_a_profile_unusable(kind: bytes) -> None:
    whole = {b"mAB ": icc_profiles.pipeline(), b"curv": b"curv" + bytes(4) + struct.pack(">I", 9) + bytes(18)}
    table = whole.get(kind) or icc_profiles.old_table(kind)
    for end in (*range(0, 70, 3), len(table) - 4):
        assert usable_profile(icc_profiles.of_tables(display_p3_profile(), table[:end]), b"RGB ") is None


@pytest.mark.parametrize("name", ["sRGB IEC61966-2.1", "Display P3", "Adobe RGB (1998)"])
@pytest.mark.parametrize("version", [b"\x02\x10", b"\x04\x00"])
def test_a_public_name_stays(name: str, version: bytes) -> None:
    text = name.encode() + b"\0"
    described = b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78)
    content = icc_profiles.elements(SRGB) | {b"desc": described}
    kept = usable_profile(icc_profiles.profile_of(SRGB[:8] + version + SRGB[10:], content), b"RGB ")
    assert kept
    assert ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(kept))).strip() == name


def test_a_broken_way_back_is_left_out_alone() -> None:
    profile = icc_profiles.of_tables(display_p3_profile(), icc_profiles.pipeline())
    both = icc_profiles.profile_of(profile, icc_profiles.elements(profile) | {b"B2A0": b"mft2 and no more"})
    assert usable_profile(both, b"RGB ") == usable_profile(profile, b"RGB ")


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


@given(
    st.sampled_from([SRGB, *map(functools.partial(icc_profiles.of_tables, SRGB), TABLES)]),
    st.lists(st.tuples(st.integers(128, 1000), st.integers(0, 255)), min_size=1, max_size=4),
)
def test_no_damage_breaks_the_cleaning(profile: bytes, damage: list[tuple[int, int]]) -> None:
    damaged = bytearray(profile)
    for at, value in damage:
        damaged[at % len(damaged)] = value
    kept = usable_profile(bytes(damaged), b"RGB ")
    assert kept is None or usable_profile(kept, b"RGB ") == kept


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
    assert usable_profile(link, b"RGB ") is None
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
    assert colour.fitting_profile(photo) == usable_profile(SRGB, b"RGB ")
