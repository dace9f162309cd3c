"""PNGs made and remade by hand: chunks that writers get wrong, and pixels that Pillow does not write."""

import itertools
import struct
import zlib
from collections.abc import Iterator, Sequence

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6  # colour types, PNG 11.2.1
_SAMPLES = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGB_ALPHA: 4}


def chunk(kind: bytes, content: bytes, crc: int | None = None) -> bytes:
    """One chunk, with its right checksum or another one."""
    right = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", right if crc is None else crc)


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Type and content of each chunk."""
    position = len(SIGNATURE)
    while position < len(data):
        (length,) = struct.unpack_from(">I", data, position)
        yield data[position + 4 : position + 8], data[position + 8 : position + 8 + length]
        position += 12 + length


def with_chunks(data: bytes, *added: bytes, after_pixels: bool = False) -> bytes:
    """The file with chunks added behind its header, or behind its pixels."""
    parts = [(kind, chunk(kind, content)) for kind, content in chunks(data)]
    at = next(i for i, (kind, _) in enumerate(parts) if kind == (b"IEND" if after_pixels else parts[1][0]))
    return SIGNATURE + b"".join(part for _, part in parts[:at]) + b"".join(added) + b"".join(p for _, p in parts[at:])


def with_wrong_checksum(data: bytes, wrong: bytes) -> bytes:
    """The file with the checksum of its chunks of a type changed."""
    parts = (chunk(kind, content, 0 if kind == wrong else None) for kind, content in chunks(data))
    return SIGNATURE + b"".join(parts)


def png(colour_type: int, depth: int, rows: Sequence[Sequence[Sequence[int]]], *around: bytes) -> bytes:
    """A PNG of these rows of pixels, each a sequence of samples; ``around`` stands before the pixels."""
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), depth, colour_type, 0, 0, 0)
    raw = b""
    for row in rows:
        bits = "".join(f"{sample:0{depth}b}" for sample in itertools.chain.from_iterable(row))
        raw += b"\0" + int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8))
    parts = [chunk(b"IHDR", header), *around, chunk(b"IDAT", zlib.compress(raw)), chunk(b"IEND", b"")]
    return SIGNATURE + b"".join(parts)


def flat_png(
    colour_type: int, depth: int, colour: Sequence[int], *around: bytes, size: tuple[int, int] = (64, 48)
) -> bytes:
    """A PNG of one colour."""
    assert len(colour) == _SAMPLES[colour_type]
    return png(colour_type, depth, [[colour] * size[0]] * size[1], *around)
