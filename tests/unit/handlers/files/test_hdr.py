"""HDR by what the sample entry says."""

import struct

import pytest

from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.files.hdr import Hdr
from handlers.files.isobmff import probe
from tests.support.builders import box, video_file, video_track


def colr(kind: bytes, transfer: int) -> bytes:
    return box(b"colr", kind, struct.pack(">HHHB", 9, transfer, 9, 0))


def dolby(kind: bytes, base_layer: int, profile: int = 8) -> bytes:
    return box(kind, bytes([1, 0, profile << 1, 0x25, base_layer << 4]), bytes(19))


def avcc(unit: str) -> bytes:
    """The configuration of H.264 with one sequence parameter set."""
    content = bytes.fromhex(unit)
    return box(b"avcC", b"\x01d\0\x1f\xff\xe1", struct.pack(">H", len(content)), content)


HLG_IN_BITSTREAM = "67f4000d919b282833f1b80b50912094000003000400000300f03c50a658"


@pytest.mark.parametrize(
    ("extensions", "expected"),
    [
        (b"", None),
        (colr(b"nclx", 1), None),
        (colr(b"nclx", 16), Hdr.PQ),
        (colr(b"nclx", 18), Hdr.HLG),
        (colr(b"nclc", 18), Hdr.HLG),
        (box(b"colr", b"prof", bytes(20)), None),
        (dolby(b"dvvC", 4), Hdr.HLG),
        (dolby(b"dvcC", 1), Hdr.PQ),
        (dolby(b"dvvC", 2), None),
        (dolby(b"dvvC", 1) + colr(b"nclx", 18), Hdr.HLG),
        (avcc(HLG_IN_BITSTREAM), Hdr.HLG),
        (avcc(HLG_IN_BITSTREAM) + colr(b"nclx", 2), Hdr.HLG),
        (colr(b"nclx", 16) + avcc(HLG_IN_BITSTREAM), Hdr.PQ),
        (avcc(HLG_IN_BITSTREAM) + dolby(b"dvvC", 1), Hdr.HLG),
        (avcc("6764"), None),
    ],
)
def test_the_container_decides_then_the_bitstream_then_dolby_visions_base_layer(
    extensions: bytes, expected: Hdr | None
) -> None:
    content = video_file(video_track(codec=b"hvc1", extensions=extensions))
    assert probe(lambda offset, length: content[offset : offset + length], len(content)).hdr is expected


@pytest.mark.parametrize("kind", [b"dvcC", b"dvvC"])
def test_dolby_vision_without_a_layer_for_other_players_is_refused_with_the_remedy(kind: bytes) -> None:
    content = video_file(video_track(codec=b"dvh1", extensions=dolby(kind, 0, profile=5)))
    with pytest.raises(AssetError, match=r"profile 5.*: export it as HDR10, HLG") as caught:
        probe(lambda offset, length: content[offset : offset + length], len(content))
    assert caught.value.code is AssetErrorCode.UNSUPPORTED_MEDIA
