"""The length of fragmented videos: by an index where there is one, by walking where there is none."""

import struct
from collections.abc import Sequence

import pytest

from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.files.fragments import MAX_FRAGMENTS
from handlers.files.isobmff import VideoProbe, probe
from tests.support.builders import FTYP, box, mdhd, mvhd, tkhd, video_track

SECOND = 600  # units
FRAMES = (20,) * 30  # of a second


def full(kind: bytes, flags: int, *payload: bytes, version: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *payload)


def words(*numbers: int) -> bytes:
    return struct.pack(f">{len(numbers)}I", *numbers)


def trun(durations: Sequence[int], flags: int = 0x701) -> bytes:
    """Data offset, then of each sample its duration, size and flags, as far as the flags say so."""
    head = words(len(durations), *[0] * (bool(flags & 0x1) + bool(flags & 0x4)))
    rest = sum(bool(flags & flag) for flag in (0x200, 0x400, 0x800))
    samples = b"".join(words(*([duration] if flags & 0x100 else []), *[9] * rest) for duration in durations)
    return full(b"trun", flags, head, samples)


def moof(start: int | None, *runs: bytes, track: int = 1, default: int | None = None) -> bytes:
    tfhd = full(b"tfhd", 0x3, words(track), bytes(12)) if default is None else b""
    tfhd = tfhd or full(b"tfhd", 0xB, words(track), bytes(12), words(default or 0))
    tfdt = b"" if start is None else full(b"tfdt", 0, struct.pack(">Q", start), version=1)
    return box(b"moof", full(b"mfhd", 0, words(1)), box(b"traf", tfhd, tfdt, *runs))


def fragmented(*parts: bytes, mehd: bytes = b"", trex: int = 0, listed: int = 0) -> bytes:
    mvex = box(b"mvex", mehd, full(b"trex", 0, words(9, 1, 99, 0, 0)), full(b"trex", 0, words(1, 1, trex, 0, 0)))
    track = video_track(header=mdhd(SECOND, listed * SECOND), frames=30 * listed)
    return FTYP + box(b"moov", mvhd(), track, mvex) + b"".join(parts)


def seconds(count: int, first: int = 0) -> list[bytes]:
    return [moof((first + n) * SECOND, trun(FRAMES)) + box(b"mdat", bytes(40)) for n in range(count)]


class Reads:
    """A file that counts how often it is read."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.count = 0

    def __call__(self, offset: int, length: int) -> bytes:
        self.count += 1
        return self.content[offset : offset + length]


def measured(content: bytes) -> VideoProbe:
    return probe(Reads(content), len(content))


def test_fragments_are_added_up() -> None:
    found = measured(fragmented(*seconds(7)))
    assert (found.duration_seconds, found.frame_rate) == (7.0, 30.0)


def test_what_the_moov_box_lists_itself_is_not_the_whole() -> None:
    found = measured(fragmented(*seconds(6, first=1), listed=1))
    assert (found.duration_seconds, found.frame_rate) == (7.0, 30.0)


def test_fragments_of_a_live_recording_start_late() -> None:
    assert measured(fragmented(*seconds(7, first=86_400))).duration_seconds == 7.0


def test_fragments_without_times_follow_each_other() -> None:
    parts = [moof(None, trun(FRAMES)) + box(b"mdat") for _ in range(4)]
    assert measured(fragmented(*parts)).duration_seconds == 4.0


@pytest.mark.parametrize(
    ("part", "trex"),
    [
        (moof(0, trun(FRAMES, 0x605)), 20),
        (moof(0, trun(FRAMES, 0x1), default=20), 7),
        (moof(0, trun(FRAMES, 0xF05)), 7),
    ],
)
def test_samples_last_what_the_nearest_box_says(part: bytes, trex: int) -> None:
    found = measured(fragmented(part, trex=trex))
    assert (found.duration_seconds, found.frame_rate) == (1.0, 30.0)


def test_fragments_of_sound_do_not_count() -> None:
    sound = moof(0, trun([40 * SECOND]), track=2) + box(b"mdat")
    assert measured(fragmented(*seconds(2), sound)).duration_seconds == 2.0


def tfra(*offsets: int, track: int = 1, version: int = 0) -> bytes:
    form = ">QQ3B" if version else ">II3B"
    entries = b"".join(struct.pack(form, 0, offset, 1, 1, 1) for offset in offsets)
    return full(b"tfra", 0, words(track, 0, len(offsets)), entries, version=version)


def with_mfra(content: bytes, *tables: bytes) -> bytes:
    inner = b"".join(tables)
    mfro = full(b"mfro", 0, words(8 + len(inner) + 16))
    return content + box(b"mfra", inner, mfro)


@pytest.mark.parametrize("version", [0, 1])
def test_an_index_at_the_end_spares_the_walk(version: int) -> None:
    wide = [moof(n * SECOND, trun(FRAMES)) + box(b"mdat", bytes(100_000)) for n in range(40)]
    content = fragmented(*wide)
    last = len(content) - len(wide[-1])
    source = Reads(with_mfra(content, tfra(5, track=2), tfra(last - len(wide[-2]), last, version=version)))
    assert probe(source, len(source.content)).duration_seconds == 40.0
    assert source.count <= 5


def test_an_index_that_leaves_fragments_out_makes_no_video_shorter() -> None:
    parts = seconds(9)
    content = fragmented(*parts)
    offset = len(content) - sum(map(len, parts[3:]))
    assert measured(with_mfra(content, tfra(offset))).duration_seconds == 9.0


@pytest.mark.parametrize("offset", [0, 2**31, 50])
def test_an_index_that_leads_elsewhere_is_not_followed(offset: int) -> None:
    assert measured(with_mfra(fragmented(*seconds(3)), tfra(offset))).duration_seconds == 3.0


@pytest.mark.parametrize("version", [0, 1])
def test_an_index_at_the_start_spares_the_walk(version: int) -> None:
    wide = [moof(n * SECOND, trun(FRAMES)) + box(b"mdat", bytes(100_000)) for n in range(40)]
    lines = b"".join(words(len(part), SECOND, 0x90000000) for part in wide)
    times = struct.pack(">QQ" if version else ">II", 0, 0)
    sidx = full(b"sidx", 0, words(1, SECOND), times, struct.pack(">HH", 0, len(wide)), lines, version=version)
    source = Reads(fragmented(sidx, *wide))
    assert probe(source, len(source.content)).duration_seconds == 40.0
    assert source.count <= 5


def test_too_many_fragments_without_an_index_are_refused_with_the_remedy() -> None:
    with pytest.raises(AssetError, match="save it as a plain MP4") as caught:
        measured(fragmented(*seconds(MAX_FRAGMENTS + 1)))
    assert caught.value.code is AssetErrorCode.UNSUPPORTED_MEDIA


def test_too_many_fragments_are_as_long_as_the_file_says() -> None:
    mehd = full(b"mehd", 0, words(1_001_000))
    found = measured(fragmented(*seconds(MAX_FRAGMENTS + 1), mehd=mehd))
    assert (found.duration_seconds, found.frame_rate) == (1_001.0, None)


def test_an_initialization_segment_alone_is_refused() -> None:
    with pytest.raises(AssetError, match="no media"):
        measured(fragmented())


def test_a_fragment_that_lies_about_its_samples_is_read_as_far_as_it_goes() -> None:
    lying = trun(FRAMES).replace(words(30, 0), words(2**32 - 1, 0))
    assert measured(fragmented(moof(0, lying))).duration_seconds == 1.0


def test_tracks_are_told_apart_by_number() -> None:
    content = fragmented(*seconds(2)).replace(tkhd(), tkhd(number=2))
    assert measured(content).duration_seconds is None


@pytest.mark.parametrize(("missing", "length"), [(1, 3.0), (40, 3.0), (60, 2.0)])
def test_a_recording_that_was_broken_off_is_as_long_as_what_there_is(missing: int, length: float) -> None:
    assert measured(fragmented(*seconds(3))[:-missing]).duration_seconds == length
