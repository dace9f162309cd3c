"""CRC-32 of a whole from its parts."""

import zlib

from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.zip.crc32 import combine


@given(st.binary(), st.binary())
@settings(deadline=None)
def test_the_crc_of_a_whole_follows_from_its_parts(first: bytes, second: bytes) -> None:
    assert combine(zlib.crc32(first), zlib.crc32(second), len(second)) == zlib.crc32(first + second)


def test_sizes_beyond_32_bits_combine_too() -> None:
    """4 GiB + 1 zero bytes behind five letters: the figure is zlib's own for that file."""
    checksum, block = zlib.crc32(b"hello"), bytes(2**24)
    for _ in range(2**32 // len(block)):
        checksum = zlib.crc32(block, checksum)
    checksum = zlib.crc32(b"\0", checksum)
    zeros = _of_zeros(2**32 + 1)
    assert combine(zlib.crc32(b"hello"), zeros, 2**32 + 1) == checksum


def _of_zeros(size: int) -> int:
    """By halves, so that it takes no time."""
    if size < 2:
        return zlib.crc32(bytes(size))
    half = _of_zeros(size // 2)
    return combine(combine(half, half, size // 2), _of_zeros(size % 2), size % 2)
