"""A WebP taken apart by its chunks, so that its decoder sees pixels alone. No pixel is decoded here.

RFC 9649 (WebP Image Format), section 2: a RIFF container whose first chunk says, in an extended file, what follows.
"""

from typing import Any, Final

from handlers.thumbnails import exif

_HEAD: Final = 12  # RIFF, size, WEBP
_PIXELS: Final = frozenset({b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"})
_AROUND: Final = frozenset({b"ICCP", b"EXIF"})
_PIXEL_FLAGS: Final = 0x12  # of VP8X: alpha, animation; neither profile nor metadata is announced
_MAX_CHUNKS: Final = 16_384  # an animation has one for each frame


def parse(data: bytes) -> tuple[list[bytes | memoryview], dict[str, Any]]:
    """Take a WebP apart.

    Parameters
    ----------
    data
        The whole file. A chunk beside the pixels may be cut off; of pixels that are cut off, the decoder tells.

    Returns
    -------
    tuple
        The same pixels as a file in parts, most of them slices of the upload; and profile and EXIF by Pillow's names.
    """
    view = memoryview(data)
    kept: list[bytes | memoryview] = []
    around: dict[bytes, bytes] = {}
    position = _HEAD
    for _ in range(_MAX_CHUNKS):
        kind, size = data[position : position + 4], int.from_bytes(data[position + 4 : position + 8], "little")
        if len(kind) < 4:
            break
        end = position + 8 + size + size % 2
        if kind == b"VP8X":
            kept += [
                view[position : position + 8],
                bytes((data[position + 8] & _PIXEL_FLAGS,)),
                view[position + 9 : end],
            ]
        elif kind in _PIXELS:
            kept.append(view[position:end])
        elif kind in _AROUND and position + 8 + size <= len(data):
            around.setdefault(kind, data[position + 8 : position + 8 + size])
        position = end
    length = 4 + sum(len(part) for part in kept)
    info: dict[str, Any] = {}
    if around.get(b"ICCP"):
        info["icc_profile"] = around[b"ICCP"]
    if around.get(b"EXIF"):
        info["exif"] = exif.PREFIX + around[b"EXIF"].removeprefix(exif.PREFIX)
    return [b"RIFF" + length.to_bytes(4, "little") + b"WEBP", *kept], info
