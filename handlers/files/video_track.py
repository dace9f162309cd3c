"""How a video track is shown: size, rotation, codec, and whether it is the video at all."""

import struct
from dataclasses import dataclass
from typing import Final, Self

from handlers.files.boxes import Box, BoxReader

MAX_SIDE: Final = 8192  # pixels; MediaConvert's own limit for inputs and outputs

_ROTATIONS: Final = {(0, 1): 90, (-1, 0): 180, (0, -1): 270}  # signs of matrix members a, b
_ENABLED: Final = 1  # flag of tkhd
_PICTURES: Final = {b"jpeg", b"mjpa", b"mjpb", b"png ", b"MPNG", b"tiff", b"gif "}
_FIXED_ENTRY_BYTES: Final = 78  # of a video's sample entry, before its boxes

type Matrix = tuple[float, float, float, float]
"""Members a, b, c, d of a transformation matrix."""


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """A video track with a usable size, and where its boxes are.

    Parameters
    ----------
    width, height
        Upright, in square pixels.
    rotation
        0, 90, 180 or 270 degrees clockwise.
    codec
        Four-character code of the sample entry.
    samples
        That the moov box lists; a fragmented file has more.
    """

    trak: Box
    mdia: Box
    entry: Box
    number: int
    enabled: bool
    codec: str
    width: int
    height: int
    rotation: int
    samples: int

    @classmethod
    def read(cls, source: BoxReader, trak: Box, mdia: Box, movie: Matrix) -> Self | None:
        """The video track in ``trak``, or None when it has no size.

        Parameters
        ----------
        movie
            The movie's own transformation, which comes after the track's.
        """
        entry = sample_entry(source, source.find(mdia, b"minf", b"stbl", b"stsd"))
        if entry is None or entry.end - entry.start < 28:
            return None
        header = _Header.read(source, source.find(trak, b"tkhd"))
        width, height = struct.unpack(">HH", source.bytes_at(entry.start + 24, 4))
        if not (width and height):
            return None
        width = round(width * _pixel_aspect(source, entry, header, width, height))
        rotation = _rotation(header.matrix, movie)
        if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
            return None
        if rotation in (90, 270):
            width, height = height, width
        codec = entry.kind.decode("latin-1")
        samples = _samples(source, mdia)
        return cls(trak, mdia, entry, header.number, header.enabled, codec, width, height, rotation, samples)

    @property
    def picture(self) -> bool:
        """Whether it is one picture, such as a cover."""
        return self.entry.kind in _PICTURES and self.samples <= 1


@dataclass(frozen=True, slots=True)
class _Header:
    """What ``tkhd`` says; `width` and `height` are those that the track wants to be shown in, or 0."""

    number: int = 0
    enabled: bool = True
    matrix: Matrix = (1, 0, 0, 1)
    width: float = 0
    height: float = 0

    @classmethod
    def read(cls, source: BoxReader, tkhd: Box | None) -> Self:
        if tkhd is None:
            return cls()
        longer = source.version(tkhd) == 1
        matrix = tkhd.start + (52 if longer else 40)
        width, height = struct.unpack(">II", source.bytes_at(matrix + 36, 8))
        return cls(
            number=source.number(tkhd.start + (20 if longer else 12), ">I"),
            enabled=bool(source.flags(tkhd) & _ENABLED),
            matrix=_matrix(source, matrix),
            width=width / 65_536,
            height=height / 65_536,
        )


def sample_entry(source: BoxReader, stsd: Box | None) -> Box | None:
    """The first description of a track's samples."""
    if stsd is None or source.number(stsd.start + 4, ">I") == 0:
        return None
    return next(source.boxes(stsd.start + 8, stsd.end), None)


def extensions(entry: Box) -> Box:
    """The part of a video's sample entry that holds boxes."""
    return Box(entry.kind, min(entry.start + _FIXED_ENTRY_BYTES, entry.end), entry.end)


def movie_matrix(source: BoxReader, moov: Box) -> Matrix:
    """Transformation of the whole movie."""
    mvhd = source.find(moov, b"mvhd")
    at = 0 if mvhd is None else mvhd.start + (48 if source.version(mvhd) == 1 else 36)
    if mvhd is None or at + 36 > mvhd.end:
        return (1, 0, 0, 1)
    matrix = _matrix(source, at)
    return matrix if any(matrix) else (1, 0, 0, 1)


def chapter_tracks(source: BoxReader, trak: Box) -> set[int]:
    """Numbers of the tracks that hold the chapters of this one."""
    chap = source.find(trak, b"tref", b"chap")
    if chap is None:
        return set()
    data = source.bytes_at(chap.start, (chap.end - chap.start) // 4 * 4)
    return {number for (number,) in struct.iter_unpack(">I", data)}


def _pixel_aspect(source: BoxReader, entry: Box, header: _Header, width: int, height: int) -> float:
    """Width of a pixel over its height: of the ``pasp`` box, else what brings the coded size to that of ``tkhd``."""
    pasp = source.find(extensions(entry), b"pasp")
    if pasp is not None:
        across, down = struct.unpack(">II", source.bytes_at(pasp.start, 8))
        return across / down if across and down else 1.0
    if header.width >= 1 and header.height >= 1:
        return (header.width / header.height) / (width / height)
    return 1.0


def _matrix(source: BoxReader, offset: int) -> Matrix:
    a, b, _, c, d = struct.unpack(">5i", source.bytes_at(offset, 20))
    return (a / 65_536, b / 65_536, c / 65_536, d / 65_536)


def _rotation(track: Matrix, movie: Matrix) -> int:
    """Clockwise turn by the track's matrix, then the movie's; anything but quarter turns counts as none."""
    a = track[0] * movie[0] + track[1] * movie[2]
    b = track[0] * movie[1] + track[1] * movie[3]
    return _ROTATIONS.get((_sign(a), _sign(b)), 0)


def _sign(member: float) -> int:
    """With what is within a degree of zero as zero."""
    return 0 if abs(member) < 0.01746 else (1 if member > 0 else -1)


def _samples(source: BoxReader, mdia: Box) -> int:
    stsz = source.find(mdia, b"minf", b"stbl", b"stsz") or source.find(mdia, b"minf", b"stbl", b"stz2")
    return source.number(stsz.start + 8, ">I") if stsz else 0
