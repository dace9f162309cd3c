"""CRC-32 of a whole from the CRC-32 of its parts, without their bytes.

The arithmetic is zlib's ``crc32_combine`` (zlib, ``crc32.c``), which Python's binding leaves out: appending n bytes
multiplies the CRC by x^(8n) modulo the polynomial.
"""

from functools import cache, lru_cache
from typing import Final

_POLYNOMIAL: Final = 0xEDB88320  # of ZIP and of S3's CRC32, bits reflected
_ONE: Final = 1 << 31  # x^0
_BYTE: Final = 1 << 23  # x^8


def combine(first: int, second: int, second_size: int) -> int:
    """CRC-32 of two byte strings one after the other.

    Parameters
    ----------
    first, second
        Their CRC-32s, unsigned.
    second_size
        Bytes of the second one.
    """
    return _multiply(_shift(second_size), first) ^ second


@lru_cache(maxsize=1024)  # headers have few lengths; files have many
def _shift(size: int) -> int:
    """x^(8 * size) modulo the polynomial, put together from its powers of two."""
    factor, exponent = _ONE, 0
    while size >> exponent:
        if size >> exponent & 1:
            factor = _multiply(_square(exponent), factor)
        exponent += 1
    return factor


@cache
def _square(exponent: int) -> int:
    """x^(8 * 2^exponent) modulo the polynomial."""
    return _multiply(_square(exponent - 1), _square(exponent - 1)) if exponent else _BYTE


def _multiply(left: int, right: int) -> int:
    product = 0
    for bit in range(31, -1, -1):
        if left >> bit & 1:
            product ^= right
        right = right >> 1 ^ _POLYNOMIAL if right & 1 else right >> 1
    return product
