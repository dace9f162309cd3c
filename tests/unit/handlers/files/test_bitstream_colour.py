"""The transfer characteristics of real parameter sets, and of what encoders on phones may write."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.files.bitstream_colour import transfer_of
from handlers.files.boxes import Box, BoxReader
from tests.support.builders import box

# Sequence parameter sets that x265 and x264 wrote, in hexadecimal; the numbers are what ffprobe says of their files.
HEVC = {
    "4:4:4": (
        "4201010408000003009c0800000300003c9001410173e56cb2b349265780b5021002040000030004000003007820",
        16,
    ),
    "three temporal layers": (
        "42010402200000030090000003000003003c0000a00a080b9f6d966653329996491b6bc05a810901020000030002000003003c10",
        18,
    ),
    "transfer of BT.2020": (
        "42010102200000030090000003000003003ca00a080b9f6d96566924caf016a041c04080000003008000000f04",
        14,
    ),
    "a cropped size": (
        "42010102200000030090000003000003003ca00a480b9c94d96566924cafff00d000cf6a04200408000003000800000300f040",
        16,
    ),
    "no colours": (
        "42010102200000030090000003000003003ca00a080b9f6d96566924caf0168080000003008000000f04",
        None,
    ),
    "pixels of 7 to 5": (
        "42010102200000030090000003000003003ca00a080b9f6d96566924cafff000700056a042404080000003008000000f04",
        18,
    ),
    "scaling lists": (
        "42010102200000030090000003000003003ca00a080b9f6d96566924e5780b5021202040000003004000000782",
        18,
    ),
}
AVC = {
    "4:4:4 and scaling lists": (
        "67f4000d90d9b282833f1b80b502100240000003004000000f03c50a6580",
        16,
    ),
    "baseline profile": (
        "6742c00dd901419f9f016a04240480000003008000001e078a1524",
        18,
    ),
    "SDR": (
        "67f4000d9196405067e37016a0402048000003000800000301e078a15240",
        1,
    ),
    "4:2:2 and scaling lists": (
        "677a000db6cd941419f8dc05a8109012000003000200000300781e28532c",
        18,
    ),
    "HLG": (
        "67f4000d919b282833f1b80b50912094000003000400000300f03c50a658",
        18,
    ),
    "interlaced": (
        "67f40015919b282867e7ffc001c0015a81080120000003002000000783e28532c0",
        16,
    ),
}


def read(kind: bytes, content: bytes) -> int | None:
    data = box(kind, content)
    source = BoxReader(lambda offset, length: data[offset : offset + length], len(data))
    return transfer_of(source, Box(kind, 8, len(data)))


def hvcc(*units: tuple[int, bytes]) -> bytes:
    arrays = b"".join(struct.pack(">BHH", 0x80 | kind, 1, len(unit)) + unit for kind, unit in units)
    return bytes(22) + bytes((len(units),)) + arrays


def avcc(unit: bytes) -> bytes:
    return b"\x01d\0\x1f\xff\xe1" + struct.pack(">H", len(unit)) + unit


class Bits:
    """Writes what a parameter set is made of."""

    def __init__(self) -> None:
        self.text = ""

    def number(self, value: int, width: int) -> "Bits":
        self.text += f"{value:0{width}b}" if width else ""
        return self

    def exp(self, *values: int) -> "Bits":
        for value in values:
            self.text += "0" * ((value + 1).bit_length() - 1) + f"{value + 1:b}"
        return self

    def content(self) -> bytes:
        padded = self.text + "1" + "0" * (-(len(self.text) + 1) % 8)
        return int(padded, 2).to_bytes(len(padded) // 8)


def hevc_with_everything(transfer: int) -> bytes:
    """A parameter set with sublayers, pulse code modulation and reference sets that build on one another."""
    bits = Bits().number(0, 4).number(1, 3).number(1, 1).number(0, 96)
    bits.number(0b11, 2).number(0, 14).number(0, 96)  # one sublayer with profile and level
    bits.exp(0, 1, 1920, 1080).number(0, 1).exp(2, 2, 4).number(1, 1).exp(1, 0, 0, 1, 0, 0).exp(0, 3, 0, 3, 0, 0)
    bits.number(1, 1).number(0, 1)  # the default scaling lists
    bits.number(0b111, 3).number(0x77, 8).exp(0, 2).number(0, 1)
    bits.exp(3)
    bits.exp(2, 1).exp(0).number(1, 1).exp(1).number(1, 1).exp(3).number(1, 1)  # -1, -3; 4
    # By +1: -1 becomes 0 and is none; -3 is -2; 4 is not kept; the delta itself is 1.
    bits.number(1, 1).number(0, 1).exp(0).number(0b1, 1).number(0b1, 1).number(0b00, 2).number(0b01, 2)
    # By -1, of -2 and 1 and the delta itself: three flags.
    bits.number(1, 1).number(1, 1).exp(0).number(0b111, 3)
    bits.number(1, 1).exp(1).number(5, 8).number(1, 1)  # a long-term picture, its order of 8 bits
    bits.number(0b11, 2).number(1, 1)
    bits.number(1, 1).number(255, 8).number(0x0004_0003, 32).number(0b11, 2)
    bits.number(1, 1).number(0b1010, 4).number(1, 1).number(9, 8).number(transfer, 8).number(9, 8)
    return b"\x42\x01" + escaped(bits.content())


def escaped(content: bytes) -> bytes:
    """With the bytes that keep start codes out."""
    written = bytearray()
    for byte in content:
        if byte <= 3 and written[-2:] == b"\0\0":
            written.append(3)
        written.append(byte)
    return bytes(written)


@pytest.mark.parametrize(("unit", "transfer"), HEVC.values(), ids=list(HEVC))
def test_the_transfer_of_hevc_is_read(unit: str, transfer: int | None) -> None:
    assert read(b"hvcC", hvcc((33, bytes.fromhex(unit)))) == transfer


@pytest.mark.parametrize(("unit", "transfer"), AVC.values(), ids=list(AVC))
def test_the_transfer_of_h264_is_read(unit: str, transfer: int | None) -> None:
    assert read(b"avcC", avcc(bytes.fromhex(unit))) == transfer


@pytest.mark.parametrize("transfer", [1, 16, 18])
def test_a_parameter_set_with_all_that_may_come_before_is_read(transfer: int) -> None:
    assert read(b"hvcC", hvcc((32, b"vps"), (33, hevc_with_everything(transfer)))) == transfer


def test_hlg_that_old_players_take_for_sdr_is_named_by_a_message() -> None:
    parameters = bytes.fromhex(HEVC["transfer of BT.2020"][0])
    message = b"\x4e\x01" + bytes((5, 2)) + b"ab" + bytes((147, 1, 18, 0x80))
    assert read(b"hvcC", hvcc((33, parameters), (39, message))) == 18
    assert read(b"hvcC", hvcc((33, parameters), (39, message[:6] + b"\x80"))) == 14


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_say_nothing(content: bytes) -> None:
    for kind in (b"hvcC", b"avcC"):
        assert read(kind, content) in {None, *range(256)}
    assert read(b"hvcC", hvcc((33, content))) in {None, *range(256)}


@pytest.mark.parametrize("length", range(0, 60, 7))
def test_a_parameter_set_that_is_cut_off_says_nothing(length: int) -> None:
    assert read(b"avcC", avcc(bytes.fromhex(AVC["HLG"][0])[:10])) is None
    assert read(b"hvcC", hvcc((33, hevc_with_everything(18)))[:length]) is None
