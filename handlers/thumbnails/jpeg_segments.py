"""A JPEG taken apart by its markers, and put together again without what is private. No pixel is decoded.

ITU-T T.81 (JPEG), annex B, gives the marker syntax; T.871 the JFIF segment; ICC.1:2022, annex B.4, profiles in APP2;
Adobe Technical Note 5116, section 18, the Adobe segment. Only what is needed to show the photo is kept: a list of
known private blocks would miss those that cameras will invent next.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.thumbnails import exif, limits
from handlers.thumbnails.icc import adobe_rgb_profile, usable_profile
from handlers.thumbnails.photo_sphere import PREFIX as XMP
from handlers.thumbnails.photo_sphere import PhotoSphere
from handlers.thumbnails.scan_coverage import ScanCoverage

_SOI, _EOI, _SOS, _DRI, _TEM = 0xD8, 0xD9, 0xDA, 0xDD, 0x01
_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
_SOF: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SOF_DECODABLE: Final = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})  # sequential and progressive, Huffman and arithmetic
_SOF_PROGRESSIVE: Final = frozenset({0xC2, 0xCA})
_SOF_ARITHMETIC: Final = frozenset({0xC9, 0xCA})
_TABLES: Final = frozenset({0xC4, 0xCC, 0xDB, 0xDC, 0xDD})  # DHT, DAC, DQT, DNL, DRI
_NO_LENGTH: Final = frozenset({0x00, _TEM, *range(0xD0, 0xD8)})  # stray stuffing, TEM and restart markers
_APPLICATION: Final = frozenset({*range(0xE0, 0xF0), 0xFE})  # APPn and comments
_MAX_SEGMENTS: Final = 4096  # the richest camera files have some hundred; more would only cost time

_JFIF, _ADOBE, _ICC = b"JFIF\x00", b"Adobe", b"ICC_PROFILE\x00"
_ICC_CHUNK: Final = 65_519  # bytes of profile beside the name and the numbers in one segment
_COLOUR_SPACES: Final = {1: b"GRAY", 3: b"RGB ", 4: b"CMYK"}
# Within a scan, FF 00 is the data byte FF, and FF FF padding before a marker; FF D0 to FF D7 are restart markers where
# there is a restart interval, and end the data for decoders where there is none.
_MARKER_AFTER_SCAN: Final = re.compile(rb"\xff[^\x00\xff]")
_MARKER_BUT_RESTART: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame header (SOFn): what the decoder will have to do.

    Parameters
    ----------
    width, height
        Stored pixels, before orientation.
    components
        (identifier, horizontal, vertical sampling factor) of each.
    """

    marker: int
    width: int
    height: int
    components: tuple[tuple[int, int, int], ...]

    @property
    def samples_per_pixel(self) -> float:
        """Stored samples for each pixel: 1.5 with 4:2:0, 3 with 4:4:4."""
        widest = max(horizontal for _, horizontal, _ in self.components)
        highest = max(vertical for _, _, vertical in self.components)
        return sum(horizontal * vertical for _, horizontal, vertical in self.components) / (widest * highest)


@dataclass(frozen=True, slots=True)
class Coded:
    """Entropy-coded data of one scan: the index of its part in `JpegFile.body`, and MCUs between restart markers."""

    part: int
    restart_interval: int


@dataclass(slots=True)
class JpegFile:
    """The parts of a JPEG that show the photo, as `parse` finds them.

    Parameters
    ----------
    facts
        From the first EXIF block.
    profile
        ICC profile of the file, or one made from what EXIF says; None for sRGB.
    jfif, adobe
        Payloads of these two segments: decoders guess the colour model by them.
    body
        Slices of the file, in order: tables, frame and scans.
    coded
        Which of these are entropy-coded data, and no header.
    sphere
        How a 360° photo is to be shown; None for a flat one, and for one that does not stand upright as it is stored.
    """

    frame: Frame
    scans: int
    facts: exif.ExifFacts
    profile: bytes | None
    jfif: bytes | None
    adobe: bytes | None
    body: list[memoryview]
    coded: list[Coded]
    sphere: PhotoSphere | None

    @property
    def arithmetic(self) -> bool:
        """Whether the scans are coded arithmetically: such a decoder cannot wait for data, and no browser has one."""
        return self.frame.marker in _SOF_ARITHMETIC

    @property
    def buffered(self) -> bool:
        """Whether a decoder must keep all coefficients until the last scan."""
        return self.frame.marker in _SOF_PROGRESSIVE or self.scans > 1

    @property
    def adobe_transform(self) -> int | None:
        """0 (RGB or CMYK), 1 (YCbCr), 2 (YCCK); None without an Adobe segment."""
        return self.adobe[11] if self.adobe else None

    @property
    def is_ycbcr(self) -> bool:
        """Whether the three components are luma and chroma, by libjpeg's rules (``default_decompress_parms``)."""
        identifiers = tuple(identifier for identifier, _, _ in self.frame.components)
        if len(identifiers) != 3 or self.jfif:
            return len(identifiers) == 3
        if self.adobe_transform is not None:
            return self.adobe_transform != 0
        return identifiers != (0x52, 0x47, 0x42)  # the letters R, G, B

    def cleaned(self) -> bytes:
        """The same photo, bit for bit, without private metadata and without anything behind its end.

        Kept: tables, frame, scans, ICC profile, JFIF without its thumbnail, Adobe segment, orientation, and the
        projection of a 360° photo, written anew.
        """
        return b"".join(self.parts())

    def cut(self, ends: dict[int, int]) -> None:
        """Leave out what stands behind scans: ``ends`` has how many bytes of a part of the body are scan."""
        for part, end in ends.items():
            self.body[part] = self.body[part][:end]

    def parts(self) -> list[bytes | memoryview]:
        """`cleaned` in pieces, most of them slices of the file: for a writer or decoder that needs no copy."""
        return [*self.head(), *self.body, bytes((0xFF, _EOI))]

    def head(self) -> Iterator[bytes]:
        """What is made anew of the segments before the tables."""
        yield bytes((0xFF, _SOI))
        if self.jfif:
            yield _segment(_APP0, self.jfif)
        if self.facts.orientation != 1:
            yield _segment(_APP1, exif.orientation_only(self.facts.orientation))
        if self.sphere:
            yield _segment(_APP1, XMP + self.sphere.packet())
        if self.profile:
            starts = range(0, len(self.profile), _ICC_CHUNK)
            for number, start in enumerate(starts, 1):
                yield _segment(_APP2, _ICC + bytes((number, len(starts))) + self.profile[start : start + _ICC_CHUNK])
        if self.adobe:
            yield _segment(_APP14, self.adobe)


@dataclass(slots=True)
class _Reader:
    """The walk over a file's markers, and what it has gathered so far."""

    data: bytes
    frame: Frame | None = None
    scans: int = 0
    exif_block: bytes | None = None
    xmp: bytes | None = None
    jfif: bytes | None = None
    adobe: bytes | None = None
    icc_chunks: dict[int, bytes] = field(default_factory=dict)
    icc_count: int = 0
    kept: list[tuple[int, int]] = field(default_factory=list)
    coded: list[Coded] = field(default_factory=list)
    restart_interval: int = 0
    ended: bool = False
    coverage: ScanCoverage | None = None

    def walk(self) -> None:
        """Read marker after marker up to the end of the image; what no scan follows is no part of it."""
        try:
            self._walk()
        except AssetError as error:
            # Some cameras write no EOI, and a trailer in its place: nothing of the photo is missing for it.
            if error.code is AssetErrorCode.IMAGE_TOO_LARGE or not (self.coverage and self.coverage.complete):
                raise
        if self.coded:
            del self.kept[self.coded[-1].part + 1 :]

    def _walk(self) -> None:
        position = 2
        for _ in range(_MAX_SEGMENTS):
            start, marker, after = self._next_marker(position)
            if marker == _EOI:
                self.ended = True
                return
            if marker in _NO_LENGTH:
                position = after
                continue
            end = self._segment_end(after)
            self._take(marker, start, after + 2, end)
            position = self._scan_end(end) if marker == _SOS else end
            if self.coverage and self.coverage.final:
                self.ended = self.data[position : position + 2] == bytes((0xFF, _EOI))
                return
        raise _corrupt(f"more than {_MAX_SEGMENTS:,} segments")

    def _next_marker(self, position: int) -> tuple[int, int, int]:
        """Start of the next marker, its code, and the offset behind it; what stands before it is skipped."""
        data = self.data
        start = data.find(b"\xff", position)
        after = start + 1
        while start >= 0 and after < len(data) and data[after] == 0xFF:
            after += 1
        if start < 0 or after >= len(data):
            raise _corrupt("the file ends before the photo does")
        return after - 1, data[after], after + 1

    def _segment_end(self, at: int) -> int:
        length = int.from_bytes(self.data[at : at + 2])
        if at + max(length, 2) > len(self.data):
            raise _corrupt("the file ends within a segment")
        if length < 2:
            raise _corrupt(f"a segment of {length} bytes")
        return at + length

    def _take(self, marker: int, start: int, payload: int, end: int) -> None:
        """Keep a segment, read it, or leave it out."""
        if marker == _SOS:
            self._read_scan(self.data[payload:end])
            self._keep(start, end)
        elif marker in _TABLES:
            if marker == _DRI:
                self.restart_interval = int.from_bytes(self.data[payload : payload + 2])
            self._keep(start, end)
        elif marker in _SOF:
            self._read_frame(marker, self.data[payload:end])
            self._keep(start, end)
        elif marker in _APPLICATION:
            if not self.scans:  # decoders have made up their minds at the first scan
                self._read_application(marker, self.data[payload:end])
        elif marker == _SOI or marker < 0xC0:
            raise _corrupt(f"marker {marker:02X} where none can be")
        else:
            raise _unsupported(f"JPEG extension {marker:02X}")

    def _keep(self, start: int, end: int) -> None:
        after_scan = bool(self.coded) and self.coded[-1].part == len(self.kept) - 1
        if self.kept and self.kept[-1][1] == start and not after_scan:
            self.kept[-1] = (self.kept[-1][0], end)
        else:
            self.kept.append((start, end))

    def _scan_end(self, start: int) -> int:
        """Keep the entropy-coded data, with whatever stands behind it, and return the offset of the next marker."""
        assert self.frame is not None  # noqa: S101 - the scan's header was held to it
        self.scans += 1
        pixels = self.frame.width * self.frame.height
        if self.scans > limits.MAX_SCANS or self.scans * pixels > limits.MAX_SCANNED_PIXELS:
            raise AssetError(AssetErrorCode.IMAGE_TOO_LARGE, f"JPEG of more than {self.scans - 1} scans")
        found = (_MARKER_BUT_RESTART if self.restart_interval else _MARKER_AFTER_SCAN).search(self.data, start)
        end = found.start() if found else len(self.data)
        self.coded.append(Coded(len(self.kept), self.restart_interval))
        self.kept.append((start, end))
        return end

    def _read_scan(self, payload: bytes) -> None:
        if self.frame is None or self.coverage is None:
            raise _corrupt("a scan before the frame header")
        if not self.coverage.add(payload):
            raise _corrupt("a scan header that does not fit the frame")

    def _read_frame(self, marker: int, payload: bytes) -> None:
        if self.frame:
            raise _corrupt("a second frame header")
        if marker not in _SOF_DECODABLE:
            raise _unsupported(f"JPEG process {marker:02X} (lossless or hierarchical)")
        if len(payload) < 6 or len(payload) != 6 + 3 * payload[5]:
            raise _corrupt("a frame header of the wrong length")
        precision, height, width, count = struct.unpack_from(">BHHB", payload)
        if precision != 8 or count not in _COLOUR_SPACES:
            raise _unsupported(f"JPEG of {count} components with {precision} bits each")
        limits.check_sides(width, height)
        components = tuple(
            (payload[at], payload[at + 1] >> 4, payload[at + 1] & 15) for at in range(6, len(payload), 3)
        )
        if not all(1 <= factor <= 4 for _, *factors in components for factor in factors):
            raise _corrupt("sampling factors outside 1 to 4")
        self.frame = Frame(marker, width, height, components)
        identifiers = [identifier for identifier, _, _ in components]
        self.coverage = ScanCoverage(identifiers, progressive=marker in _SOF_PROGRESSIVE)

    def _read_application(self, marker: int, payload: bytes) -> None:
        if marker == _APP0 and payload.startswith(_JFIF) and len(payload) >= 14:
            self.jfif = payload[:12] + bytes(2)  # no thumbnail
        elif marker == _APP1 and payload.startswith(exif.PREFIX):
            self.exif_block = self.exif_block or payload[len(exif.PREFIX) :]
        elif marker == _APP1 and payload.startswith(XMP):
            self.xmp = self.xmp or payload[len(XMP) :]
        elif marker == _APP2 and payload.startswith(_ICC) and len(payload) > 14:
            self.icc_chunks.setdefault(payload[12], payload[14:])
            self.icc_count = payload[13]
        elif marker == _APP14 and payload.startswith(_ADOBE) and len(payload) >= 12:
            self.adobe = payload[:12]

    def profile(self, facts: exif.ExifFacts) -> bytes | None:
        """The embedded profile when it is whole and fits the pixels, else what the camera's EXIF stands for."""
        components = len(self.frame.components) if self.frame else 0
        if self.icc_chunks and sorted(self.icc_chunks) == list(range(1, self.icc_count + 1)):
            embedded = b"".join(self.icc_chunks[number] for number in sorted(self.icc_chunks))
            return usable_profile(embedded, _COLOUR_SPACES[components])
        return adobe_rgb_profile() if facts.adobe_rgb and components == 3 else None

    def sphere(self, facts: exif.ExifFacts) -> PhotoSphere | None:
        """The projection of a 360° photo; a turned one has none, since the numbers would be of other sides."""
        if self.frame is None or self.xmp is None or facts.orientation != 1:
            return None
        return PhotoSphere.read(self.xmp, (self.frame.width, self.frame.height))


def parse(data: bytes) -> JpegFile:
    """Take a JPEG apart.

    Parameters
    ----------
    data
        The whole file.

    Raises
    ------
    AssetError
        ``IMAGE_CORRUPT`` when its structure is broken or it is cut off, ``IMAGE_TOO_LARGE`` beyond `limits`,
        ``UNSUPPORTED_MEDIA`` for processes that browsers and libjpeg do not decode.
    """
    if data[:2] != bytes((0xFF, _SOI)):
        raise _corrupt("not the start of a JPEG")
    reader = _Reader(data)
    reader.walk()
    if reader.frame is None or not reader.scans:
        raise _corrupt("a JPEG without an image")
    if reader.frame.marker in _SOF_ARITHMETIC and not reader.ended:
        raise _corrupt("arithmetic coding without an end")
    facts = exif.read(reader.exif_block or b"")
    view = memoryview(data)
    return JpegFile(
        frame=reader.frame,
        scans=reader.scans,
        facts=facts,
        profile=reader.profile(facts),
        jfif=reader.jfif,
        adobe=reader.adobe,
        body=[view[start:end] for start, end in reader.kept],
        coded=reader.coded,
        sphere=reader.sphere(facts),
    )


def _segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def _corrupt(what: str) -> AssetError:
    return AssetError(AssetErrorCode.IMAGE_CORRUPT, f"damaged JPEG: {what}")


def _unsupported(what: str) -> AssetError:
    return AssetError(AssetErrorCode.UNSUPPORTED_MEDIA, f"{what} is not supported; export it as a common JPEG")
