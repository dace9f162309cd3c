"""Metadata as cameras, phones and editors write it, every private part of it marked so that a test can look for it."""

import struct
from collections.abc import Mapping

from tests.support.corpus.photos import encoded, scene

# Each stands in one private place; none may be found in anything that the pipeline writes.
SERIAL, OWNER, PLACE, TITLE = b"SN-0042-4711", b"OWNER Ana Souza", b"GPS-PLACE-MARK", b"TITLE of the house"
COMMENT, TRAILER, PREVIEW, VENDOR = b"COMMENT by an editor", b"TRAILER-OF-A-PHONE", b"PREVIEW-MARK", b"VENDOR-BLOCK"
PRIVATE = (SERIAL, OWNER, PLACE, TITLE, COMMENT, TRAILER, PREVIEW, VENDOR)

ORIENTATION, EXIF_IFD, GPS_IFD, INTEROP_IFD = 0x0112, 0x8769, 0x8825, 0xA005
COLOR_SPACE, INTEROP_INDEX = 0xA001, 0x0001

type Value = int | bytes | Mapping[int, "Value"]


def segment(marker: int, payload: bytes) -> bytes:
    """A JPEG marker segment."""
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    """The JPEG with segments put right behind its start."""
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def tiff(entries: Mapping[int, Value], order: str = "<", following: Mapping[int, Value] | None = None) -> bytes:
    """A TIFF block (as in EXIF): numbers are SHORT or LONG, bytes ASCII, mappings IFDs of their own.

    Parameters
    ----------
    order
        ``<`` for little endian (``II``), ``>`` for big endian (``MM``).
    following
        The second IFD, in which EXIF keeps the thumbnail.
    """
    head = (b"II*\x00" if order == "<" else b"MM\x00*") + struct.pack(f"{order}I", 8)
    first = _ifd(entries, order, 8)
    if following is None:
        return head + first + bytes(4) + _outside(entries, order, 8)
    second_at = 8 + len(first) + 4 + len(_outside(entries, order, 8))
    return (
        head
        + first
        + struct.pack(f"{order}I", second_at)
        + _outside(entries, order, 8)
        + _ifd(following, order, second_at)
        + bytes(4)
        + _outside(following, order, second_at)
    )


def _ifd(entries: Mapping[int, Value], order: str, at: int) -> bytes:
    """Count and entries; what does not fit into four bytes stands behind, see `_outside`."""
    rows, spot = b"", at + 2 + 12 * len(entries) + 4
    for tag, value in sorted(entries.items()):
        if isinstance(value, int):
            form, kind = ("H", 3) if value < 0x10000 else ("I", 4)
            rows += struct.pack(f"{order}HHI", tag, kind, 1) + struct.pack(f"{order}{form}", value).ljust(4, b"\0")
            continue
        block = _block(value, order, spot)
        if isinstance(value, bytes):
            rows += struct.pack(f"{order}HHI", tag, 2, len(value))
            if len(value) <= 4:
                rows += value.ljust(4, b"\0")
                continue
            rows += struct.pack(f"{order}I", spot)
        else:
            rows += struct.pack(f"{order}HHII", tag, 4, 1, spot)
        spot += len(block)
    return struct.pack(f"{order}H", len(entries)) + rows


def _outside(entries: Mapping[int, Value], order: str, at: int) -> bytes:
    blocks, spot = b"", at + 2 + 12 * len(entries) + 4
    for _, value in sorted(entries.items()):
        if isinstance(value, int) or (isinstance(value, bytes) and len(value) <= 4):
            continue
        block = _block(value, order, spot)
        blocks += block
        spot += len(block)
    return blocks


def _block(value: Value, order: str, at: int) -> bytes:
    if isinstance(value, bytes):
        return value
    assert not isinstance(value, int)
    return _ifd(value, order, at) + bytes(4) + _outside(value, order, at)


def camera_exif(orientation: int = 1, order: str = "<", interop: bytes = b"R98\0") -> bytes:
    """EXIF of a camera that knows where it is and whose it is, with a thumbnail."""
    colour_space = 0xFFFF if interop.startswith(b"R03") else 1
    camera: dict[int, Value] = {
        0x010F: b"TOQ Cameras\0",
        ORIENTATION: orientation,
        0x013B: OWNER + b"\0",
        EXIF_IFD: {
            0x9286: TITLE + b"\0",
            COLOR_SPACE: colour_space,
            INTEROP_IFD: {INTEROP_INDEX: interop},
            0xA431: SERIAL + b"\0",
        },
        GPS_IFD: {0x0001: b"S\0", 0x001C: PLACE + b"\0"},
    }
    thumbnail: dict[int, Value] = {0x0103: 6, 0x0201: PREVIEW + encoded(scene(16, 12), "JPEG")}
    return b"Exif\0\0" + tiff(camera, order, thumbnail)


def xmp() -> bytes:
    """XMP with its own thumbnail and history."""
    return b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><photoshop:City>" + PLACE + b"</photoshop:City></x:xmpmeta>"


def iptc() -> bytes:
    """IPTC in Photoshop's resource block."""
    record = b"\x1c\x02\x50" + struct.pack(">H", len(OWNER)) + OWNER
    return b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(record)) + record


def camera_jpeg(orientation: int = 1, jpeg: bytes | None = None, interop: bytes = b"R98\0", order: str = "<") -> bytes:
    """A JPEG with private metadata in every place where cameras, phones and editors put it."""
    return with_segments(
        jpeg if jpeg is not None else encoded(scene(), "JPEG", quality=88),
        segment(0xE1, camera_exif(orientation, order, interop)),
        segment(0xE0, b"JFXX\0\x10" + PREVIEW),
        segment(0xE1, xmp()),
        segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + PLACE),
        segment(0xE2, b"MPF\0" + VENDOR),
        segment(0xE2, b"FPXR\0" + PREVIEW),
        segment(0xE4, VENDOR),
        segment(0xEB, b"JP\0\0" + VENDOR),
        segment(0xEC, b"Ducky" + VENDOR),
        segment(0xED, iptc()),
        segment(0xFE, COMMENT),
    ) + (b"MOTION" + TRAILER + b"\xff\xd9 a video that happens to hold the end marker, \xff\xd8 and a start")
