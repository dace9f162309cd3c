"""The last MCUs of a Huffman-coded sequential scan, bit by bit: exactly where the data end.

The decoder reads ahead: it fills a buffer of 64 bits, so that the bytes it took say where the data end to within eight
of them. Here its way through the last few hundred bytes is retraced: from each bit at which it can have stood, MCU by
MCU, filling the same buffer by the same rule (libjpeg-turbo's jdhuff.c: ``jpeg_fill_bit_buffer``, ``HUFF_DECODE``).
Ways on which it would have asked for other bytes than it did ask for are given up; the right one remains.

ITU-T T.81, annexes C (tables), F.1.2 and F.2.2 (codes, MCUs).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

_BUFFER_BITS: Final = 64
_LEAST_BITS: Final = 57  # the buffer is filled until it holds as many
_LOOKAHEAD: Final = 8  # and refilled, before a code is read, when it holds fewer
_LONGEST_CODE: Final = 16
_ZERO_RUN: Final = 0xF0
_DHT, _SOS = 0xC4, 0xDA
_SOF0, _SOF1, _SOF2 = 0xC0, 0xC1, 0xC2


@dataclass(slots=True)
class Code:
    """A Huffman table.

    Parameters
    ----------
    short
        For the next 8 bits, length and symbol of the code that they begin with; None where it is longer.
    long
        (length, bits) of a longer code to its symbol.
    """

    short: list[tuple[int, int] | None]
    long: dict[tuple[int, int], int]

    def add(self, length: int, code: int, symbol: int) -> None:
        """Put in a code."""
        if length > _LOOKAHEAD:
            self.long[length, code] = symbol
        else:
            begin = code << (_LOOKAHEAD - length)
            for bits in range(begin, min(256, begin + (1 << (_LOOKAHEAD - length)))):
                self.short[bits] = (length, symbol)


@dataclass(frozen=True, slots=True)
class ScanCodes:
    """What it takes to walk over a scan: the codes for DC and AC of each block of an MCU."""

    blocks: Sequence[tuple[Code, Code]]


@dataclass(slots=True)
class HeaderReader:
    """Gathers tables and frame from a JPEG's segments, scan after scan."""

    tables: dict[int, Code] = field(default_factory=dict)
    size: tuple[int, int] = (0, 0)
    sampling: dict[int, tuple[int, int]] = field(default_factory=dict)
    scan: bytes = b""
    sequential: bool = True

    def read(self, segments: bytes | memoryview) -> None:
        """Take note of segments, the last of which may be the header of a scan."""
        for marker, payload in _segments(bytes(segments)):
            if marker == _DHT:
                self.tables |= _codes(payload)
            elif marker in {_SOF0, _SOF1, _SOF2}:
                self.sequential = marker != _SOF2
                self.size = (int.from_bytes(payload[3:5]), int.from_bytes(payload[1:3]))
                self.sampling = {
                    payload[at]: (payload[at + 1] >> 4, payload[at + 1] & 15) for at in range(6, len(payload), 3)
                }
            elif marker == _SOS:
                self.scan = payload

    def codes(self) -> ScanCodes | None:
        """Codes of the scan; None when it is not sequential, or relies on tables that the file does not have."""
        if not self.sequential:
            return None
        parts = [(self.scan[at], self.scan[at + 1]) for at in range(1, 1 + 2 * self.scan[0], 2)]
        blocks: list[tuple[Code, Code]] = []
        for component, choice in parts:
            dc, ac = self.tables.get(choice >> 4), self.tables.get(0x10 | choice & 15)
            if dc is None or ac is None or component not in self.sampling:
                return None
            blocks += [(dc, ac)] * (math.prod(self.sampling[component]) if len(parts) > 1 else 1)
        return ScanCodes(blocks)

    def buffered(self) -> bool:
        """Whether the decoder keeps all coefficients, and gives pixels only after the last scan."""
        return not self.sequential or self.scan[0] < len(self.sampling)

    def count(self) -> int:
        """MCUs of the scan (T.81, A.2.2 and A.2.3): one component alone has no blocks beyond the picture's edge."""
        components = self.scan[1 : 1 + 2 * self.scan[0] : 2]
        count = 1
        for axis, length in enumerate(self.size):
            most = max(factors[axis] for factors in self.sampling.values())
            factor = self.sampling[components[0]][axis] if len(components) == 1 else 1
            samples = -(-length * factor // most) if len(components) == 1 else -(-length // most)
            count *= -(-samples // 8)
        return count


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(data):
        length = int.from_bytes(data[at + 2 : at + 4])
        yield data[at + 1], data[at + 4 : at + 2 + length]
        at += 2 + length


def _codes(payload: bytes) -> dict[int, Code]:
    tables: dict[int, Code] = {}
    at = 0
    while at + 17 <= len(payload):
        counts, symbol, code = payload[at + 1 : at + 17], at + 17, 0
        table = Code([None] * 256, {})
        for length, count in enumerate(counts, 1):
            for value in payload[symbol : symbol + count]:
                table.add(length, code, value)
                code += 1
            symbol += count
            code <<= 1
        tables[payload[at]] = table
        at = symbol
    return tables


class _NoCode(Exception):
    """Bits that begin no code, among the data."""


class TailWalk:
    """Retraces a decoder through the end of a scan.

    Parameters
    ----------
    codes
        The scan's.
    data
        Bytes from where the decoder is followed, without stuffing, and the ones that were fed behind the scan.
    own
        How many of ``data`` are the scan's.
    taken
        How many of ``data`` the decoder had taken into its buffer, or used, when it is first followed.
    """

    def __init__(self, codes: ScanCodes, data: bytes, own: int, taken: int) -> None:
        self._codes = codes
        self._bits = int.from_bytes(data)
        self._size = 8 * len(data)
        self._own = 8 * own
        self._taken = taken
        self._met: dict[tuple[int, int, int, int], tuple[int, int]] = {}
        self._next: dict[tuple[int, int], tuple[int, int] | None] = {}

    def ends(self, asked: Sequence[int], *, aligned: bool = False) -> set[int]:
        """Bits of the data at which the last MCU can have ended.

        Parameters
        ----------
        asked
            At how many taken bytes the decoder was seen to finish MCUs, increasing; the last of them finished the scan.
        aligned
            Whether it stood at a byte's start with an empty buffer, as after a restart marker.

        Returns
        -------
        set
            Empty when no way agrees with what was seen: the data are damaged. Several only where more than one MCU
            fits in the buffer.
        """
        first = 8 * self._taken
        starts = [first] if aligned else range(max(0, first - _BUFFER_BITS), first + 1)
        found: set[int] = set()
        known: set[tuple[int, int]] = set()
        for start in starts:
            found |= self._follow((start, self._taken), asked, known)
        return found

    def end_after(self, count: int) -> int | None:
        """The bit behind so many MCUs from the beginning; None when the data are damaged or end before."""
        state: tuple[int, int] | None = (0, 0)
        for _ in range(count):
            state = self._after(state) if state else None
        return state[0] if state else None

    def _follow(self, state: tuple[int, int], asked: Sequence[int], known: set[tuple[int, int]]) -> set[int]:
        """Ends on the way from one state (bit, taken bytes); none when it is given up or was gone before."""
        seen, last = 0, asked[-1]
        found: set[int] = set()
        while state not in known:
            known.add(state)
            after = self._after(state)
            if after is None or after[1] > last:
                break
            while seen < len(asked) and asked[seen] < after[1]:
                if asked[seen] > state[1]:
                    return set()  # the decoder finished an MCU there, and this way does not
                seen += 1
            if after[1] > self._taken and after[1] not in asked:
                return set()
            state = after
            if state[1] == last:
                found.add(state[0])
        return found

    def _after(self, state: tuple[int, int]) -> tuple[int, int] | None:
        if state not in self._next:
            try:
                self._next[state] = self._mcu(*state)
            except _NoCode:
                self._next[state] = None
        return self._next[state]

    def _mcu(self, bit: int, taken: int) -> tuple[int, int]:
        """Where an MCU leaves the decoder; ways that meet within one go on together."""
        passed: list[tuple[int, int, int, int]] = []
        end = self._through_mcu(bit, taken, passed)
        self._met.update(dict.fromkeys(passed, end))
        return end

    def _through_mcu(self, bit: int, taken: int, passed: list[tuple[int, int, int, int]]) -> tuple[int, int]:
        for number, (dc, ac) in enumerate(self._codes.blocks):
            size, bit, taken = self._symbol(dc, bit, taken)
            bit, taken = self._drop(size, bit, taken)
            position = 1
            while position < 64:
                place = (number, position, bit, taken)
                if place in self._met:
                    return self._met[place]
                passed.append(place)
                symbol, bit, taken = self._symbol(ac, bit, taken)
                if symbol & 15:
                    bit, taken = self._drop(symbol & 15, bit, taken)
                elif symbol != _ZERO_RUN:
                    break
                position += (symbol >> 4) + 1
        return bit, taken

    def _symbol(self, code: Code, bit: int, taken: int) -> tuple[int, int, int]:
        if 8 * taken - bit < _LOOKAHEAD:
            taken = _filled(bit, taken)
        shift = self._size - bit - _LONGEST_CODE
        window = (self._bits >> shift if shift >= 0 else self._bits << -shift) & 0xFFFF
        short = code.short[window >> 8]
        if short:
            return short[1], bit + short[0], taken
        for length in range(_LOOKAHEAD + 1, _LONGEST_CODE + 1):
            symbol = code.long.get((length, window >> (_LONGEST_CODE - length)))
            if symbol is not None:
                return symbol, *self._drop_code(length, bit, taken)
        if bit + _LONGEST_CODE <= self._own:
            raise _NoCode
        return 0, *self._drop_code(_LONGEST_CODE + 1, bit, taken)  # what the decoder makes of the ones behind a cut

    @staticmethod
    def _drop_code(length: int, bit: int, taken: int) -> tuple[int, int]:
        held = 8 * taken - bit
        if length > held:  # the ninth bit is asked for at once, each further one when it is needed
            taken = _filled(bit, taken) if held < _LOOKAHEAD + 1 else _filled(8 * taken, taken)
        return bit + length, taken

    @staticmethod
    def _drop(count: int, bit: int, taken: int) -> tuple[int, int]:
        if count > 8 * taken - bit:
            taken = _filled(bit, taken)
        return bit + count, taken


def _filled(bit: int, taken: int) -> int:
    """Bytes that are taken once the buffer has been filled up."""
    return taken + max(0, -(-(_LEAST_BITS - (8 * taken - bit)) // 8))
