"""One scan on its way through the decoder, its last bytes one by one, and what that shows of its end."""

import bisect
import itertools
from dataclasses import dataclass
from typing import Final, Self

from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.thumbnails.huffman_walk import HeaderReader, TailWalk
from handlers.thumbnails.jpeg_feed import CHUNK, JpegFeed

_TAIL: Final = 256  # last bytes of a sequential scan that are fed one by one: enough for some MCUs
_SHORT_TAIL: Final = 24  # of another, for which there is no walk
_READ_AHEAD: Final = 8  # bytes: the decoder's buffer of bits
# Behind a scan the decoder takes each byte at once. Within, it takes six or more at a time, and waits between.
_SURE: Final = 2  # calls
_ONES: Final = b"\xff\x00"  # a stuffed byte of ones, which no code starts with
_RESTARTS_ALIKE: Final = bytes.maketrans(bytes(range(0xD0, 0xD8)), b"\xd0" * 8)
_MOST_WALKED: Final = 32 * 1024  # bytes from a known beginning on, at one or two milliseconds for each 1,000


@dataclass(frozen=True, slots=True)
class _Call:
    """How many bytes of the scan the decoder had been given, and had taken for good, after a call."""

    fed: int
    taken: int


@dataclass(frozen=True, slots=True)
class _Window:
    """Bytes of a scan, and of the ones fed behind it, without stuffing.

    Parameters
    ----------
    data
        The bytes.
    offsets
        Where each of them, and what follows the last, begins in the scan.
    """

    data: bytes
    offsets: list[int]

    @classmethod
    def of(cls, scan: memoryview, begin: int, end: int) -> Self:
        """The bytes between two offsets, of which the latter may be behind the scan."""
        begin += begin > 0 and bytes(scan[begin - 1 : begin + 1]) == _ONES  # the second half of a stuffed byte
        raw = bytes(scan[begin:end]) + _ONES * (2 * _READ_AHEAD)
        offsets, at = [begin], 0
        while begin + at < end:
            at += 2 if raw[at] == 0xFF else 1
            offsets.append(begin + at)
        return cls(bytes(raw[offset - begin] for offset in offsets[:-1]), offsets)

    def index(self, offset: int) -> int:
        """How many of the bytes stand before an offset."""
        return bisect.bisect_left(self.offsets, offset)

    def offset(self, bit: int) -> int:
        """Where the byte ends that has the last bit before this one."""
        return self.offsets[-(-bit // 8)]


class ScanFeed:
    """Feeds a scan to a decoder that has had all before it.

    Parameters
    ----------
    data
        Entropy-coded data and whatever follows them, up to the next marker.
    interval
        MCUs between restart markers; 0 without these.
    header
        What has been read up to the scan's header.
    careful_from
        The byte from which they are fed one by one; None for the last few.
    """

    def __init__(
        self, feed: JpegFeed, data: memoryview, interval: int, header: HeaderReader, careful_from: int | None
    ) -> None:
        self._feed = feed
        size = len(data)
        while size and data[size - 1] == 0xFF:  # padding before a marker, or half of one
            size -= 1
        while interval and size > 1 and data[size - 2] == 0xFF and data[size - 1] & 0xF8 == 0xD0:
            size -= 2  # nothing is restarted behind it
        self._data = data[:size]
        self._codes = codes = header.codes()
        self._count = header.count()
        self._buffered = header.buffered()
        self._restart_interval = interval
        start = len(self._data) - (_TAIL if codes else _SHORT_TAIL) if careful_from is None else careful_from
        if self._restart_interval and careful_from is None:
            start = max(start, self._restart_before(len(self._data)))
        start = max(0, start)
        self._careful_from = start + (start > 0 and data[start - 1] == 0xFF)
        self._calls: list[_Call] = []

    def _restart_before(self, end: int) -> int:
        """Where the last restart interval before a byte begins."""
        begin = max(0, end - CHUNK)
        found = bytes(self._data[begin:end]).translate(_RESTARTS_ALIKE).rfind(b"\xff\xd0")
        return begin + found + 2 if found >= 0 else 0

    def run(self) -> None:
        """Feed the data, and then ones, until the decoder has enough."""
        at, data = 0, self._data
        while at < len(data) and not self._over(at):
            together = min(CHUNK, self._careful_from - at)
            size = together if together > 0 else 2 if data[at] == 0xFF else 1
            if size == 2 and self._restart_interval and data[at + 1] & 0xF8 == 0xD0:
                self._feed_ones(at)
                if self._feed.done:
                    self._data = data[:at]
                    return
            self._give(data[at : at + size], at)
            at += size
        self._feed_ones(at)

    def _feed_ones(self, at: int) -> None:
        """Feed what no scan needs: between restart intervals, and behind the last, a decoder skips it."""
        for number in range(_READ_AHEAD + _SURE):
            if not self._over(at):
                self._give(_ONES, at + number * len(_ONES))

    def _over(self, at: int) -> bool:
        """Whether there is nothing more to learn."""
        if self._feed.done or not self._buffered or self._restart_interval:
            return self._feed.done
        last = self._calls[-_SURE - 1 :]
        return at > self._careful_from + _SURE and len(last) > _SURE and all(call.fed == call.taken for call in last)

    def _give(self, piece: bytes | memoryview, at: int) -> None:
        self._feed.give(piece)
        fed = at + len(piece)
        self._calls.append(_Call(fed, fed - self._feed.waiting))

    def _last(self) -> int:
        """Index of the call in which the last MCU was finished."""
        if self._feed.done:
            return len(self._calls) - 1
        if not self._buffered:
            raise cut_off()
        index = len(self._calls)
        while index and self._calls[index - 1].fed == self._calls[index - 1].taken:
            index -= 1
        if len(self._calls) - index <= _SURE:
            raise cut_off()
        return index

    @property
    def began(self) -> int | None:
        """Where the bytes began that were fed together and in which the scan ends; None when it is known better."""
        last = self._last()
        before = self._calls[last - 1].fed if last else 0
        return before if self._calls[last].fed - before > 2 else None

    def end(self) -> int:
        """How many bytes are entropy-coded data.

        Raises
        ------
        AssetError
            ``IMAGE_CORRUPT`` when they are not all there.
        """
        last = self._last()
        fed = self._calls[last].fed
        self._check_restarts(fed)
        if self._codes is None:
            if fed > len(self._data) + len(_ONES) * _READ_AHEAD:
                raise cut_off()
            return min(len(self._data), fed)
        # Where the last MCUs are damaged, no walk agrees with the decoder, which has read ones behind the data as data.
        end = self._walked_end(last) or fed
        if end > len(self._data):
            raise cut_off()
        return end

    def _check_restarts(self, fed: int) -> None:
        """Refuse a scan that lacks restart intervals: a decoder that keeps coefficients does not wait for these."""
        if self._restart_interval and self._buffered:
            alike = bytes(self._data[:fed]).translate(_RESTARTS_ALIKE)
            if alike.count(b"\xff\xd0") < (self._count - 1) // self._restart_interval:
                raise cut_off()

    def _walked_end(self, last: int) -> int | None:
        """The end by walking through the last MCUs; None when they are damaged."""
        assert self._codes  # noqa: S101 - asked before
        begin, aligned = self._walk_from(last)
        taken = self._calls[begin].taken if begin >= 0 else 0
        window = _Window.of(self._data, taken if aligned else max(0, taken - 3 * _READ_AHEAD), self._calls[last].fed)
        calls = self._calls[max(begin, 0) : last + 1]
        asked = [window.index(call.taken) for before, call in itertools.pairwise(calls) if call.taken > before.taken]
        asked = [*(count for count in asked if count < len(window.data)), len(window.data)]
        walk = TailWalk(self._codes, window.data, window.index(len(self._data)), window.index(taken))
        bits = walk.ends(asked, aligned=aligned)
        if len(bits) > 1 and self._calls[last].fed - self._known_beginning(last) <= _MOST_WALKED:
            return self._counted_end(last)
        ends = {window.offset(bit) for bit in bits}
        # Of several, the one that leaves nothing over: a whole photo is never refused.
        return len(self._data) if len(self._data) in ends else max(ends, default=None)

    def _known_beginning(self, last: int) -> int:
        """Where the scan, or its last restart interval, begins."""
        return self._restart_before(min(self._calls[last].fed, len(self._data))) if self._restart_interval else 0

    def _counted_end(self, last: int) -> int | None:
        """The end by counting MCUs from the scan's beginning or its last restart; None when they are damaged."""
        assert self._codes  # noqa: S101 - asked before
        interval = self._restart_interval
        window = _Window.of(self._data, self._known_beginning(last), self._calls[last].fed)
        count = (self._count - 1) % interval + 1 if interval else self._count
        bit = TailWalk(self._codes, window.data, window.index(len(self._data)), 0).end_after(count)
        return window.offset(bit) if bit is not None else None

    def _walk_from(self, last: int) -> tuple[int, bool]:
        """The call after which the walk begins (-1 for the scan's start), and whether it begins at a whole byte."""
        sizes = [0, *(call.fed for call in self._calls)]
        first = last
        while first > 0 and last - first < _TAIL and sizes[first] - sizes[first - 1] <= 2:
            first -= 1
        begin = first - 1
        if self._restart_interval:
            restart = self._restart_before(self._calls[last].fed)
            for index in range(last - 1, begin - 1, -1):  # ones were fed before the marker
                if sizes[index + 1] == restart:
                    return index, self._calls[index].taken == restart if index >= 0 else True
        return begin, begin < 0


def cut_off() -> AssetError:
    """The error for a scan that is not whole."""
    return AssetError(AssetErrorCode.IMAGE_CORRUPT, "damaged JPEG: the file ends before the photo does")
