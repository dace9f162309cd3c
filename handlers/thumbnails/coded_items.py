"""What the pictures of a HEIF or AVIF file are coded with, by its boxes; no picture is decoded.

Items and their properties: ISO/IEC 23008-12 (HEIF), 6 and 9, in boxes of ISO/IEC 14496-12, 8.11. A file may hold more
than one picture (tiles, alpha, thumbnails, a depth map); what is told is the most that any of them has.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from handlers.contract.errors import AssetError
from handlers.files.boxes import Box, BoxReader

_FULL_BOX: Final = 4  # version and flags, in front of the children of `meta`
_SUBSAMPLED: Final = {
    0: 0.0,
    1: 0.5,
    2: 1.0,
    3: 2.0,
}  # chroma_format_idc (ISO/IEC 23008-2, 6.2): none, 4:2:0, 4:2:2, 4:4:4


@dataclass(frozen=True, slots=True)
class CodedItems:
    """What stands in a file's item and property boxes.

    Parameters
    ----------
    kinds
        Four-character codes of the items: ``hvc1`` and ``av01`` for pictures in HEVC and AV1, ``grid``, ``Exif``, ...
    bits
        Most bits of a sample.
    chroma
        Most chroma samples for one of luma: 0 (grey), 0.5, 1 or 2.
    """

    kinds: frozenset[str]
    bits: int
    chroma: float


def coded_items(data: bytes) -> CodedItems | None:
    """Read a file's boxes.

    Returns
    -------
    CodedItems or None
        None where there are no items, as in a sequence, or where boxes are damaged: the decoder will tell.
    """
    reader = BoxReader(lambda offset, length: data[offset : offset + length], len(data))
    try:
        meta = next((box for box in reader.boxes(0, len(data)) if box.kind == b"meta"), None)
        if meta is None:
            return None
        meta = Box(meta.kind, meta.start + _FULL_BOX, meta.end)
        kinds = frozenset(_kinds(reader, reader.find(meta, b"iinf")))
        samples = list(_samples(reader, reader.find(meta, b"iprp", b"ipco"))) or [(8, 2.0)]
    except AssetError:
        return None
    return CodedItems(kinds, max(bits for bits, _ in samples), max(chroma for _, chroma in samples))


def _kinds(reader: BoxReader, iinf: Box | None) -> Iterator[str]:
    """Types of the entries of an item information box (ISO/IEC 14496-12, 8.11.6)."""
    if iinf is None:
        return
    start = iinf.start + _FULL_BOX + (2 if reader.version(iinf) == 0 else 4)
    for entry in reader.children(Box(iinf.kind, start, iinf.end), b"infe"):
        version = reader.version(entry)
        if version >= 2:
            at = entry.start + _FULL_BOX + (4 if version == 2 else 6)
            yield reader.bytes_at(at, 4).decode("latin-1")


def _samples(reader: BoxReader, ipco: Box | None) -> Iterator[tuple[int, float]]:
    """Bits and chroma by the decoders' configurations among the properties."""
    if ipco is None:
        return
    for box in reader.boxes(ipco.start, ipco.end):
        if box.kind == b"hvcC":  # ISO/IEC 14496-15, 8.3.2.1.2
            chroma, luma_bits, chroma_bits = reader.bytes_at(box.start + 16, 3)
            yield 8 + max(luma_bits & 7, chroma_bits & 7), _SUBSAMPLED[chroma & 3]
        elif box.kind == b"av1C":  # AV1 Codec ISO Media File Format Binding, 2.3.3
            flags = reader.bytes_at(box.start + 2, 1)[0]
            deep, twelve, grey, half_width, half_height = (bool(flags & bit) for bit in (64, 32, 16, 8, 4))
            chroma_part = 0.0 if grey else 2.0 / (1 + half_width) / (1 + half_height)
            yield (12 if twelve else 10) if deep else 8, chroma_part
