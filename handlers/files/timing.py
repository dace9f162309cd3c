"""How long a track plays, and at which frame rate: by its header, its edit list, or its fragments."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from handlers.files.boxes import Box, BoxReader
from handlers.files.fragments import measure
from handlers.files.video_track import VideoTrack

_NOTHING: Final = -1  # media time of an edit that shows nothing
_UNKNOWN: Final = (2**32 - 1, 2**64 - 1)  # all ones, in both widths (ISO/IEC 14496-12, 8.2.2)


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds that a track plays, and average frames a second; None where the file does not say."""

    seconds: float | None
    frame_rate: float | None


def timing(source: BoxReader, moov: Box, track: VideoTrack) -> Timing:
    """Measure a track.

    Raises
    ------
    AssetError
        A fragmented file has no fragments, or more of them than are read, and no index.
    """
    mdhd = source.find(track.mdia, b"mdhd")
    timescale, units = _time(source, mdhd) if mdhd else (0, 0)
    mvex = source.find(moov, b"mvex")
    if mvex is not None and timescale:
        return _fragmented(source, moov, mvex, track, (timescale, units))
    media = seconds(timescale, units)
    rate = track.samples / media if media and track.samples else None
    mvhd = source.find(moov, b"mvhd")
    movie = _time(source, mvhd) if mvhd else (0, 0)
    return Timing(_edited(source, track, movie[0], media) or media or seconds(*movie), rate)


def _fragmented(source: BoxReader, moov: Box, mvex: Box, track: VideoTrack, own: tuple[int, int]) -> Timing:
    timescale, units = own
    known = units if track.samples else 0  # what moov itself lists comes before the fragments
    found = measure(source, moov, mvex, track.number, known)
    if found is None:
        return Timing(_announced(source, moov, mvex), None)
    frames, lasting = found.frames + track.samples, found.lasting + known
    return Timing(seconds(timescale, found.units), frames * timescale / lasting if lasting and frames else None)


def _announced(source: BoxReader, moov: Box, mvex: Box) -> float | None:
    """Length with all fragments, as ``mehd`` says."""
    mvhd, mehd = source.find(moov, b"mvhd"), source.find(mvex, b"mehd")
    if mvhd is None or mehd is None:
        return None
    units = source.number(mehd.start + 4, ">Q" if source.version(mehd) == 1 else ">I")
    return seconds(_time(source, mvhd)[0], units)


def _edited(source: BoxReader, track: VideoTrack, timescale: int, media: float | None) -> float | None:
    """Seconds that the edit list lets play; None without one. What shows nothing does not count."""
    elst = source.find(track.trak, b"edts", b"elst")
    if elst is None or not timescale:
        return None
    edits = [(units / timescale, start) for units, start in _edits(source, elst) if start != _NOTHING]
    if not edits or media is None:
        return sum(length for length, _ in edits) or None
    if len(edits) == 1:  # to the end of the media, where it says 0 or more than there is
        return min(edits[0][0] or media, media)
    return sum(length for length, _ in edits) or None


def _edits(source: BoxReader, elst: Box) -> Iterator[tuple[int, int]]:
    """Length in the movie's units, and start in the media's, of each edit."""
    form = struct.Struct(">QqI" if source.version(elst) == 1 else ">IiI")
    count = min(source.number(elst.start + 4, ">I"), (elst.end - elst.start - 8) // form.size)
    data = source.bytes_at(elst.start + 8, count * form.size)
    for length, start, _ in form.iter_unpack(data):
        yield length, start


def _time(source: BoxReader, box: Box) -> tuple[int, int]:
    """Timescale (units a second) and duration (units) of an ``mvhd`` or ``mdhd`` box."""
    if source.version(box) == 1:
        return source.number(box.start + 20, ">I"), source.number(box.start + 24, ">Q")
    return source.number(box.start + 12, ">I"), source.number(box.start + 16, ">I")


def seconds(timescale: int, units: int) -> float | None:
    """Units as seconds; None when either says nothing."""
    return units / timescale if timescale and units and units not in _UNKNOWN else None
