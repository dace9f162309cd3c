"""A file made of slices of others, read without copying them together first."""

import io
from collections.abc import Sequence
from typing import Any


class Slices(io.RawIOBase):
    """A read-only binary file over parts that stay where they are.

    Parameters
    ----------
    parts
        Bytes-like objects, in order.

    Examples
    --------
    >>> io.BufferedReader(Slices([b"ab", memoryview(b"cde")])).read(4)
    b'abcd'
    """

    def __init__(self, parts: Sequence[bytes | memoryview]) -> None:
        super().__init__()
        self._parts = [memoryview(part) for part in parts if len(part)]
        self._size = sum(len(part) for part in self._parts)
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as the part at the position goes; 0 at the end."""
        start = 0
        for part in self._parts:
            if self._position < start + len(part):
                piece = part[self._position - start :][: len(buffer)]
                buffer[: len(piece)] = piece
                self._position += len(piece)
                return len(piece)
            start += len(part)
        return 0
