"""ICC profiles as bytes: what is kept of one, and the two that cameras mean but do not embed.

ICC.1:2022 (profile version 4.4): section 7.2 for the header, 7.3 for the tag table, 9 for the tags. Profiles of screens
carry serial numbers, the names that people gave them, and blocks of their maker: only what colour needs is kept.
"""

import struct
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from handlers.thumbnails.icc_elements import bare_element, readable_text

_HEADER: Final = 128
_MAX_BYTES: Final = 4 * 1024 * 1024  # the largest printing profiles; an upload could hide anything in more
_MAX_TAGS: Final = 256
_CLASSES: Final = frozenset({b"scnr", b"mntr", b"prtr", b"spac"})  # input, display, output, colour space: 7.2.8
_CONNECTION_SPACES: Final = frozenset({b"XYZ ", b"Lab "})

# Tags that a conversion reads, with the types each may have; a broken one makes the profile unusable.
_CURVES, _TABLES = frozenset({b"curv", b"para"}), frozenset({b"mft1", b"mft2"})
_SOURCE_TAGS: Final = {
    **dict.fromkeys((b"wtpt", b"rXYZ", b"gXYZ", b"bXYZ"), frozenset({b"XYZ "})),
    **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC", b"kTRC"), _CURVES),
    **dict.fromkeys((b"A2B0", b"A2B1", b"A2B2"), _TABLES | {b"mAB "}),
    b"chad": frozenset({b"sf32"}),
}
# Of use to who edits the picture in its own colour space.
_EDITING_TAGS: Final = {
    **dict.fromkeys((b"B2A0", b"B2A1", b"B2A2"), _TABLES | {b"mBA "}),
    b"cicp": frozenset({b"cicp"}),
}
_COPYRIGHT: Final = "Copyright of its maker"
_UNKNOWN_NAME: Final = "Colour profile"
# Names under which the common sRGB profiles go; pixels that carry one need no conversion.
SRGB_NAMES: Final = frozenset(
    {"sRGB", "sRGB built-in", "sRGB IEC61966-2.1", "sRGB IEC61966-2-1", "sRGB Color Space Profile"}
)
# Others that say nothing about a person or a device; any other name is left out.
_PUBLIC_NAMES: Final = SRGB_NAMES | {
    *("Adobe RGB (1998)", "Compatible with Adobe RGB (1998)", "Display P3", "Compatible with Display P3", "Rec. 2020"),
    *("Apple RGB", "ColorMatch RGB", "ProPhoto RGB", "ROMM-RGB", "Wide Gamut RGB", "eciRGB v2", "Camera RGB Profile"),
    *("Dot Gain 20%", "Gray Gamma 2.2", "Gray Gamma 1.8", "sGray", "Generic Gray Gamma 2.2 Profile"),
    *("Generic RGB Profile", "Generic CMYK Profile", "U.S. Web Coated (SWOP) v2", "Japan Color 2001 Coated"),
    *("Coated FOGRA27 (ISO 12647-2:2004)", "Coated FOGRA39 (ISO 12647-2:2004)", "ISO Coated v2 (ECI)"),
    *("PSO Coated v3", "GRACoL2006_Coated1v2.icc", "sRGB2014", "c2", "uRGB"),
}

# Colorants adapted to D50, as the profiles of Adobe and Apple give them: (X, Y, Z) of red, green and blue.
_ADOBE_RGB: Final = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
_DISPLAY_P3: Final = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
D50: Final = (0.9642, 1.0, 0.8249)
type Curve = tuple[float, ...]
"""Function of a parametric curve and its parameters (ICC.1:2022, 10.18)."""
CURVE_SRGB: Final[Curve] = (3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)  # IEC 61966-2-1


def usable_profile(data: bytes, colour_space: bytes) -> bytes | None:
    """Return what colour needs of a profile, when it is whole and describes such pixels; None otherwise.

    The result converts as the profile did. Its header has no device, maker or date, it has the tags of a conversion
    alone, none with more bytes than its type says, and a name only where that is a public one.

    Parameters
    ----------
    data
        What the file carries as its profile.
    colour_space
        ICC's four bytes for the pixels: ``b"RGB "``, ``b"GRAY"`` or ``b"CMYK"``.
    """
    if len(data) < _HEADER + 4 or data[36:40] != b"acsp" or data[16:20] != colour_space:
        return None
    if data[12:16] not in _CLASSES or data[20:24] not in _CONNECTION_SPACES:
        return None
    elements = _elements(data)
    if elements is None:
        return None
    kept: dict[bytes, bytes] = {}
    for tag, kinds in (_SOURCE_TAGS | _EDITING_TAGS).items():
        if tag not in elements:
            continue
        bare = bare_element(elements[tag]) if elements[tag][:4] in kinds else None
        if bare is not None:
            kept[tag] = bare
        elif tag in _SOURCE_TAGS:
            return None
    name = readable_text(elements.get(b"desc", b""))
    return _assembled(data[8:10], data[12:24], data[64:68], name if name in _PUBLIC_NAMES else _UNKNOWN_NAME, kept)


def _elements(data: bytes) -> dict[bytes, bytes] | None:
    """What each tag points to; None when the table does not fit the profile, or that does not fit its file."""
    size, tags = int.from_bytes(data[:4]), int.from_bytes(data[_HEADER : _HEADER + 4])
    if not _HEADER + 4 + 12 * tags <= size <= min(len(data), _MAX_BYTES) or tags > _MAX_TAGS:
        return None
    elements: dict[bytes, bytes] = {}
    for tag, offset, length in struct.iter_unpack(">4sII", data[_HEADER + 4 : _HEADER + 4 + 12 * tags]):
        if offset + length > size:
            return None
        elements.setdefault(tag, data[offset : offset + length])
    return elements


@cache
def adobe_rgb_profile() -> bytes:
    """A profile for pixels in Adobe RGB (1998): cameras name it in EXIF instead of embedding one."""
    return matrix_profile("Compatible with Adobe RGB (1998)", _ADOBE_RGB, power_curve(563 / 256))


@cache
def display_p3_profile() -> bytes:
    """A profile for pixels in Display P3: phones name it by its number in HEIF's ``nclx`` box."""
    return matrix_profile("Compatible with Display P3", _DISPLAY_P3, CURVE_SRGB)


def power_curve(exponent: float) -> Curve:
    """Light as a power of the sample."""
    return 0, exponent


def matrix_profile(name: str, colorants: Sequence[Sequence[float]], curve: Curve) -> bytes:
    """A display profile of three primaries and one tone curve (ICC.1:2022, 8.4.3).

    Parameters
    ----------
    name
        As people see it.
    colorants
        X, Y and Z of red, green and blue, adapted to `D50`.
    """
    points = [_point(point) for point in (D50, *colorants)]
    tags = dict(zip((b"wtpt", b"rXYZ", b"gXYZ", b"bXYZ"), points, strict=True))
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _tone(curve))
    return _assembled(b"\x04\x40", b"mntrRGB XYZ ", bytes(4), name, tags)


@cache
def grey_profile(curve: Curve) -> bytes:
    """A display profile of one tone curve (ICC.1:2022, 8.4.4)."""
    tags = {b"wtpt": _point(D50), b"kTRC": _tone(curve)}
    return _assembled(b"\x04\x40", b"mntrGRAYXYZ ", bytes(4), _UNKNOWN_NAME, tags)


def _point(point: Sequence[float]) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(point)


def _tone(curve: Curve) -> bytes:
    return b"para" + struct.pack(">IHH", 0, int(curve[0]), 0) + _fixed(curve[1:])


def _assembled(version: bytes, kind: bytes, intent: bytes, name: str, tags: Mapping[bytes, bytes]) -> bytes:
    """A profile of these tags.

    Parameters
    ----------
    version, intent
        As in the header.
    kind
        Class, colour space and connection space.
    """
    described = _localized if version[0] >= 4 else _plain
    content = {b"desc": described(b"desc", name), b"cprt": described(b"text", _COPYRIGHT), **tags}
    start = _HEADER + 4 + 12 * len(content)
    table, body = struct.pack(">I", len(content)), b""
    placed: dict[bytes, int] = {}  # equal tags share their bytes
    for tag, value in content.items():
        if value not in placed:
            placed[value] = start + len(body)
            body += value + bytes(-len(value) % 4)
        table += struct.pack(">4sII", tag, placed[value], len(value))
    size = _HEADER + len(table) + len(body)
    header = struct.pack(">I4s2s2s", size, bytes(4), version, bytes(2)) + kind
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(24) + intent + _fixed(D50)
    return header + bytes(_HEADER - len(header)) + table + body


def _localized(_: bytes, text: str) -> bytes:
    """An element of type ``mluc``, in American English."""
    encoded = text.encode("utf-16-be")
    return b"mluc" + struct.pack(">IIIHHII", 0, 1, 12, 0x656E, 0x5553, len(encoded), 28) + encoded


def _plain(kind: bytes, text: str) -> bytes:
    """The same for a profile of version 2: ``desc`` with its two other scripts empty, or ``text``."""
    encoded = text.encode("ascii") + b"\0"
    if kind == b"desc":
        return kind + struct.pack(">II", 0, len(encoded)) + encoded + bytes(4 + 4 + 2 + 1 + 67)
    return kind + bytes(4) + encoded


def _fixed(numbers: Sequence[float]) -> bytes:
    """s15Fixed16 numbers."""
    return b"".join(struct.pack(">i", round(number * 65536)) for number in numbers)
