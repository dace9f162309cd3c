"""What one tag of an ICC profile holds, without the bytes that its type does not account for.

ICC.1:2022 (profile version 4.4), section 10, and ICC.1:2001-04 (version 2), section 6.5, give the layouts. Bytes behind
a curve's last point, or between the parts of a table, show nothing: they are where something could be hidden.
"""

import math
import struct
from collections.abc import Callable
from typing import Final

_PARAMETERS: Final = (1, 3, 4, 5, 7)  # numbers of each function of a parametric curve, 10.18
_MATRIX_BYTES: Final = 48  # 3 x 4 numbers, 10.12.5
_MAX_CHANNELS: Final = 15


def bare_element(element: bytes) -> bytes | None:
    """The element cut and put together as its type says; None when it is broken or of a type that colour does not need.

    Parameters
    ----------
    element
        What a tag points to, from its type's four letters on.
    """
    reader = _READERS.get(element[:4])
    try:
        return reader(element) if reader else None
    except (struct.error, IndexError, OverflowError):
        return None


def readable_text(element: bytes) -> str:
    """The text of a description, in the first of its languages; empty when there is none.

    Parameters
    ----------
    element
        Of type ``desc`` (version 2), ``mluc`` (10.15) or ``text`` (10.24).
    """
    if element[:4] == b"mluc" and len(element) >= 28:
        length, start = struct.unpack_from(">II", element, 20)
        return element[start : start + length].decode("utf-16-be", "replace").strip("\0 \n")
    start = {b"desc": 12, b"text": 8}.get(element[:4], len(element))
    return element[start:].partition(b"\0")[0].decode("latin-1").strip()


def _whole(element: bytes, size: int) -> bytes | None:
    """The first bytes, with the reserved ones behind the type set to zero."""
    return element[:4] + bytes(4) + element[8:size] if len(element) >= size else None


def _curve(element: bytes) -> bytes | None:
    if element[:4] == b"para":
        (function,) = struct.unpack_from(">H", element, 8)
        size = 12 + 4 * _PARAMETERS[function]
        return element[:4] + bytes(4) + element[8:10] + bytes(2) + element[12:size] if len(element) >= size else None
    if element[:4] == b"curv":
        return _whole(element, 12 + 2 * struct.unpack_from(">I", element, 8)[0])
    return None


def _table(element: bytes, start: int, entries: tuple[int, int]) -> bytes | None:
    """The older tables: input curves, colour table, output curves; ``entries`` of one curve of each (10.10, 10.11)."""
    width = 1 if element[:4] == b"mft1" else 2
    inputs, outputs, grid = struct.unpack_from("3B", element, 8)
    if not (0 < inputs <= _MAX_CHANNELS and 0 < outputs <= _MAX_CHANNELS):
        return None
    size = start + width * (entries[0] * inputs + grid**inputs * outputs + entries[1] * outputs)
    if len(element) < size:
        return None
    return element[:4] + bytes(4) + element[8:11] + b"\0" + element[12:size]


def _table_of_bytes(element: bytes) -> bytes | None:
    return _table(element, 48, (256, 256))


def _table_of_words(element: bytes) -> bytes | None:
    first, last = struct.unpack_from(">HH", element, 48)
    return _table(element, 52, (first, last))


def _pipeline(element: bytes) -> bytes | None:
    """``mAB `` and ``mBA ``: up to five parts, each by its offset (10.12, 10.13); put together without gaps."""
    inputs, outputs = element[8], element[9]
    offsets = struct.unpack_from(">5I", element, 12)
    near, far = (outputs, inputs) if element[:4] == b"mAB " else (inputs, outputs)
    parts = (
        _curves(element, offsets[0], near),
        element[offsets[1] : offsets[1] + _MATRIX_BYTES] if offsets[1] else b"",
        _curves(element, offsets[2], near),
        _colour_table(element, offsets[3], inputs, outputs),
        _curves(element, offsets[4], far),
    )
    head, body = element[:4] + bytes(4) + bytes((inputs, outputs, 0, 0)), b""
    for part in parts:
        if part is None:
            return None
        head += struct.pack(">I", 32 + len(body) if part else 0)
        body += part
    return head + body if not offsets[1] or len(parts[1] or b"") == _MATRIX_BYTES else None


def _curves(element: bytes, at: int, count: int) -> bytes | None:
    if not at:
        return b""
    found = b""
    for _ in range(count):
        curve = _curve(element[at:])
        if curve is None:
            return None
        padded = curve + bytes(-len(curve) % 4)
        found, at = found + padded, at + len(padded)
    return found


def _colour_table(element: bytes, at: int, inputs: int, outputs: int) -> bytes | None:
    if not at:
        return b""
    grid, precision = element[at : at + inputs], element[at + 16]
    size = math.prod(grid) * outputs * precision
    if inputs > _MAX_CHANNELS or precision not in {1, 2} or len(element) < at + 20 + size:
        return None
    table = grid + bytes(16 - inputs) + bytes((precision, 0, 0, 0)) + element[at + 20 : at + 20 + size]
    return table + bytes(-len(table) % 4)


_READERS: Final[dict[bytes, Callable[[bytes], bytes | None]]] = {
    b"XYZ ": lambda element: _whole(element, 20),
    b"sf32": lambda element: _whole(element, 44),  # chromatic adaptation: nine numbers
    b"cicp": lambda element: _whole(element, 12),
    b"curv": _curve,
    b"para": _curve,
    b"mft1": _table_of_bytes,
    b"mft2": _table_of_words,
    b"mAB ": _pipeline,
    b"mBA ": _pipeline,
}
