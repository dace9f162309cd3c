"""Reading a video's measures out of its boxes, hostile ones included."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.files.boxes import MAX_WINDOWS, WINDOW_BYTES
from handlers.files.isobmff import VideoProbe, probe
from tests.support.builders import (
    FTYP,
    box,
    edit_list,
    mdhd,
    mvhd,
    sample_entry,
    sound_track,
    tkhd,
    video_file,
    video_track,
)


class Counted:
    """A file that counts how often it is read."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.reads = 0

    def __call__(self, offset: int, length: int) -> bytes:
        self.reads += 1
        assert length <= WINDOW_BYTES
        return self.content[offset : offset + length]


def measured(content: bytes) -> VideoProbe:
    return probe(Counted(content), len(content))


def refusal(content: bytes) -> AssetError:
    with pytest.raises(AssetError) as caught:
        measured(content)
    assert caught.value.code is AssetErrorCode.UNSUPPORTED_MEDIA
    return caught.value


def test_a_video_with_sound_is_measured() -> None:
    expected = VideoProbe(1920, 1080, 0, 5.0, 30.0, has_sound=True, codec="avc1", sound_codec="mp4a")
    assert measured(video_file()) == expected


@pytest.mark.parametrize("rotation", [90, 270])
def test_a_phone_held_upright_gives_a_vertical_video(rotation: int) -> None:
    found = measured(video_file(video_track(1920, 1080, rotation)))
    assert (found.width, found.height, found.rotation) == (1080, 1920, rotation)


def test_a_video_upside_down_keeps_its_shape() -> None:
    found = measured(video_file(video_track(1920, 1080, 180)))
    assert (found.width, found.height, found.rotation) == (1920, 1080, 180)


def test_a_silent_video_has_no_sound() -> None:
    assert not measured(video_file(video_track())).has_sound


def test_an_empty_sound_track_is_no_sound() -> None:
    assert not measured(video_file(video_track(), sound_track(entries=0))).has_sound


def test_pixels_that_are_not_square_are_stretched_to_what_a_player_shows() -> None:
    found = measured(video_file(video_track(1440, 1080, aspect=(4, 3))))
    assert (found.width, found.height) == (1920, 1080)


def test_a_pixel_aspect_of_zero_is_ignored() -> None:
    assert measured(video_file(video_track(640, 480, aspect=(0, 1)))).width == 640


def test_the_video_is_the_largest_of_several_video_tracks() -> None:
    assert measured(video_file(video_track(160, 90), video_track(3840, 2160))).width == 3840


def test_a_disabled_track_is_not_the_video_whatever_its_size() -> None:
    large = video_track(3840, 2160).replace(tkhd(), tkhd(enabled=False))
    assert measured(video_file(large, video_track(1280, 720))).width == 1280


def test_a_track_that_is_disabled_is_better_than_none() -> None:
    assert measured(video_file(video_track(640, 360).replace(tkhd(), tkhd(enabled=False)))).width == 640


@pytest.mark.parametrize("codec", [b"jpeg", b"png ", b"mjpa"])
def test_a_cover_is_not_the_video(codec: bytes) -> None:
    cover = video_track(3000, 3000, frames=1, codec=codec)
    assert measured(video_file(cover, video_track(1280, 720))).width == 1280
    assert "video track" in refusal(video_file(cover)).message


def test_motion_jpeg_is_a_video() -> None:
    assert measured(video_file(video_track(640, 480, codec=b"jpeg"))).codec == "jpeg"


def test_pictures_of_chapters_are_not_the_video() -> None:
    chapters = video_track(1920, 1080, codec=b"jpeg", frames=9).replace(tkhd(), tkhd(number=7))
    video = video_track(1280, 720)
    leading = box(b"trak", box(b"tref", box(b"chap", struct.pack(">II", 6, 7))), video[8:])
    assert measured(video_file(chapters, leading)).width == 1280


def test_the_size_to_show_counts_where_pixels_have_no_aspect() -> None:
    """As ffprobe: 720 x 576 that wants to be shown in 1024 x 576 has pixels of 64:45."""
    found = measured(video_file(video_track(720, 576).replace(tkhd(), tkhd(size=(1024, 576)))))
    assert (found.width, found.height) == (1024, 576)
    given = video_track(720, 576, aspect=(1, 1)).replace(tkhd(), tkhd(size=(1024, 576)))
    assert measured(video_file(given)).width == 720


@pytest.mark.parametrize(("movie", "track", "both"), [(90, 0, 90), (0, 90, 90), (90, 90, 180), (270, 180, 90)])
@pytest.mark.parametrize("version", [0, 1])
def test_the_movie_is_turned_after_the_track(movie: int, track: int, both: int, version: int) -> None:
    found = measured(video_file(video_track(1920, 1080, track), extra=mvhd(rotation=movie, version=version)))
    assert found.rotation == both
    assert found.width == (1080 if both in (90, 270) else 1920)


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize(
    ("edits", "seconds"),
    [
        ([(2_000, 0)], 2.0),  # of 5 s
        ([(0, 0)], 5.0),  # all there is
        ([(9_000, 0)], 5.0),  # more than there is
        ([(4_000, -1), (3_000, 600)], 3.0),  # after 4 s of nothing
        ([(1_000, 0), (1_500, 1_200)], 2.5),
        ([(4_000, -1)], 5.0),
        ([], 5.0),
    ],
)
def test_an_edit_list_says_what_plays(edits: list[tuple[int, int]], seconds: float, version: int) -> None:
    track = box(b"trak", edit_list(*edits, version=version), video_track()[8:])
    found = measured(video_file(track, extra=mvhd(1_000, 5_000)))
    assert (found.duration_seconds, found.frame_rate) == (seconds, 30.0)


def test_long_videos_keep_their_times_in_64_bits() -> None:
    found = measured(video_file(video_track(header=mdhd(1_000, 7_200_000, version=1), frames=172_800)))
    assert (found.duration_seconds, found.frame_rate) == (7_200.0, 24.0)


def test_a_track_header_with_64_bit_times_is_rotated_too() -> None:
    track = video_track(1920, 1080).replace(tkhd(0), tkhd(90, version=1))
    long_track = box(b"trak", track[8:])
    assert measured(video_file(long_track)).rotation == 90


def test_a_track_of_unknown_length_is_as_long_as_the_movie() -> None:
    mvhd = box(b"mvhd", bytes(12), struct.pack(">II", 1_000, 9_000))
    assert measured(video_file(video_track(header=mdhd(600, 0)), extra=mvhd)).duration_seconds == 9.0


def test_a_video_may_not_tell_its_length_at_all() -> None:
    mvhd = box(b"mvhd", bytes(12), struct.pack(">II", 1_000, 0))
    assert measured(video_file(video_track(header=mdhd(600, 0)), extra=mvhd)).duration_seconds is None


@pytest.mark.parametrize("units", [0, 2**32 - 1])
def test_an_unknown_length_is_unknown(units: int) -> None:
    assert measured(video_file(video_track(header=mdhd(600, units)))).duration_seconds is None


def test_a_track_without_headers_has_neither_length_nor_rotation() -> None:
    entry = box(b"stsd", bytes(4), struct.pack(">I", 1), sample_entry(640, 480))
    hdlr = box(b"hdlr", bytes(8), b"vide", bytes(12))
    bare = box(b"trak", box(b"mdia", hdlr, box(b"minf", box(b"stbl", entry))))
    assert measured(video_file(bare)) == VideoProbe(640, 480, 0, None, None, has_sound=False, codec="avc1")


def test_a_track_without_description_is_passed_over() -> None:
    hdlr = box(b"hdlr", bytes(8), b"vide", bytes(12))
    assert "video track" in refusal(video_file(box(b"trak", box(b"mdia", hdlr)), box(b"trak"))).message


def test_media_of_another_kind_is_passed_over() -> None:
    hdlr = box(b"hdlr", bytes(8), b"text", bytes(12))
    assert measured(video_file(box(b"trak", box(b"mdia", hdlr)), video_track())).width == 1920


def test_boxes_with_64_bit_sizes_and_open_ends_are_read() -> None:
    media = struct.pack(">I4sQ", 1, b"mdat", 16 + 64) + bytes(64)
    moov = box(b"moov", video_track())
    open_ended = struct.pack(">I4s", 0, b"moov") + moov[8:]
    assert measured(FTYP + media + open_ended).width == 1920


def test_media_is_jumped_over_whatever_its_size() -> None:
    content = video_file(media=bytes(5 * 2**20))
    source = Counted(content)
    probe(source, len(content))
    assert source.reads <= 3


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "moov"),
        (FTYP, "moov"),
        (video_file()[:-200], "impossible size"),
        (FTYP + struct.pack(">I4s", 4, b"moov"), "impossible size"),
        (FTYP + struct.pack(">I4sQ", 1, b"moov", 2**63), "impossible size"),
        (FTYP + struct.pack(">I4s", 1, b"moov"), "cut off"),
        (video_file(sound_track()), "video track"),
        (video_file(video_track(0, 1080)), "video track"),
        (video_file(video_track(1920, 0)), "video track"),
        (video_file(video_track(60_000, 1080)), "video track"),
        (video_file(video_track(1920, 1080, aspect=(2**32 - 1, 1))), "video track"),
        (FTYP + box(b"free") * 3_000, "boxes"),
    ],
)
def test_what_is_no_usable_video_is_refused_in_words(content: bytes, word: str) -> None:
    assert word in refusal(content).message


def test_a_sample_entry_too_short_for_a_size_is_no_video() -> None:
    entry = box(b"stsd", bytes(4), struct.pack(">I", 1), box(b"avc1", bytes(20)))
    hdlr = box(b"hdlr", bytes(8), b"vide", bytes(12))
    track = box(b"trak", box(b"mdia", hdlr, box(b"minf", box(b"stbl", entry))))
    assert "video track" in refusal(video_file(track)).message


def test_boxes_spread_over_a_large_file_cost_a_bounded_number_of_reads() -> None:
    spread = box(b"free", bytes(2 * WINDOW_BYTES)) * (2 * MAX_WINDOWS)
    source = Counted(FTYP + spread)
    with pytest.raises(AssetError, match="places"):
        probe(source, len(source.content))
    assert source.reads == MAX_WINDOWS


def test_a_file_shorter_than_s3_says_is_refused() -> None:
    content = video_file()
    with pytest.raises(AssetError, match="shorter"):
        probe(Counted(content[:40]), len(content))


def measured_or_refused(content: bytes) -> VideoProbe | AssetError:
    try:
        return measured(content)
    except AssetError as error:
        return error


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, len(video_file()) - 1), st.integers(0, 255)), min_size=1, max_size=12))
def test_damaged_videos_are_measured_or_refused_and_nothing_else(damage: list[tuple[int, int]]) -> None:
    content = bytearray(video_file())
    for place, value in damage:
        content[place] = value
    found = measured_or_refused(bytes(content))
    if isinstance(found, AssetError):
        assert found.code is AssetErrorCode.UNSUPPORTED_MEDIA
    else:
        assert found.width > 0
        assert found.height > 0
