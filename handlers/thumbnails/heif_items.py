"""What a HEIF or AVIF says of its pictures: how they are coded, their colours by numbers, metadata beside them.

ISO/IEC 23008-12 (HEIF), sections 6 and 9, names items and their properties; ISO/IEC 14496-12, 8.11, has the boxes of
items, 12.1.5 the colour. A file may hold more than one picture (tiles, alpha, thumbnails, a depth map). What cannot be
read counts as absent: whether the file is damaged, its decoder says.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from handlers.contract.errors import AssetError
from handlers.files.boxes import MAX_WINDOWS, Box, BoxReader

_METADATA: Final = frozenset({b"Exif", b"mime"})  # item types: Exif by HEIF annex A.2.1, XMP and any other MIME type
_UNKNOWN: Final = b"skip"  # an item of a type that no decoder knows is passed over
_MAX_BOXES: Final = 65_536  # a panorama has an item for each of its tiles
# chroma_format_idc (ISO/IEC 23008-2, 6.2) to chroma samples for one of luma: none, 4:2:0, 4:2:2, 4:4:4.
_CHROMA: Final = (0.0, 0.5, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class Coding:
    """What a file's pictures are coded with; the most that any of them has.

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


class HeifItems:
    """The items of a file.

    Parameters
    ----------
    data
        The whole file.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._reader = BoxReader(lambda offset, length: data[offset : offset + length], len(data))
        self._reader.allow(MAX_WINDOWS, _MAX_BOXES)

    def without_metadata(self) -> bytes:
        """The file with its Exif and XMP items under a type that decoders pass over; orientation is in properties."""
        try:
            places = [place for place in self._types() if self._data[place : place + 4] in _METADATA]
        except (AssetError, struct.error):
            return self._data
        if not places:
            return self._data
        silenced = bytearray(self._data)
        for place in places:
            silenced[place : place + 4] = _UNKNOWN
        return bytes(silenced)

    def info(self) -> dict[str, Any]:
        """Colours by their numbers and the brightest light of the primary item, by pillow-heif's names."""
        known: dict[str, Any] = {}
        try:
            for prop in self._properties():
                if prop.kind == b"colr" and self._bytes(prop, 0, 4) == b"nclx":
                    primaries, transfer = struct.unpack(">HH", self._bytes(prop, 4, 4))
                    known["nclx_profile"] = {"color_primaries": primaries, "transfer_characteristics": transfer}
                elif prop.kind == b"clli":
                    (brightest,) = struct.unpack(">H", self._bytes(prop, 0, 2))
                    known["content_light_level"] = {"max_content_light_level": brightest}
        except (AssetError, struct.error):
            pass  # as above: no colour is known then
        return known

    def coding(self) -> Coding | None:
        """How the pictures are coded; None where there are no items, as in a sequence, or where boxes are damaged."""
        try:
            if self._meta() is None:
                return None
            kinds = frozenset(self._data[place : place + 4].decode("latin-1") for place in self._types())
            samples = list(self._samples()) or [(8, _CHROMA[-1])]
        except (AssetError, struct.error):
            return None
        return Coding(kinds, max(bits for bits, _ in samples), max(chroma for _, chroma in samples))

    def _bytes(self, box: Box, offset: int, length: int) -> bytes:
        return self._data[box.start + offset : min(box.start + offset + length, box.end)]

    def _meta(self) -> Box | None:
        """The box of all items, without its version and flags."""
        found = next((box for box in self._reader.boxes(0, self._reader.size) if box.kind == b"meta"), None)
        return Box(found.kind, found.start + 4, found.end) if found else None

    def _types(self) -> Iterator[int]:
        """Where in the file the type of each item stands (8.11.6)."""
        table = self._reader.find(self._meta(), b"iinf")
        if table is None:
            return
        start = table.start + (6 if self._reader.version(table) == 0 else 8)
        for entry in self._reader.boxes(start, table.end):
            if entry.kind == b"infe" and (version := self._reader.version(entry)) in {2, 3}:
                yield entry.start + (8 if version == 2 else 10)

    def _samples(self) -> Iterator[tuple[int, float]]:
        """Bits and chroma by the decoders' configurations among all properties."""
        container = self._reader.find(self._meta(), b"iprp", b"ipco")
        for box in self._reader.boxes(container.start, container.end) if container else ():
            if box.kind == b"hvcC":  # ISO/IEC 14496-15, 8.3.2.1.2
                chroma, luma_bits, chroma_bits = struct.unpack(">BBB", self._bytes(box, 16, 3))
                yield 8 + max(luma_bits & 7, chroma_bits & 7), _CHROMA[chroma & 3]
            elif box.kind == b"av1C":  # AV1 Codec ISO Media File Format Binding, 2.3.3
                (flags,) = struct.unpack(">B", self._bytes(box, 2, 1))
                deep, twelve, grey, half_width, half_height = (bool(flags & bit) for bit in (64, 32, 16, 8, 4))
                yield (12 if twelve else 10) if deep else 8, 0.0 if grey else 2.0 / (1 + half_width) / (1 + half_height)

    def _properties(self) -> list[Box]:
        """Properties of the primary item; of a picture in tiles that has no colour of its own, all there are."""
        meta = self._meta()
        primary, container = self._reader.find(meta, b"pitm"), self._reader.find(meta, b"iprp", b"ipco")
        if primary is None or container is None:
            return []
        form = ">H" if self._reader.version(primary) == 0 else ">I"
        number = self._reader.number(primary.start + 4, form)
        every = list(self._reader.boxes(container.start, container.end))
        own = [every[index - 1] for index in self._associated(meta, number) if 0 < index <= len(every)]
        return own if any(prop.kind == b"colr" for prop in own) else every

    def _associated(self, meta: Box | None, wanted: int) -> list[int]:
        """Numbers of an item's properties, from 1 (8.11.14)."""
        table = self._reader.find(meta, b"iprp", b"ipma")
        if table is None:
            return []
        item_form = ">H" if self._reader.version(table) == 0 else ">I"
        index_form, mask = (">H", 0x7FFF) if self._reader.flags(table) & 1 else (">B", 0x7F)
        at = table.start + 8
        for _ in range(self._reader.number(table.start + 4, ">I")):
            item, count = self._reader.number(at, item_form), self._reader.number(at + struct.calcsize(item_form), ">B")
            at += struct.calcsize(item_form) + 1
            size = struct.calcsize(index_form)
            if item == wanted:
                return [self._reader.number(at + size * entry, index_form) & mask for entry in range(count)]
            at += size * count
        return []
