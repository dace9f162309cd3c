"""`handlers.thumbnails.jpeg_segments`: every pixel stays, nothing private does."""

import functools
import struct
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.thumbnails.icc import adobe_rgb_profile, display_p3_profile
from handlers.thumbnails.jpeg_segments import parse
from tests.support.corpus import hostile, icc_profiles, rare_jpegs
from tests.support.corpus.camera import PRIVATE, camera_jpeg, segment, with_segments
from tests.support.corpus.photos import encoded, opened, pixels, scene


def cleaned(jpeg: bytes) -> bytes:
    return parse(jpeg).cleaned()


def markers(jpeg: bytes) -> list[int]:
    """Codes of the segments before the first scan."""
    found, at = [], 2
    while jpeg[at + 1] != 0xDA:
        found.append(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    return found


def frame_header(jpeg: bytes) -> bytes:
    at = jpeg.index(b"\xff\xc0")
    return jpeg[at : at + 2 + int.from_bytes(jpeg[at + 2 : at + 4])]


KINDS: dict[str, Callable[[], bytes]] = {
    "4:4:4": lambda: encoded(scene(), "JPEG", subsampling="4:4:4"),
    "4:2:2": lambda: encoded(scene(), "JPEG", subsampling="4:2:2"),
    "4:2:0": lambda: encoded(scene(), "JPEG", subsampling="4:2:0"),
    "4:4:0": lambda: rare_jpegs.SUBSAMPLED_4_4_0,
    "4:1:1": lambda: rare_jpegs.SUBSAMPLED_4_1_1,
    "odd size": lambda: encoded(scene(37, 23), "JPEG", subsampling="4:2:0"),
    "one pixel": lambda: encoded(scene(1, 1), "JPEG"),
    "lowest quality": lambda: encoded(scene(), "JPEG", quality=1),
    "highest quality": lambda: encoded(scene(), "JPEG", quality=100),
    "progressive": lambda: encoded(scene(), "JPEG", progressive=True),
    "optimized": lambda: encoded(scene(), "JPEG", optimize=True),
    "restart markers": lambda: encoded(scene(), "JPEG", restart_marker_blocks=2),
    "restart marker rows": lambda: encoded(scene(), "JPEG", restart_marker_rows=1, progressive=True),
    "grey": lambda: encoded(scene().convert("L"), "JPEG"),
    "stored as RGB": lambda: encoded(scene(), "JPEG", keep_rgb=True),
    "inverted CMYK": lambda: encoded(scene().convert("CMYK"), "JPEG"),
    "one scan per component": lambda: rare_jpegs.ONE_SCAN_PER_COMPONENT,
    "arithmetic": lambda: rare_jpegs.ARITHMETIC,
    "arithmetic progressive": lambda: rare_jpegs.ARITHMETIC_PROGRESSIVE,
}


@pytest.mark.parametrize("kind", KINDS)
def test_no_pixel_changes(kind: str) -> None:
    jpeg = KINDS[kind]()
    dirty = camera_jpeg(jpeg=jpeg)
    assert pixels(cleaned(dirty)) == pixels(jpeg)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_private_stays(kind: str) -> None:
    dirty = camera_jpeg(6, jpeg=KINDS[kind]())
    assert all(mark in dirty for mark in PRIVATE)
    assert not [mark for mark in PRIVATE if mark in cleaned(dirty)]


@pytest.mark.parametrize("kind", KINDS)
def test_cleaning_a_clean_file_changes_nothing(kind: str) -> None:
    clean = cleaned(camera_jpeg(3, jpeg=KINDS[kind]()))
    assert cleaned(clean) == clean


@pytest.mark.parametrize("kind", KINDS)
def test_a_decoder_is_promised_the_right_colour_model(kind: str) -> None:
    expected = {"stored as RGB": False, "inverted CMYK": False, "grey": False}
    assert parse(KINDS[kind]()).is_ycbcr is expected.get(kind, True)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_all_that_remains_of_exif(orientation: int) -> None:
    exif = opened(cleaned(camera_jpeg(orientation))).getexif()
    assert dict(exif) == ({} if orientation == 1 else {0x0112: orientation})


def test_the_colours_of_a_profile_stay_whole_however_long() -> None:
    curve = b"curv" + bytes(4) + struct.pack(">I", 65_000) + bytes(130_000)
    long = icc_profiles.profile_of(
        display_p3_profile(), icc_profiles.elements(display_p3_profile()) | {b"rTRC": curve, b"priv": bytes(150_000)}
    )
    kept = opened(cleaned(camera_jpeg(jpeg=encoded(scene(), "JPEG", icc_profile=long)))).info["icc_profile"]
    assert icc_profiles.elements(kept)[b"rTRC"] == curve
    assert b"priv" not in icc_profiles.elements(kept)
    assert len(kept) < 140_000


def test_profile_chunks_in_any_order_are_joined_by_their_numbers() -> None:
    profile = display_p3_profile()
    chunks = [b"ICC_PROFILE\0" + bytes((number, 2)) + part for number, part in ((2, profile[200:]), (1, profile[:200]))]
    jpeg = with_segments(encoded(scene(), "JPEG"), *(segment(0xE2, chunk) for chunk in chunks))
    assert parse(jpeg).profile == profile


@pytest.mark.parametrize(
    "chunks",
    [
        [b"\x01\x02" + display_p3_profile()],
        [b"\x01\x01garbage"],
        [b"\x01\x01" + display_p3_profile()[:300]],
        [b"\x00\x00" + display_p3_profile()],
    ],
    ids=["one of two", "no profile", "cut off", "not numbered"],
)
def test_a_broken_profile_is_left_out(chunks: list[bytes]) -> None:
    jpeg = with_segments(encoded(scene(), "JPEG"), *(segment(0xE2, b"ICC_PROFILE\0" + chunk) for chunk in chunks))
    assert parse(jpeg).profile is None
    assert pixels(cleaned(jpeg)) == pixels(jpeg)


def test_adobe_rgb_named_in_exif_alone_becomes_an_embedded_profile() -> None:
    assert opened(cleaned(camera_jpeg(interop=b"R03\0"))).info["icc_profile"] == adobe_rgb_profile()
    grey = encoded(scene().convert("L"), "JPEG")
    assert parse(camera_jpeg(jpeg=grey, interop=b"R03\0")).profile is None


def test_a_jfif_thumbnail_is_cut_out() -> None:
    jpeg = encoded(scene(), "JPEG")
    thumbnail = b"JFIF\0\x01\x02\x01\0\x48\0\x48\x02\x01" + b"secret"
    clean = cleaned(jpeg[:2] + segment(0xE0, thumbnail) + jpeg[20:])
    assert b"secret" not in clean
    assert opened(clean).info["dpi"] == (72, 72)


def test_only_known_segments_stand_before_the_first_scan() -> None:
    dirty = camera_jpeg(6, interop=b"R03\0", jpeg=encoded(scene().convert("CMYK"), "JPEG"))
    assert set(markers(cleaned(dirty))) <= {0xE0, 0xE1, 0xE2, 0xEE, 0xDB, 0xC0, 0xC4, 0xDD}


def test_the_adobe_segment_keeps_only_what_is_adobes() -> None:
    jpeg = encoded(scene(), "JPEG", keep_rgb=True)
    at = jpeg.index(b"\xff\xee")
    longer = jpeg[:at] + segment(0xEE, jpeg[at + 4 : at + 16] + b"secret") + jpeg[at + 16 :]
    clean = cleaned(longer)
    assert b"secret" not in clean
    assert pixels(clean) == pixels(jpeg)


def test_comments_between_scans_are_left_out() -> None:
    jpeg = encoded(scene(), "JPEG", progressive=True)
    second = jpeg.index(b"\xff\xda", jpeg.index(b"\xff\xda") + 2)
    commented = jpeg[:second] + segment(0xFE, b"secret") + segment(0xE1, b"Exif\0\0secret") + jpeg[second:]
    assert cleaned(commented) == cleaned(jpeg)


def test_a_comment_hidden_within_a_scan_does_not_survive() -> None:
    hidden = hostile.hidden_in_scan(encoded(scene(), "JPEG"), b"secret")
    assert b"secret" not in cleaned(hidden)
    assert pixels(cleaned(hidden)) == pixels(hidden)


def test_padding_before_markers_is_allowed() -> None:
    jpeg = encoded(scene(), "JPEG")
    padded = jpeg[:2] + b"\xff\xff" + jpeg[2:-2] + b"\xff\xff" + jpeg[-2:]
    assert pixels(cleaned(padded)) == pixels(jpeg)


def test_junk_between_segments_is_skipped() -> None:
    jpeg = encoded(scene(), "JPEG")
    assert pixels(cleaned(jpeg[:2] + b"junk\xff\0\xff\x01" + jpeg[2:])) == pixels(jpeg)


@pytest.mark.parametrize("kind", ["4:2:0", "progressive", "restart markers", "one scan per component"])
def test_a_file_cut_before_its_last_scan_is_corrupt(kind: str) -> None:
    jpeg = KINDS[kind]()
    last = jpeg.rindex(b"\xff\xda")
    for end in range(last + 4):
        with pytest.raises(AssetError) as refused:
            parse(jpeg[:end])
        assert refused.value.code is AssetErrorCode.IMAGE_CORRUPT


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("end", [0, 1], ids=["without a marker", "with half of one"])
def test_a_missing_end_is_made_good(kind: str, end: int) -> None:
    jpeg = KINDS[kind]()
    unfinished = jpeg[: len(jpeg) - 2 + end]
    if "arithmetic" in kind:
        with pytest.raises(AssetError, match="without an end"):
            parse(unfinished)
    else:
        assert pixels(cleaned(unfinished)) == pixels(jpeg)


def test_a_progressive_file_that_lacks_scans_must_say_that_it_ends() -> None:
    jpeg = KINDS["progressive"]()
    fewer = jpeg[: jpeg.rindex(b"\xff\xc4")]
    with pytest.raises(AssetError, match="ends before the photo does"):
        parse(fewer)
    assert pixels(cleaned(fewer + b"\xff\xd9")) == pixels(fewer + b"\xff\xd9")


def test_tables_behind_the_last_scan_are_left_out() -> None:
    jpeg = KINDS["progressive"]()
    hidden = jpeg[:-2] + segment(0xDB, b"\x03" + b"secret".ljust(64)) + jpeg[-2:]
    assert cleaned(hidden) == cleaned(jpeg)


@functools.cache
def plain() -> bytes:
    return encoded(scene(), "JPEG")


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: b"", AssetErrorCode.IMAGE_CORRUPT),
        (lambda: b"\xff\xd8\xff\xd9", AssetErrorCode.IMAGE_CORRUPT),
        (lambda: plain()[:2] + b"\xff\xd8" + plain()[2:], AssetErrorCode.IMAGE_CORRUPT),
        (lambda: plain()[:2] + b"\xff\x02\0\x02" + plain()[2:], AssetErrorCode.IMAGE_CORRUPT),
        (lambda: plain()[:2] + b"\xff\xe1\0\x01" + plain()[2:], AssetErrorCode.IMAGE_CORRUPT),
        (lambda: plain()[:2] + segment(0xDA, b"\x01\x01\0\0\x3f\0") + plain()[2:], AssetErrorCode.IMAGE_CORRUPT),
        (lambda: plain()[:2] + segment(0xC0, b"\x08\0\x10") + plain()[2:], AssetErrorCode.IMAGE_CORRUPT),
        (lambda: with_segments(plain(), frame_header(plain())), AssetErrorCode.IMAGE_CORRUPT),
        (lambda: with_segments(plain(), segment(0xF7, b"JPEG-LS")), AssetErrorCode.UNSUPPORTED_MEDIA),
        (lambda: hostile.other_process(plain(), 0xC3), AssetErrorCode.UNSUPPORTED_MEDIA),
        (lambda: hostile.other_precision(plain(), 12), AssetErrorCode.UNSUPPORTED_MEDIA),
        (lambda: hostile.resized_header(plain(), 0, 10), AssetErrorCode.IMAGE_CORRUPT),
        (lambda: hostile.resized_header(plain(), 10, 0), AssetErrorCode.IMAGE_CORRUPT),
        (lambda: hostile.resized_header(plain(), 65_535, 65_535), AssetErrorCode.IMAGE_TOO_LARGE),
        (lambda: hostile.many_scans(1_001), AssetErrorCode.IMAGE_TOO_LARGE),
        (lambda: hostile.many_segments(5_000), AssetErrorCode.IMAGE_CORRUPT),
    ],
)
def test_what_is_wrong_decides_the_code(make: Callable[[], bytes], code: AssetErrorCode) -> None:
    with pytest.raises(AssetError) as refused:
        parse(make())
    assert refused.value.code is code


def test_impossible_sampling_factors_are_corrupt() -> None:
    jpeg = plain()
    at = jpeg.index(b"\xff\xc0") + 11
    with pytest.raises(AssetError, match="sampling"):
        parse(jpeg[:at] + b"\x05" + jpeg[at + 1 :])


def test_ink_without_an_adobe_segment_is_not_taken_for_adobes() -> None:
    jpeg = encoded(scene().convert("CMYK"), "JPEG")
    at = jpeg.index(b"\xff\xee")
    assert parse(jpeg).adobe_transform == 0
    assert parse(jpeg[:at] + jpeg[at + 16 :]).adobe_transform is None


def test_components_named_r_g_b_are_not_taken_for_luma_and_chroma() -> None:
    jpeg = encoded(scene(), "JPEG", keep_rgb=True)
    at = jpeg.index(b"\xff\xee")
    assert not parse(jpeg[:at] + jpeg[at + 16 :]).is_ycbcr


SECRET = b"SECRET-CANARY"
PRIVATE_SEGMENTS = st.builds(
    lambda marker, before, after: segment(marker, before + SECRET + after),
    st.sampled_from([*range(0xE0, 0xF0), 0xFE]),
    st.one_of(
        st.binary(max_size=40), st.sampled_from([b"Exif\0\0", b"JFIF\0", b"Adobe", b"ICC_PROFILE\0\x01\x01", b"MPF\0"])
    ),
    st.binary(max_size=40),
)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["4:2:0", "progressive", "restart markers", "grey", "stored as RGB"]),
    st.lists(PRIVATE_SEGMENTS, max_size=6),
    st.binary(max_size=200),
)
def test_no_private_segment_and_no_trailer_survives(kind: str, segments: list[bytes], trailer: bytes) -> None:
    jpeg = KINDS[kind]()
    # Behind the file's own segments, so that a made-up JFIF or Adobe segment does not come before the real one.
    at = jpeg.index(b"\xff\xdb")
    dirty = jpeg[:at] + b"".join(segments) + jpeg[at:] + trailer + SECRET
    clean = cleaned(dirty)
    assert SECRET not in clean
    assert cleaned(clean) == clean
    assert pixels(clean) == pixels(dirty[: len(dirty) - len(trailer) - len(SECRET)])
