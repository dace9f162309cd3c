"""HDR by what the sample entry says."""

import struct

import pytest

from handlers.files.hdr import Hdr
from handlers.files.isobmff import probe
from tests.support.builders import box, video_file, video_track


def colr(kind: bytes, transfer: int) -> bytes:
    return box(b"colr", kind, struct.pack(">HHHB", 9, transfer, 9, 0))


def dolby(kind: bytes, base_layer: int) -> bytes:
    return box(kind, bytes([1, 0, 8 << 1, 0x25, base_layer << 4]), bytes(19))


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
    ],
)
def test_the_transfer_decides_and_else_dolby_visions_base_layer(extensions: bytes, expected: Hdr | None) -> None:
    content = video_file(video_track(codec=b"hvc1", extensions=extensions))
    assert probe(lambda offset, length: content[offset : offset + length], len(content)).hdr is expected
