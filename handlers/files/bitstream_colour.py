"""The transfer characteristics that a video's bitstream names, out of its decoder configuration.

Not every writer puts a ``colr`` box beside it. Read are the sequence parameter sets of ``hvcC`` and ``avcC`` (ISO/IEC
14496-15, 8.3.2 and 5.3.3): ITU-T H.265, 7.3.2.2 and E.2.1, or H.264, 7.3.2.1 and E.1.1; and H.265's message of
alternative transfer characteristics (D.2.38), by which HLG is marked that old players take for SDR.
"""

from collections.abc import Iterator
from typing import Final

from handlers.files.boxes import Box, BoxReader

_MAX_BYTES: Final = 16 * 1024  # of a configuration; encoders write below one
_HEVC_SPS, _HEVC_SEI, _AVC_SPS = 33, 39, 7
_ALTERNATIVE_TRANSFER: Final = 147
_AVC_HIGH: Final = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244})
_EXTENDED_SHAPE: Final = 255  # aspect_ratio_idc with two numbers behind it


def transfer_of(source: BoxReader, configuration: Box) -> int | None:
    """Transfer characteristics by ISO/IEC 23091-2; None where the bitstream names none, or is not understood.

    Parameters
    ----------
    configuration
        An ``hvcC`` or ``avcC`` box.
    """
    data = source.bytes_at(configuration.start, min(configuration.end - configuration.start, _MAX_BYTES))
    try:
        return _of_hevc(data) if configuration.kind == b"hvcC" else _of_avc(data)
    except IndexError:  # cut off, or an extension of the syntax: the video itself may be fine
        return None


def _of_hevc(data: bytes) -> int | None:
    found = None
    for kind, unit in _hevc_units(data):
        if kind == _HEVC_SPS and found is None:
            found = _hevc_transfer(_Bits(_unescaped(unit[2:])))
        elif kind == _HEVC_SEI and (preferred := _preferred_transfer(_unescaped(unit[2:]))) is not None:
            return preferred
    return found


def _of_avc(data: bytes) -> int | None:
    at = 6
    for _ in range(data[5] & 0x1F):
        length = int.from_bytes(data[at : at + 2])
        unit = data[at + 2 : at + 2 + length]
        if unit[0] & 0x1F == _AVC_SPS:
            return _avc_transfer(_Bits(_unescaped(unit[1:])))
        at += 2 + length
    return None


def _hevc_units(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 23
    for _ in range(data[22]):
        kind, count = data[at] & 0x3F, int.from_bytes(data[at + 1 : at + 3])
        at += 3
        for _ in range(count):
            length = int.from_bytes(data[at : at + 2])
            if at + 2 + length > len(data):
                return
            yield kind, data[at + 2 : at + 2 + length]
            at += 2 + length


def _unescaped(unit: bytes) -> bytes:
    """Without the bytes that keep start codes out (H.265, 7.3.1.1)."""
    return unit.replace(b"\0\0\3", b"\0\0")


class _Bits:
    """Numbers of a bit string; IndexError at its end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self, width: int) -> int:
        """``u(n)``."""
        value = 0
        for _ in range(width):
            value = value << 1 | self._data[self._at >> 3] >> (7 - (self._at & 7)) & 1
            self._at += 1
        return value

    def flag(self) -> bool:
        """``u(1)``."""
        return bool(self.number(1))

    def exp(self) -> int:
        """``ue(v)``."""
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros > 32:
                raise IndexError
        return (1 << zeros) - 1 + self.number(zeros)

    def signed(self) -> int:
        """``se(v)``."""
        value = self.exp()
        return (value + 1) // 2 if value & 1 else -(value // 2)

    def skip(self, numbers: int) -> None:
        """So many ``ue(v)``."""
        for _ in range(numbers):
            self.exp()


def _hevc_transfer(bits: _Bits) -> int | None:
    bits.number(4)
    layers = bits.number(3)
    bits.number(1 + 96)  # profile, tier and level of the whole
    _skip_layers(bits, layers)
    bits.skip(1)
    if bits.exp() == 3:  # 4:4:4
        bits.number(1)
    bits.skip(2)
    if bits.flag():
        bits.skip(4)
    bits.skip(2)
    order_bits = bits.exp() + 4
    bits.skip(3 * (layers + 1 if bits.flag() else 1))
    bits.skip(6)
    if bits.flag() and bits.flag():
        _skip_scaling_lists(bits)
    bits.number(2)
    if bits.flag():  # pulse code modulation
        bits.number(8)
        bits.skip(2)
        bits.number(1)
    _skip_reference_sets(bits)
    if bits.flag():
        for _ in range(bits.exp()):
            bits.number(order_bits + 1)
    bits.number(2)
    return _signalled(bits) if bits.flag() else None


def _skip_layers(bits: _Bits, layers: int) -> None:
    present = [(bits.flag(), bits.flag()) for _ in range(layers)]
    if layers:
        bits.number(2 * (8 - layers))
    for profile, level in present:
        bits.number(88 * profile + 8 * level)


def _skip_scaling_lists(bits: _Bits) -> None:
    for size in range(4):
        for _ in range(2 if size == 3 else 6):
            if not bits.flag():
                bits.exp()
            else:
                bits.skip((size > 1) + min(64, 1 << (4 + (size << 1))))


def _skip_reference_sets(bits: _Bits) -> None:
    """Short-term reference picture sets, each of which may build on the one before (7.3.7, 7.4.8)."""
    before: list[int] = []
    for number in range(bits.exp()):
        if number and bits.flag():
            sign = -1 if bits.flag() else 1
            delta = sign * (bits.exp() + 1)
            kept = [each + delta for each in (*before, 0) if bits.flag() or bits.flag()]
            before = sorted((each for each in kept if each), key=lambda each: (each > 0, abs(each)))
        else:
            below, above = bits.exp(), bits.exp()
            before = [*_distances(bits, below, -1), *_distances(bits, above, 1)]


def _distances(bits: _Bits, count: int, sign: int) -> list[int]:
    distances, total = [], 0
    for _ in range(count):
        total += bits.exp() + 1
        bits.number(1)
        distances.append(sign * total)
    return distances


def _avc_transfer(bits: _Bits) -> int | None:
    profile = bits.number(24) >> 16
    bits.skip(1)
    if profile in _AVC_HIGH:
        _skip_high(bits)
    bits.skip(1)
    counting = bits.exp()  # pic_order_cnt_type
    if counting == 0:
        bits.skip(1)
    elif counting == 1:
        bits.number(1)
        bits.skip(2)
        bits.skip(bits.exp())
    bits.skip(1)
    bits.number(1)
    bits.skip(2)
    if not bits.flag():
        bits.number(1)
    bits.number(1)
    if bits.flag():
        bits.skip(4)
    return _signalled(bits) if bits.flag() else None


def _skip_high(bits: _Bits) -> None:
    chroma = bits.exp()
    if chroma == 3:
        bits.number(1)
    bits.skip(2)
    bits.number(1)
    if bits.flag():
        for number in range(12 if chroma == 3 else 8):
            if bits.flag():
                _skip_scaling_list(bits, 16 if number < 6 else 64)


def _skip_scaling_list(bits: _Bits, length: int) -> None:
    last = following = 8
    for _ in range(length):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _signalled(bits: _Bits) -> int | None:
    """Transfer characteristics of the video usability information, whose start H.264 and H.265 share."""
    if bits.flag() and bits.number(8) == _EXTENDED_SHAPE:
        bits.number(32)
    if bits.flag():
        bits.number(1)
    if not bits.flag():
        return None
    bits.number(4)
    if not bits.flag():
        return None
    return bits.number(16) & 0xFF


def _preferred_transfer(messages: bytes) -> int | None:
    """Out of supplemental enhancement information (H.265, 7.3.5)."""
    at = 0
    while at + 2 < len(messages):
        kind, at = _sum_of_bytes(messages, at)
        length, at = _sum_of_bytes(messages, at)
        if kind == _ALTERNATIVE_TRANSFER and length:
            return messages[at]
        at += length
    return None


def _sum_of_bytes(data: bytes, at: int) -> tuple[int, int]:
    total = 0
    while data[at] == 255:
        total, at = total + 255, at + 1
    return total + data[at], at + 1
