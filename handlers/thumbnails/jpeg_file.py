"""The parts of a JPEG that show the photo, and the file that is put together of them.

ITU-T T.81 (JPEG), annex B, gives the marker syntax; T.871 the JFIF segment; ICC.1:2022, annex B.4, profiles in APP2;
Adobe Technical Note 5116, section 18, the Adobe segment.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from handlers.thumbnails import exif
from handlers.thumbnails.photo_sphere import PREFIX as XMP
from handlers.thumbnails.photo_sphere import PhotoSphere

SOI, EOI = 0xD8, 0xD9
APP0, APP1, APP2, APP14 = 0xE0, 0xE1, 0xE2, 0xEE
SOF_PROGRESSIVE: Final = frozenset({0xC2, 0xCA})
SOF_ARITHMETIC: Final = frozenset({0xC9, 0xCA})
ICC: Final = b"ICC_PROFILE\x00"
_ICC_CHUNK: Final = 65_519  # bytes of profile beside the name and the numbers in one segment


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
        return self.frame.marker in SOF_ARITHMETIC

    @property
    def buffered(self) -> bool:
        """Whether a decoder must keep all coefficients until the last scan."""
        return self.frame.marker in SOF_PROGRESSIVE or self.scans > 1

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
        return [*self.head(), *self.body, bytes((0xFF, EOI))]

    def head(self) -> Iterator[bytes]:
        """What is made anew of the segments before the tables."""
        yield bytes((0xFF, SOI))
        if self.jfif:
            yield _segment(APP0, self.jfif)
        if self.facts.orientation != 1:
            yield _segment(APP1, exif.orientation_only(self.facts.orientation))
        if self.sphere:
            yield _segment(APP1, XMP + self.sphere.packet())
        if self.profile:
            starts = range(0, len(self.profile), _ICC_CHUNK)
            for number, start in enumerate(starts, 1):
                yield _segment(APP2, ICC + bytes((number, len(starts))) + self.profile[start : start + _ICC_CHUNK])
        if self.adobe:
            yield _segment(APP14, self.adobe)


def _segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload
