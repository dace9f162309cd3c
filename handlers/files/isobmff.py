"""What a video is like, read from the few boxes of an MP4 or MOV file that say so.

The container is ISO base media (ISO/IEC 14496-12, and its ancestor QuickTime): nested boxes of ``size, type, payload``.
Only box headers and some fixed fields are read, never sample tables or media, through a reader with a hard limit on
requests: a hostile file costs a few ranged GETs, then an error.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Self

from handlers.contract.errors import AssetError, AssetErrorCode

type RangeReader = Callable[[int, int], bytes]
"""``read(offset, length)``: up to ``length`` bytes from ``offset``; fewer only at the end of the file."""

WINDOW_BYTES: Final = 64 * 1024  # one request; the moov box of a phone's clip mostly fits
MAX_WINDOWS: Final = 64
MAX_BOXES: Final = 2048  # a real file has tens at the levels that are walked
MAX_SIDE: Final = 8192  # pixels; MediaConvert's own limit for inputs and outputs

_ROTATIONS: Final = {(0, 1): 90, (-1, 0): 180, (0, -1): 270}  # signs of matrix members a, b


@dataclass(frozen=True, slots=True)
class VideoProbe:
    """The first video track of a file, as a player shows it.

    Parameters
    ----------
    width, height
        Upright, in square pixels: rotation and pixel aspect ratio are applied.
    rotation
        0, 90, 180 or 270 degrees clockwise, as the container asks the player to turn it.
    duration_seconds
        None when the file does not say (fragmented, or cut off while recording).
    frame_rate
        Average frames per second; None when unknown.
    codec
        Four-character code of the sample entry, e.g. ``avc1`` or ``hvc1``.
    """

    width: int
    height: int
    rotation: int
    duration_seconds: float | None
    frame_rate: float | None
    has_sound: bool
    codec: str


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    start: int  # of the payload
    end: int


class _Source:
    """Random access over a `RangeReader` by cached windows, within a budget."""

    def __init__(self, read: RangeReader, size: int) -> None:
        self._read = read
        self.size = size
        self._windows: dict[int, bytes] = {}
        self._boxes = 0

    def bytes_at(self, offset: int, length: int) -> bytes:
        if offset < 0 or offset + length > self.size:
            raise _unreadable("a box reaches beyond the end of the file: the upload was cut off")
        first, last = offset // WINDOW_BYTES, (offset + length - 1) // WINDOW_BYTES
        data = b"".join(self._window(number) for number in range(first, last + 1))
        begin = offset - first * WINDOW_BYTES
        piece = data[begin : begin + length]
        if len(piece) != length:
            raise _unreadable("the file is shorter than its stated size")
        return piece

    def _window(self, number: int) -> bytes:
        if number not in self._windows:
            if len(self._windows) == MAX_WINDOWS:
                raise _unreadable(f"its description is spread over more than {MAX_WINDOWS} places")
            start = number * WINDOW_BYTES
            self._windows[number] = self._read(start, min(WINDOW_BYTES, self.size - start))
        return self._windows[number]

    def number(self, offset: int, form: str) -> int:
        value: int = struct.unpack(form, self.bytes_at(offset, struct.calcsize(form)))[0]
        return value

    def boxes(self, start: int, end: int) -> Iterator[_Box]:
        """Boxes between two offsets; a trailing remainder below 8 bytes is QuickTime's terminator."""
        while start + 8 <= end:
            self._boxes += 1
            if self._boxes > MAX_BOXES:
                raise _unreadable(f"it has more than {MAX_BOXES} boxes")
            box = self._box(start, end)
            yield box
            start = box.end

    def _box(self, start: int, end: int) -> _Box:
        size, kind = struct.unpack(">I4s", self.bytes_at(start, 8))
        header = 8
        if size == 1:
            size, header = self.number(start + 8, ">Q"), 16
        elif size == 0:
            size = end - start  # the last box may run to the end
        if size < header or start + size > end:
            raise _unreadable(f"box {kind.decode('latin-1')!r} has an impossible size")
        return _Box(kind, start + header, start + size)

    def find(self, parent: _Box, *path: bytes) -> _Box | None:
        """The first box at a path below ``parent``."""
        for kind in path:
            child = next((box for box in self.boxes(parent.start, parent.end) if box.kind == kind), None)
            if child is None:
                return None
            parent = child
        return parent


@dataclass(frozen=True, slots=True)
class _Track:
    codec: str
    width: int
    height: int
    rotation: int
    duration: float | None
    frame_rate: float | None

    @classmethod
    def read(cls, source: _Source, trak: _Box, mdia: _Box) -> Self | None:
        """The video track in ``trak``, or None when it has no size."""
        stsd = source.find(mdia, b"minf", b"stbl", b"stsd")
        entry = _sample_entry(source, stsd)
        if stsd is None or entry is None or entry.end - entry.start < 28:
            return None
        width = source.number(entry.start + 24, ">H")
        height = source.number(entry.start + 26, ">H")
        width = round(width * _pixel_aspect(source, entry))
        rotation = _rotation(source, trak)
        if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
            return None
        if rotation in (90, 270):
            width, height = height, width
        duration, rate = _timing(source, mdia)
        return cls(entry.kind.decode("latin-1"), width, height, rotation, duration, rate)


def probe(read: RangeReader, size: int) -> VideoProbe:
    """Describe a video.

    Parameters
    ----------
    read
        Access to the object's bytes; called at most `MAX_WINDOWS` times for `WINDOW_BYTES` each.
    size
        Size of the whole object, in bytes.

    Raises
    ------
    AssetError
        ``UNSUPPORTED_MEDIA`` when this is no MP4 or MOV with a video track, or a broken one.
    """
    source = _Source(read, size)
    moov = next((box for box in source.boxes(0, size) if box.kind == b"moov"), None)
    if moov is None:
        raise _unreadable("it has no moov box: not an MP4 or MOV, or its recording was not finished")
    videos: list[_Track] = []
    has_sound = False
    for trak in (box for box in source.boxes(moov.start, moov.end) if box.kind == b"trak"):
        mdia = source.find(trak, b"mdia")
        handler = source.find(mdia, b"hdlr") if mdia else None
        if mdia is None or handler is None:
            continue
        media = source.bytes_at(handler.start + 8, 4)
        if media == b"soun":
            has_sound = has_sound or _sample_entry(source, source.find(mdia, b"minf", b"stbl", b"stsd")) is not None
        elif media == b"vide" and (track := _Track.read(source, trak, mdia)):
            videos.append(track)
    if not videos:
        raise _unreadable("it has no video track with a usable size")
    # Phones add small video tracks (thumbnails, depth): the video is the largest.
    video = max(videos, key=lambda track: track.width * track.height)
    duration = video.duration or _movie_duration(source, moov)
    return VideoProbe(video.width, video.height, video.rotation, duration, video.frame_rate, has_sound, video.codec)


def _unreadable(reason: str) -> AssetError:
    return AssetError(AssetErrorCode.UNSUPPORTED_MEDIA, f"the video cannot be read: {reason}")


def _sample_entry(source: _Source, stsd: _Box | None) -> _Box | None:
    if stsd is None or source.number(stsd.start + 4, ">I") == 0:
        return None
    return next(source.boxes(stsd.start + 8, stsd.end), None)


def _pixel_aspect(source: _Source, entry: _Box) -> float:
    """Width of a pixel over its height, from the ``pasp`` box behind the 78 fixed bytes of a video's sample entry."""
    extensions = _Box(entry.kind, min(entry.start + 78, entry.end), entry.end)
    pasp = source.find(extensions, b"pasp")
    if pasp is None:
        return 1.0
    across, down = struct.unpack(">II", source.bytes_at(pasp.start, 8))
    return across / down if across and down else 1.0


def _rotation(source: _Source, trak: _Box) -> int:
    """Clockwise turn from the transformation matrix of ``tkhd``; anything but quarter turns counts as none."""
    tkhd = source.find(trak, b"tkhd")
    if tkhd is None:
        return 0
    version = source.bytes_at(tkhd.start, 1)[0]
    matrix = tkhd.start + (52 if version == 1 else 40)
    a, b = struct.unpack(">ii", source.bytes_at(matrix, 8))
    return _ROTATIONS.get((_sign(a), _sign(b)), 0)


def _sign(fixed: int) -> int:
    """Of a 16.16 number, with what is within a degree of zero as zero."""
    return 0 if abs(fixed) < 1144 else (1 if fixed > 0 else -1)


def _time(source: _Source, box: _Box) -> tuple[int, int]:
    """Timescale (units a second) and duration (units) of an ``mvhd`` or ``mdhd`` box."""
    if source.bytes_at(box.start, 1)[0] == 1:
        return source.number(box.start + 20, ">I"), source.number(box.start + 24, ">Q")
    return source.number(box.start + 12, ">I"), source.number(box.start + 16, ">I")


def _seconds(timescale: int, units: int) -> float | None:
    # All ones is "unknown" in both widths (ISO/IEC 14496-12, 8.2.2).
    return units / timescale if timescale and units and units not in (2**32 - 1, 2**64 - 1) else None


def _timing(source: _Source, mdia: _Box) -> tuple[float | None, float | None]:
    """Seconds and average frame rate of a track."""
    mdhd = source.find(mdia, b"mdhd")
    duration = _seconds(*_time(source, mdhd)) if mdhd else None
    stsz = source.find(mdia, b"minf", b"stbl", b"stsz")
    samples = source.number(stsz.start + 8, ">I") if stsz else 0
    return duration, samples / duration if duration and samples else None


def _movie_duration(source: _Source, moov: _Box) -> float | None:
    mvhd = source.find(moov, b"mvhd")
    if mvhd is None:
        return None
    timescale, units = _time(source, mvhd)
    mehd = source.find(moov, b"mvex", b"mehd")  # fragmented files say their length here
    if not units and mehd:
        units = source.number(mehd.start + 4, ">Q" if source.bytes_at(mehd.start, 1)[0] == 1 else ">I")
    return _seconds(timescale, units)
