"""A JPEG taken apart by its markers, so that it can be put together without what is private. No pixel is decoded.

Only what is needed to show the photo is kept: a list of known private blocks would miss those that cameras will invent
next.
"""

import re
import struct
from dataclasses import dataclass, field
from typing import Final

from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.thumbnails import exif, limits
from handlers.thumbnails.icc import adobe_rgb_profile, usable_profile
from handlers.thumbnails.jpeg_file import (
    APP0,
    APP1,
    APP2,
    APP14,
    EOI,
    ICC,
    SOF_ARITHMETIC,
    SOF_PROGRESSIVE,
    SOI,
    Coded,
    Frame,
    JpegFile,
)
from handlers.thumbnails.photo_sphere import PREFIX as XMP
from handlers.thumbnails.photo_sphere import PhotoSphere
from handlers.thumbnails.scan_coverage import ScanCoverage

_SOS, _DRI, _TEM = 0xDA, 0xDD, 0x01
_SOF: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SOF_DECODABLE: Final = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})  # sequential and progressive, Huffman and arithmetic
_TABLES: Final = frozenset({0xC4, 0xCC, 0xDB, 0xDC, 0xDD})  # DHT, DAC, DQT, DNL, DRI
_NO_LENGTH: Final = frozenset({0x00, _TEM, *range(0xD0, 0xD8)})  # stray stuffing, TEM and restart markers
_APPLICATION: Final = frozenset({*range(0xE0, 0xF0), 0xFE})  # APPn and comments
_MAX_SEGMENTS: Final = 4096  # the richest camera files have some hundred; more would only cost time

_JFIF, _ADOBE = b"JFIF\x00", b"Adobe"
_COLOUR_SPACES: Final = {1: b"GRAY", 3: b"RGB ", 4: b"CMYK"}
# Within a scan, FF 00 is the data byte FF, and FF FF padding before a marker; FF D0 to FF D7 are restart markers where
# there is a restart interval, and end the data for decoders where there is none.
_MARKER_AFTER_SCAN: Final = re.compile(rb"\xff[^\x00\xff]")
_MARKER_BUT_RESTART: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


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
            if marker == EOI:
                self.ended = True
                return
            if marker in _NO_LENGTH:
                position = after
                continue
            end = self._segment_end(after)
            self._take(marker, start, after + 2, end)
            position = self._scan_end(end) if marker == _SOS else end
            if self.coverage and self.coverage.final:
                self.ended = self.data[position : position + 2] == bytes((0xFF, EOI))
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
        elif marker == SOI or marker < 0xC0:
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
        self.coverage = ScanCoverage(identifiers, progressive=marker in SOF_PROGRESSIVE)

    def _read_application(self, marker: int, payload: bytes) -> None:
        if marker == APP0 and payload.startswith(_JFIF) and len(payload) >= 14:
            self.jfif = payload[:12] + bytes(2)  # no thumbnail
        elif marker == APP1 and payload.startswith(exif.PREFIX):
            self.exif_block = self.exif_block or payload[len(exif.PREFIX) :]
        elif marker == APP1 and payload.startswith(XMP):
            self.xmp = self.xmp or payload[len(XMP) :]
        elif marker == APP2 and payload.startswith(ICC) and len(payload) > 14:
            self.icc_chunks.setdefault(payload[12], payload[14:])
            self.icc_count = payload[13]
        elif marker == APP14 and payload.startswith(_ADOBE) and len(payload) >= 12:
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
    if data[:2] != bytes((0xFF, SOI)):
        raise _corrupt("not the start of a JPEG")
    reader = _Reader(data)
    reader.walk()
    if reader.frame is None or not reader.scans:
        raise _corrupt("a JPEG without an image")
    if reader.frame.marker in SOF_ARITHMETIC and not reader.ended:
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


def _corrupt(what: str) -> AssetError:
    return AssetError(AssetErrorCode.IMAGE_CORRUPT, f"damaged JPEG: {what}")


def _unsupported(what: str) -> AssetError:
    return AssetError(AssetErrorCode.UNSUPPORTED_MEDIA, f"{what} is not supported; export it as a common JPEG")
