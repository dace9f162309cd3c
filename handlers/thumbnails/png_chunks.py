"""A PNG taken apart by its chunks, so that the decoder sees pixels alone. No pixel is decoded here.

Portable Network Graphics (PNG) Specification, third edition (W3C): section 5 for the layout of a file, 11.2 for the
chunks that pixels need, 11.3 for those around them. A wrong checksum is damage where it is the pixels'; text, times,
sizes on paper and the control of an animation may be as broken as they like, since nobody reads them.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.thumbnails import exif, limits
from handlers.thumbnails.colour_numbers import ColourNumbers

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_OVERHEAD: Final = 12  # bytes of length, type and checksum
_MAX_CHUNKS: Final = 262_144  # the largest file that is taken, in pieces of a KiB
_MAX_PROFILE: Final = 4 * limits.MIB  # once inflated; see `icc`
_GREY, _RGB, _PALETTE = 0, 2, 3  # colour types that may have a transparent colour
_HEADER_BYTES: Final = 13
_RGB_IN_FULL_RANGE: Final = b"\0\x01"  # H.273: the identity matrix, and the flag of the range
# Read when they are whole and stand where they count, each with its exact length (None: any).
_BEFORE_PIXELS: Final = {b"tRNS": None, b"cICP": 4, b"iCCP": None, b"sRGB": 1, b"gAMA": 4, b"cHRM": 32}
_ANYWHERE: Final = {b"eXIf": None}
_GAMMA_UNIT: Final = 100_000  # 11.3.2.2: whole numbers stand for their part of this


@dataclass(slots=True)
class PngFile:
    """The parts of a PNG that show the photo, as `parse` finds them.

    Parameters
    ----------
    header
        Content of IHDR.
    palette
        Content of PLTE; only suggested colours when the pixels are no indexes.
    pixels
        All IDAT chunks, as one slice of the file.
    around
        Content of each whole chunk of `_BEFORE_PIXELS` and `_ANYWHERE`; of several the first.
    """

    header: bytes
    palette: bytes = b""
    pixels: memoryview = field(default_factory=lambda: memoryview(b""))
    around: dict[bytes, bytes] = field(default_factory=dict)

    @property
    def depth(self) -> int:
        """Bits of a sample."""
        return self.header[8]

    @property
    def colour_type(self) -> int:
        """0 grey, 2 RGB, 3 palette, 4 and 6 the first two with alpha (11.2.1)."""
        return self.header[9]

    @property
    def deep_key(self) -> tuple[int, ...]:
        """The transparent colour of RGB with 16 bits, which the decoder cannot compare; empty without one."""
        deep = self.colour_type == _RGB and self.depth == 16
        return self._key() if deep else ()

    def parts(self) -> list[bytes | memoryview]:
        """The same pixels as a file with nothing beside them, most of it a slice of the upload."""
        head = SIGNATURE + _written(b"IHDR", self.header)
        if self.colour_type == _PALETTE:
            head += _written(b"PLTE", self.palette)
            alphas = self.around.get(b"tRNS", b"")
            if 0 < len(alphas) <= len(self.palette) // 3:
                head += _written(b"tRNS", alphas)
        elif self._key() and not self.deep_key:
            head += _written(b"tRNS", struct.pack(f">{len(self._key())}H", *self._key()))
        return [head, self.pixels, _written(b"IEND", b"")]

    def _key(self) -> tuple[int, ...]:
        """The transparent colour as the decoder's samples have it: grey of 2 and 4 bits is widened to 8 (11.3.1.1)."""
        content = self.around.get(b"tRNS", b"")
        if {_GREY: 2, _RGB: 6}.get(self.colour_type) != len(content):
            return ()
        scale = {2: 85, 4: 17}.get(self.depth, 1)
        samples = struct.unpack(f">{len(content) // 2}H", content)
        return tuple((sample & (1 << self.depth) - 1) * scale for sample in samples)

    def _numbers(self) -> dict[str, int]:
        """What cICP says, if it is known; samples that do not use their whole range are not (11.3.2.6)."""
        content = self.around.get(b"cICP", b"\0\0\0\0")
        known = ColourNumbers(content[0], content[1]).are_known and content[2:] == _RGB_IN_FULL_RANGE
        return {"color_primaries": content[0], "transfer_characteristics": content[1]} if known else {}

    def info(self) -> dict[str, Any]:
        """What is known of the pixels' colours and orientation, by the names that Pillow's other decoders use.

        Colours by the first of cICP, iCCP, sRGB, and gAMA with cHRM that can be read (4.3, table of priorities).
        """
        known: dict[str, Any] = {}
        if b"eXIf" in self.around:
            known["exif"] = exif.PREFIX + self.around[b"eXIf"]
        numbers = self._numbers()
        profile = _inflated(self.around.get(b"iCCP", b""))
        if numbers:
            known["nclx_profile"] = numbers
        elif profile:
            known["icc_profile"] = profile
        elif b"sRGB" not in self.around:
            if b"gAMA" in self.around:
                known["gamma"] = int.from_bytes(self.around[b"gAMA"]) / _GAMMA_UNIT
            if b"cHRM" in self.around:
                points = struct.unpack(">8I", self.around[b"cHRM"])
                known["chromaticity"] = tuple(point / _GAMMA_UNIT for point in points)
        return known


def parse(data: bytes) -> PngFile:
    """Take a PNG apart.

    Parameters
    ----------
    data
        The whole file.

    Raises
    ------
    AssetError
        ``IMAGE_CORRUPT`` when it is cut off before its last pixel, or what pixels need is damaged;
        ``UNSUPPORTED_MEDIA`` for a critical chunk of somebody's own.
    """
    file: PngFile | None = None
    first = last = 0  # where the pixels begin and end
    for chunk in _chunks(data):
        more_pixels = chunk.kind == b"IDAT" and last in {0, chunk.start}
        if chunk.kind == b"IEND" or (last and not more_pixels and (chunk.is_critical or chunk.cut_off)):
            break  # what follows the pixels is not needed, their end neither
        if chunk.cut_off:
            raise _corrupt("the file ends before the photo does")
        if chunk.kind == b"IDAT":
            chunk.check()
            first, last = first or chunk.start, chunk.end
        else:
            file = _taken(file, chunk, after_pixels=bool(last))
    if file is None or not last:
        raise _corrupt("a PNG without an image")
    file.pixels = memoryview(data)[first:last]
    return file


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A chunk from `start` to before `end`, as its length says."""

    data: bytes
    start: int
    end: int

    @property
    def kind(self) -> bytes:
        return self.data[self.start + 4 : self.start + 8]

    @property
    def content(self) -> bytes:
        return self.data[self.start + 8 : self.end - 4]

    @property
    def is_critical(self) -> bool:
        """Whether a decoder may not pass it over: its type begins with a capital (5.4)."""
        return not self.kind[:1].islower()

    @property
    def cut_off(self) -> bool:
        return self.end > len(self.data)

    @property
    def is_whole(self) -> bool:
        right = zlib.crc32(memoryview(self.data)[self.start + 4 : self.end - 4])
        return not self.cut_off and right == int.from_bytes(self.data[self.end - 4 : self.end])

    def check(self) -> None:
        """Refuse the file when this chunk, which pixels need, is damaged."""
        if not self.is_whole:
            raise _corrupt(f"the checksum of its chunk {self.kind.decode('latin-1')!r} is wrong")


def _chunks(data: bytes) -> Iterator[_Chunk]:
    position = len(SIGNATURE)
    for _ in range(_MAX_CHUNKS):
        if position >= len(data):
            return
        chunk = _Chunk(data, position, position + _OVERHEAD + int.from_bytes(data[position : position + 4]))
        yield chunk
        position = chunk.end
    raise _corrupt(f"more than {_MAX_CHUNKS:,} chunks")


def _taken(file: PngFile | None, chunk: _Chunk, *, after_pixels: bool) -> PngFile | None:
    """Keep a chunk, read it, or leave it out."""
    kind = chunk.kind
    if chunk.is_critical:
        chunk.check()
    if kind == b"IHDR":
        if file or len(chunk.content) != _HEADER_BYTES:
            raise _corrupt("its header is not what a header can be")
        return PngFile(chunk.content)
    if kind == b"PLTE":
        if file:
            file.palette = file.palette or chunk.content
    elif chunk.is_critical:
        raise AssetError(
            AssetErrorCode.UNSUPPORTED_MEDIA,
            f"PNG with an extension of its own, {kind.decode('latin-1')!r}; export it as a common PNG",
        )
    known = _ANYWHERE if after_pixels else _BEFORE_PIXELS | _ANYWHERE
    if file and kind in known and kind not in file.around:
        length = known[kind]
        if length in {None, len(chunk.content)} and chunk.is_whole:
            file.around[kind] = chunk.content
    return file


def _inflated(content: bytes) -> bytes | None:
    """The profile in an iCCP chunk: a name, the method of compression, and what is compressed (11.3.2.3)."""
    _, _, rest = content.partition(b"\0")
    if rest[:1] != b"\0":
        return None
    try:
        return zlib.decompressobj().decompress(rest[1:], _MAX_PROFILE) or None
    except zlib.error:
        return None


def _written(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _corrupt(what: str) -> AssetError:
    return AssetError(AssetErrorCode.IMAGE_CORRUPT, f"damaged PNG: {what}")
