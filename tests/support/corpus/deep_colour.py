"""Photos of 16 bits a channel, which Pillow reads but does not write. One colour, 64 x 48 pixels."""

import struct
import zlib

SIZE = (64, 48)


def deep_png(colour: tuple[int, ...]) -> bytes:
    """A PNG of 16 bits: three channels, or four with alpha; values of 8 bits, widened."""
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[len(colour)]
    header = struct.pack(">IIBBBBB", *SIZE, 16, kind, 0, 0, 0)
    row = b"\0" + b"".join(struct.pack(">H", value * 257) for value in colour) * SIZE[0]
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(row * SIZE[1])), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def deep_tiff(colour: tuple[int, int, int]) -> bytes:
    """A TIFF of three channels of 16 bits, as raw converters write it; values of 8 bits, widened."""
    pixels = struct.pack("<3H", *(value * 257 for value in colour)) * SIZE[0] * SIZE[1]
    bits = struct.pack("<3H", 16, 16, 16)
    entries = [(256, 4, 1, SIZE[0]), (257, 4, 1, SIZE[1]), (258, 3, 3, 8), (259, 3, 1, 1), (262, 3, 1, 2)]
    entries += [(273, 4, 1, 8 + len(bits)), (277, 3, 1, 3), (278, 4, 1, SIZE[1]), (279, 4, 1, len(pixels))]
    rows = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    head = b"II*\x00" + struct.pack("<I", 8 + len(bits) + len(pixels))
    return head + bits + pixels + struct.pack("<H", len(entries)) + rows + bytes(4)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
