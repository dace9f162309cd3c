"""Random access to the boxes of an ISO base media file (ISO/IEC 14496-12, and its ancestor QuickTime).

Boxes are nested: ``size, type, payload``. They are read through a reader with a hard limit on requests: a hostile file
costs a few ranged GETs, then an error.
"""

import struct
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from handlers.contract.errors import AssetError, AssetErrorCode

type RangeReader = Callable[[int, int], bytes]
"""``read(offset, length)``: up to ``length`` bytes from ``offset``; fewer only at the end of the file."""

WINDOW_BYTES: Final = 64 * 1024  # one request; the moov box of a phone's clip mostly fits
MAX_WINDOWS: Final = 64
MAX_BOXES: Final = 2048  # a real file has tens at the levels that are walked
_CACHED_WINDOWS: Final = 64  # 4 MiB, whatever is walked


@dataclass(frozen=True, slots=True)
class Box:
    """Where a box of a kind has its payload: from `start` to before `end`."""

    kind: bytes
    start: int
    end: int


class BoxReader:
    """Boxes of a file by cached windows, within a budget.

    Parameters
    ----------
    read
        Access to the object's bytes.
    size
        Of the whole object, in bytes.
    """

    def __init__(self, read: RangeReader, size: int) -> None:
        self._read = read
        self.size = size
        self._windows: OrderedDict[int, bytes] = OrderedDict()
        self._windows_left = MAX_WINDOWS
        self._boxes_left = MAX_BOXES

    def allow(self, windows: int, boxes: int) -> None:
        """Begin a new budget, for what is known to need another one."""
        self._windows_left, self._boxes_left = windows, boxes

    def bytes_at(self, offset: int, length: int) -> bytes:
        """Exactly so many bytes.

        Raises
        ------
        AssetError
            The file ends before, or the budget is used up.
        """
        if offset < 0 or offset + length > self.size:
            raise unreadable("a box reaches beyond the end of the file: the upload was cut off")
        if not length:
            return b""
        first, last = offset // WINDOW_BYTES, (offset + length - 1) // WINDOW_BYTES
        data = b"".join(self._window(number) for number in range(first, last + 1))
        begin = offset - first * WINDOW_BYTES
        piece = data[begin : begin + length]
        if len(piece) != length:
            raise unreadable("the file is shorter than its stated size")
        return piece

    def _window(self, number: int) -> bytes:
        if number in self._windows:
            self._windows.move_to_end(number)
            return self._windows[number]
        if not self._windows_left:
            raise unreadable(f"its description is spread over more than {MAX_WINDOWS} places")
        self._windows_left -= 1
        start = number * WINDOW_BYTES
        self._windows[number] = self._read(start, min(WINDOW_BYTES, self.size - start))
        if len(self._windows) > _CACHED_WINDOWS:
            self._windows.popitem(last=False)
        return self._windows[number]

    def number(self, offset: int, form: str) -> int:
        """One number in `struct`'s notation."""
        value: int = struct.unpack(form, self.bytes_at(offset, struct.calcsize(form)))[0]
        return value

    def version(self, box: Box) -> int:
        """Version of a full box: with 1, times have 64 bits."""
        return self.bytes_at(box.start, 1)[0]

    def flags(self, box: Box) -> int:
        """Flags of a full box."""
        return self.number(box.start, ">I") & 0xFFFFFF

    def boxes(self, start: int, end: int, *, cut_off: bool = False) -> Iterator[Box]:
        """Boxes between two offsets; a trailing remainder below 8 bytes is QuickTime's terminator.

        Parameters
        ----------
        cut_off
            Whether the last box may reach beyond the end: a recording that was broken off.
        """
        while start + 8 <= end:
            if not self._boxes_left:
                raise unreadable(f"it has more than {MAX_BOXES} boxes")
            self._boxes_left -= 1
            box = self._box(start, end, cut_off=cut_off)
            yield box
            start = box.end

    def children(self, parent: Box, kind: bytes) -> Iterator[Box]:
        """Boxes of a kind directly below another."""
        return (box for box in self.boxes(parent.start, parent.end) if box.kind == kind)

    def find(self, parent: Box | None, *path: bytes) -> Box | None:
        """The first box at a path below ``parent``."""
        for kind in path:
            parent = next(self.children(parent, kind), None) if parent else None
        return parent

    def _box(self, start: int, end: int, *, cut_off: bool) -> Box:
        size, kind = struct.unpack(">I4s", self.bytes_at(start, 8))
        header = 8
        if size == 1:
            size, header = self.number(start + 8, ">Q"), 16
        elif size == 0:
            size = end - start  # the last box may run to the end
        if cut_off:
            size = min(size, end - start)
        if size < header or start + size > end:
            raise unreadable(f"box {kind.decode('latin-1')!r} has an impossible size")
        return Box(kind, start + header, start + size)


def unreadable(reason: str) -> AssetError:
    """The error of a file that is no usable video."""
    return AssetError(AssetErrorCode.UNSUPPORTED_MEDIA, f"the video cannot be read: {reason}")
