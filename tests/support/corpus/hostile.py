"""Files made to break or to exhaust what reads them. Each is small; what it claims to be is not."""

import struct
import zlib

from tests.support.corpus.camera import segment
from tests.support.corpus.photos import encoded, scene


def resized_header(jpeg: bytes, width: int, height: int) -> bytes:
    """The JPEG with other dimensions in its frame header."""
    at = _frame_header(jpeg)
    return jpeg[: at + 5] + struct.pack(">HH", height, width) + jpeg[at + 9 :]


def other_process(jpeg: bytes, marker: int) -> bytes:
    """The JPEG with another frame marker, e.g. C3 for lossless."""
    at = _frame_header(jpeg)
    return jpeg[: at + 1] + bytes((marker,)) + jpeg[at + 2 :]


def other_precision(jpeg: bytes, bits: int) -> bytes:
    """The JPEG with another number of bits per sample in its frame header."""
    at = _frame_header(jpeg)
    return jpeg[: at + 4] + bytes((bits,)) + jpeg[at + 5 :]


def many_scans(count: int) -> bytes:
    """A progressive JPEG that refines the same photo again and again."""
    jpeg = encoded(scene(), "JPEG", progressive=True)
    last = jpeg.rindex(b"\xff\xda")
    return jpeg[:last] + jpeg[last:-2] * count + b"\xff\xd9"


def many_segments(count: int) -> bytes:
    """A JPEG with more empty comments than any encoder writes."""
    jpeg = encoded(scene(), "JPEG")
    return jpeg[:2] + segment(0xFE, b"") * count + jpeg[2:]


def hidden_in_scan(jpeg: bytes, secret: bytes) -> bytes:
    """A comment in the middle of the entropy-coded data, where decoders stop and then look for markers."""
    middle = (jpeg.rindex(b"\xff\xda") + len(jpeg)) // 2
    while 0xFF in jpeg[middle - 1 : middle + 1]:
        middle += 1
    return jpeg[:middle] + segment(0xFE, secret) + b"\xff\xd9" + jpeg[middle:]


def png(width: int, height: int, data: bytes = b"") -> bytes:
    """A grey PNG of one bit that claims any size; its data is a stream of zeros, cut off."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data or zlib.compress(bytes(10_000)))


def whole_png_bomb(width: int, height: int) -> bytes:
    """A PNG whose data really is there: megabytes for each kilobyte of file."""
    return png(width, height, zlib.compress(bytes((width + 7) // 8 + 1) * height, 9)) + _chunk(b"IEND", b"")


def tiled_tiff(width: int, height: int, tile: int) -> bytes:
    """A TIFF with one compressed tile of ``tile`` x ``tile`` pixels."""
    data = zlib.compress(bytes(1000))
    entries = [(256, width), (257, height), (258, 8), (259, 8), (262, 1), (277, 1), (322, tile), (323, tile)]
    entries += [(324, 8), (325, len(data))]
    rows = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    return b"II*\x00" + struct.pack("<I", 8 + len(data)) + data + struct.pack("<H", len(entries)) + rows + bytes(4)


def webp_canvas(width: int, height: int) -> bytes:
    """A WebP that announces a canvas of any size and holds nothing."""
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunk = b"VP8X" + struct.pack("<I", 10) + bytes(4) + size
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _frame_header(jpeg: bytes) -> int:
    """Offset of the frame marker."""
    at = 2
    while jpeg[at + 1] not in {0xC0, 0xC1, 0xC2}:
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    return at
