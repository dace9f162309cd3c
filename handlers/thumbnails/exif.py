"""The little that is wanted from EXIF: orientation and colour space. Written to be fed anything.

Layout: TIFF 6.0, section 2 (header, IFDs), and Exif 2.32 (CIPA DC-008), sections 4.6.4-4.6.8. Values that are damaged,
out of range or out of bounds count as absent: a photograph with broken metadata is still a photograph.
"""

import struct
from dataclasses import dataclass
from typing import Final

PREFIX: Final = b"Exif\x00\x00"  # starts the payload of a JPEG's APP1

_ORIENTATION: Final = 0x0112
_EXIF_IFD: Final = 0x8769
_INTEROP_IFD: Final = 0xA005
_COLOR_SPACE: Final = 0xA001
_INTEROP_INDEX: Final = 0x0001
_UNCALIBRATED: Final = 0xFFFF

_TYPE_FORMATS: Final = {1: "B", 3: "H", 4: "I"}  # BYTE, SHORT, LONG


@dataclass(frozen=True, slots=True)
class ExifFacts:
    """What the pixels need of their EXIF.

    Parameters
    ----------
    orientation
        1 to 8 (Exif 2.32, tag 0x0112); 1 when absent or invalid.
    adobe_rgb
        True when the camera says that the pixels are Adobe RGB (1998) by DCF's interoperability index ``R03``; such
        files carry no ICC profile.
    """

    orientation: int = 1
    adobe_rgb: bool = False


class _Tiff:
    """Bounds-checked reads of IFD entries; a read that does not fit gives nothing."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(data[:4])

    def first(self) -> int | None:
        """Offset of the first IFD."""
        return self._number("I", 4) if self.order else None

    def entry(self, ifd: int | None, wanted: int) -> int | bytes | None:
        """First value of a tag: a number, or the four bytes in place for any other type."""
        if ifd is None:
            return None
        count = self._number("H", ifd) or 0
        for at in range(ifd + 2, min(ifd + 2 + count * 12, len(self.data) - 11), 12):
            if self._number("H", at) == wanted:
                kind = self._number("H", at + 2)
                form = _TYPE_FORMATS.get(kind or 0)
                return self._number(form, at + 8) if form else self.data[at + 8 : at + 12]
        return None

    def child(self, ifd: int | None, pointer: int) -> int | None:
        """Offset of an IFD that an entry points to."""
        value = self.entry(ifd, pointer)
        return value if isinstance(value, int) else None

    def _number(self, form: str, at: int) -> int | None:
        try:
            value: int = struct.unpack_from(f"{self.order}{form}", self.data, at)[0]
        except struct.error:
            return None
        return value


def read(tiff: bytes) -> ExifFacts:
    """Read an EXIF block.

    Parameters
    ----------
    tiff
        The block from its TIFF header on, without `PREFIX`; any bytes are allowed.
    """
    block = _Tiff(tiff)
    main = block.first()
    orientation = block.entry(main, _ORIENTATION)
    exif = block.child(main, _EXIF_IFD)
    interop = block.entry(block.child(exif, _INTEROP_IFD), _INTEROP_INDEX)
    return ExifFacts(
        orientation=orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1,
        adobe_rgb=isinstance(interop, bytes)
        and interop.startswith(b"R03")
        and block.entry(exif, _COLOR_SPACE) == _UNCALIBRATED,
    )


def orientation_only(orientation: int) -> bytes:
    """An EXIF block, `PREFIX` included, that says nothing but the orientation."""
    entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, orientation, 0)
    return PREFIX + b"MM\x00*" + struct.pack(">IH", 8, 1) + entry + bytes(4)
