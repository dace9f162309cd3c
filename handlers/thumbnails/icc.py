"""ICC profiles as bytes: whether one is fit to be kept, and the two that cameras mean but do not embed.

ICC.1:2022 (profile version 4.4): section 7.2 for the header, 7.3 for the tag table, 10 for the tag types.
"""

import struct
from functools import cache
from typing import Final

_HEADER: Final = 128
_MAX_BYTES: Final = 4 * 1024 * 1024  # the largest printing profiles; an upload could hide anything in more
_MAX_TAGS: Final = 256

# Colorants adapted to D50, as the profiles of Adobe and Apple give them: (X, Y, Z) of red, green and blue.
_ADOBE_RGB: Final = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
_DISPLAY_P3: Final = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
_D50: Final = (0.9642, 1.0, 0.8249)
_GAMMA_ADOBE: Final = (0, 563 / 256)  # function 0: Y = X ** g
_CURVE_SRGB: Final = (3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)  # function 3, IEC 61966-2-1


def usable_profile(data: bytes, colour_space: bytes) -> bytes | None:
    """Return the profile, cut to the size it declares, when it is whole and describes such pixels; None otherwise.

    Parameters
    ----------
    data
        What the file carries as its profile.
    colour_space
        ICC's four bytes for the pixels: ``b"RGB "``, ``b"GRAY"`` or ``b"CMYK"``.
    """
    if len(data) < _HEADER + 4 or data[36:40] != b"acsp" or data[16:20] != colour_space:
        return None
    size, tags = int.from_bytes(data[:4]), int.from_bytes(data[_HEADER : _HEADER + 4])
    if not _HEADER + 4 + 12 * tags <= size <= min(len(data), _MAX_BYTES) or tags > _MAX_TAGS:
        return None
    for _, offset, length in struct.iter_unpack(">4sII", data[_HEADER + 4 : _HEADER + 4 + 12 * tags]):
        if offset + length > size:
            return None
    return data[:size]


@cache
def adobe_rgb_profile() -> bytes:
    """A profile for pixels in Adobe RGB (1998): cameras name it in EXIF instead of embedding one."""
    return _matrix_profile("Compatible with Adobe RGB (1998)", _ADOBE_RGB, _GAMMA_ADOBE)


@cache
def display_p3_profile() -> bytes:
    """A profile for pixels in Display P3: phones name it by its number in HEIF's ``nclx`` box."""
    return _matrix_profile("Compatible with Display P3", _DISPLAY_P3, _CURVE_SRGB)


def _matrix_profile(name: str, colorants: tuple[tuple[float, ...], ...], curve: tuple[float, ...]) -> bytes:
    """A display profile of three primaries and one tone curve (ICC.1:2022, 8.4.3)."""
    text = name.encode("utf-16-be")
    label = b"mluc" + struct.pack(">IIIHHII", 0, 1, 12, 0x656E, 0x5553, len(text), 28) + text  # language en-US
    tone = b"para" + struct.pack(">IHH", 0, int(curve[0]), 0) + _fixed(curve[1:])
    points = [b"XYZ " + bytes(4) + _fixed(point) for point in (_D50, *colorants)]
    content = {b"desc": label, b"cprt": label, b"rTRC": tone, b"gTRC": tone, b"bTRC": tone}
    content |= dict(zip((b"wtpt", b"rXYZ", b"gXYZ", b"bXYZ"), points, strict=True))
    start = _HEADER + 4 + 12 * len(content)
    table, body = struct.pack(">I", len(content)), b""
    placed: dict[bytes, int] = {}  # equal tags share their bytes
    for tag, value in content.items():
        if value not in placed:
            placed[value] = start + len(body)
            body += value + bytes(-len(value) % 4)
        table += struct.pack(">4sII", tag, placed[value], len(value))
    size = _HEADER + len(table) + len(body)
    header = struct.pack(">I4sI4s4s4s", size, bytes(4), 0x04400000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + _fixed(_D50)
    return header + bytes(_HEADER - len(header)) + table + body


def _fixed(numbers: tuple[float, ...]) -> bytes:
    """s15Fixed16 numbers."""
    return b"".join(struct.pack(">i", round(number * 65536)) for number in numbers)
