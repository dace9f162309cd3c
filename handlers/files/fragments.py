"""The length of a fragmented MP4 (ISO/IEC 14496-12, 8.8): cameras and browsers write one while they record.

Its moov box holds no sample, or the first ones; ``moof`` boxes all over the file hold the rest. The last one is reached
by an index, where there is one (``mfra`` at the end, ``sidx`` at the start), and from there the file is walked to its
end: an index that leaves something out cannot make a video shorter.
"""

import struct
from dataclasses import dataclass
from typing import Final

from handlers.files.boxes import Box, BoxReader, unreadable

MAX_FRAGMENTS: Final = 1_000  # walked one by one: 17 minutes of fragments of a second
_WINDOWS: Final = 1_200
_BOXES: Final = 40_000

# Flags of tfhd and trun.
_BASE_DATA_OFFSET, _DESCRIPTION_INDEX, _DEFAULT_DURATION = 0x1, 0x2, 0x8
_DATA_OFFSET, _FIRST_FLAGS, _DURATION, _OTHERS = 0x1, 0x4, 0x100, (0x200, 0x400, 0x800)


@dataclass(frozen=True, slots=True)
class Measured:
    """A track's fragments.

    Parameters
    ----------
    units
        From the track's first sample to its end, in its timescale.
    frames, lasting
        Samples of the fragments that were read, and their time in the same units.
    """

    units: int
    frames: int = 0
    lasting: int = 0


class _TooManyError(Exception):
    """More fragments than are walked."""


def measure(source: BoxReader, moov: Box, mvex: Box, track: int, listed: int) -> Measured | None:
    """Measure a track that goes on behind the moov box.

    Parameters
    ----------
    track
        Number of the track.
    listed
        Units of the samples that the moov box lists itself.

    Returns
    -------
    None where the file says its length in ``mehd``, and has too many fragments to walk them.

    Raises
    ------
    AssetError
        There is no fragment, or there are too many, and nothing says the length.
    """
    source.allow(_WINDOWS, _BOXES)
    walk = _Walk(source, track, _default_duration(source, mvex, track), listed)
    try:
        first = walk.next_fragment(moov.end)
        if first is None:
            raise unreadable("it has no media: an MP4's initialization segment alone")
        walk.add(first)
        walk.add_rest(max(first.end, _last_by_index(source, first, track) or 0))
    except _TooManyError:
        if source.find(mvex, b"mehd"):
            return None
        raise unreadable(
            f"it has more than {MAX_FRAGMENTS} fragments and no index: save it as a plain MP4, not as a fragmented one"
        ) from None
    return walk.measured()


class _Walk:
    """Adds up a track's fragments, one after the other."""

    def __init__(self, source: BoxReader, track: int, default: int, listed: int) -> None:
        self._source = source
        self._track = track
        self._default = default
        self._begin = 0 if listed else None  # a live recording's fragments may start at any time
        self._end = listed
        self._left = MAX_FRAGMENTS
        self._frames = self._lasting = 0

    def measured(self) -> Measured:
        return Measured(self._end - (self._begin or 0), self._frames, self._lasting)

    def next_fragment(self, start: int) -> Box | None:
        """The first ``moof`` from there on."""
        return next(
            (box for box in self._source.boxes(start, self._source.size, cut_off=True) if box.kind == b"moof"), None
        )

    def add_rest(self, start: int) -> None:
        """Everything from there on; a fragment without its media was broken off."""
        for box in self._source.boxes(start, self._source.size, cut_off=True):
            if box.kind == b"moof" and box.end < self._source.size:
                self.add(box)

    def add(self, moof: Box) -> None:
        """One fragment.

        Raises
        ------
        _TooManyError
            It is one too many.
        """
        if not self._left:
            raise _TooManyError
        self._left -= 1
        for traf in self._source.children(moof, b"traf"):
            tfhd = self._source.find(traf, b"tfhd")
            if tfhd and self._source.number(tfhd.start + 4, ">I") == self._track:
                self._add_run(traf, self._fragment_default(tfhd))

    def _add_run(self, traf: Box, default: int) -> None:
        source = self._source
        tfdt = source.find(traf, b"tfdt")
        start = self._end
        if tfdt:
            start = source.number(tfdt.start + 4, ">Q" if source.version(tfdt) == 1 else ">I")
        if self._begin is None:
            self._begin = start
        for trun in source.children(traf, b"trun"):
            frames, lasting = _run(source, trun, default)
            self._frames += frames
            self._lasting += lasting
            start += lasting
        self._end = max(self._end, start)

    def _fragment_default(self, tfhd: Box) -> int:
        flags = self._source.flags(tfhd)
        if not flags & _DEFAULT_DURATION:
            return self._default
        skipped = 8 * bool(flags & _BASE_DATA_OFFSET) + 4 * bool(flags & _DESCRIPTION_INDEX)
        return self._source.number(tfhd.start + 8 + skipped, ">I")


def _run(source: BoxReader, trun: Box, default: int) -> tuple[int, int]:
    """Samples of a ``trun``, and the units that they last."""
    flags, count = source.flags(trun), source.number(trun.start + 4, ">I")
    if not flags & _DURATION:
        return count, count * default
    width = 1 + sum(bool(flags & other) for other in _OTHERS)  # words of a sample; its duration is the first
    start = trun.start + 8 + 4 * bool(flags & _DATA_OFFSET) + 4 * bool(flags & _FIRST_FLAGS)
    count = min(count, (trun.end - start) // (4 * width))
    words = struct.unpack(f">{count * width}I", source.bytes_at(start, 4 * count * width))
    return count, sum(words[::width])


def _default_duration(source: BoxReader, mvex: Box, track: int) -> int:
    for trex in source.children(mvex, b"trex"):
        if source.number(trex.start + 4, ">I") == track:
            return source.number(trex.start + 12, ">I")
    return 0


def _last_by_index(source: BoxReader, first: Box, track: int) -> int | None:
    """Offset of the last fragment that an index knows; None without one, or with one that leads elsewhere."""
    for offset in (_last_of_mfra(source, track), _last_of_sidx(source, first)):
        if offset is not None and first.end <= offset <= source.size - 8 and _is_fragment(source, offset):
            return offset
    return None


def _is_fragment(source: BoxReader, offset: int) -> bool:
    return source.bytes_at(offset + 4, 4) in (b"moof", b"styp", b"sidx", b"prft", b"emsg")


def _last_of_mfra(source: BoxReader, track: int) -> int | None:
    """By the random access boxes at the end, whose last 4 bytes are their size."""
    size = source.number(source.size - 4, ">I")
    start = source.size - size
    if not 24 <= size <= source.size or source.bytes_at(start + 4, 4) != b"mfra":
        return None
    for tfra in source.children(Box(b"mfra", start + 8, source.size), b"tfra"):
        number, lengths, count = struct.unpack(">III", source.bytes_at(tfra.start + 4, 12))
        wide = 8 if source.version(tfra) == 1 else 4
        entry = 2 * wide + sum((lengths >> shift & 3) + 1 for shift in (4, 2, 0))
        last = tfra.start + 16 + (count - 1) * entry
        if number == track and count and last + entry <= tfra.end:
            return source.number(last + wide, ">Q" if wide == 8 else ">I")
    return None


def _last_of_sidx(source: BoxReader, first: Box) -> int | None:
    """By the segment index that stands before the first fragment."""
    before = (box for box in source.boxes(0, first.start - 8) if box.kind == b"sidx")
    sidx = next(before, None)
    if sidx is None:
        return None
    wide = ">QQ" if source.version(sidx) == 1 else ">II"
    _, offset = struct.unpack(wide, source.bytes_at(sidx.start + 12, struct.calcsize(wide)))
    entries = sidx.start + 12 + struct.calcsize(wide) + 4
    count = min(source.number(entries - 2, ">H"), (sidx.end - entries) // 12)
    sizes = [word & 0x7FFFFFFF for word in struct.unpack(f">{3 * count}I", source.bytes_at(entries, 12 * count))[::3]]
    return sidx.end + offset + sum(sizes[:-1]) if len(sizes) > 1 else None
