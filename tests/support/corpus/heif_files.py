"""HEIF files in modes that phones and cameras write and Pillow has no name for."""

import io
import struct
from typing import Any, Final

import pillow_heif

SIZE: Final = (64, 48)


def heif(mode: str, pixel: tuple[int, ...], size: tuple[int, int] = SIZE, **options: Any) -> bytes:
    """A HEIC of one colour, as good as lossless.

    Parameters
    ----------
    mode
        One of pillow-heif's, such as ``RGBA;10``.
    pixel
        Its samples, in the mode's bits.
    """
    form = f"<{len(pixel)}{'H' if ';' in mode else 'B'}"
    picture = pillow_heif.from_bytes(mode=mode, size=size, data=struct.pack(form, *pixel) * size[0] * size[1])
    buffer = io.BytesIO()
    picture.save(buffer, **({"quality": 95, "chroma": 444} | options))
    return buffer.getvalue()


def with_codec(data: bytes, codec: bytes) -> bytes:
    """The file with another type of its coded items."""
    return data.replace(b"hvc1", codec)
