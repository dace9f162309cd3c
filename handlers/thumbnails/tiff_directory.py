"""The directories of a TIFF: read with every bound checked, and written anew for the decoder.

Layout: TIFF 6.0, section 2, and for offsets of 64 bits "The BigTIFF File Format" of libtiff. Only tags that decide what
the samples mean are read; what else stands in a directory is nobody's business here.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

NEW_SUBFILE_TYPE, OLD_SUBFILE_TYPE, WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC = 254, 255, 256, 257, 258, 259, 262
FILL_ORDER, STRIP_OFFSETS, ORIENTATION, SAMPLES, ROWS_PER_STRIP, STRIP_COUNTS, PLANAR = (
    266,
    273,
    274,
    277,
    278,
    279,
    284,
)
PREDICTOR, COLOR_MAP, TILE_WIDTH, TILE_LENGTH, TILE_OFFSETS, TILE_COUNTS, SUB_IFDS = 317, 320, 322, 323, 324, 325, 330
EXTRA_SAMPLES, SAMPLE_FORMAT, JPEG_TABLES, ICC_PROFILE, DNG_VERSION = 338, 339, 347, 34675, 50706
T4_OPTIONS, T6_OPTIONS, INK_SET = 292, 293, 332
YCBCR_COEFFICIENTS, YCBCR_SUBSAMPLING, REFERENCE_BLACK_WHITE = 529, 530, 532

_MAX_PAGES: Final = 100  # that are looked through for the photo
# Field types that hold whole numbers, and the sizes of all.
_NUMBERS: Final = {1: "B", 3: "H", 4: "I", 8: "h", 9: "i", 13: "I", 16: "Q", 18: "Q"}
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_RATIONALS: Final = {5: "I", 10: "i"}
_LONG: Final = 4
_WIDE: Final = {16: _LONG, 17: 9, 18: _LONG}  # 64 bits, which only BigTIFF has
# What a directory that is written anew takes over from its source.
_KEPT: Final = (
    *(WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER, STRIP_OFFSETS, ORIENTATION, SAMPLES, ROWS_PER_STRIP),
    *(STRIP_COUNTS, PLANAR, PREDICTOR, COLOR_MAP, TILE_WIDTH, TILE_LENGTH, TILE_OFFSETS, TILE_COUNTS, EXTRA_SAMPLES),
    *(SAMPLE_FORMAT, JPEG_TABLES, ICC_PROFILE, YCBCR_COEFFICIENTS, YCBCR_SUBSAMPLING, REFERENCE_BLACK_WHITE),
    *(T4_OPTIONS, T6_OPTIONS),
)


@dataclass(frozen=True, slots=True)
class _Field:
    kind: int
    count: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Directory:
    """What one page says of itself.

    Parameters
    ----------
    order
        ``<`` or ``>``, as `struct` spells byte order.
    big
        Whether the file is a BigTIFF.
    following
        Offset of the next page's directory; 0 at the end.
    """

    order: str
    big: bool
    following: int
    fields: Mapping[int, _Field]

    def __contains__(self, tag: int) -> bool:
        return tag in self.fields

    def numbers(self, tag: int, absent: tuple[int, ...] = ()) -> tuple[int, ...]:
        """Whole numbers of a tag.

        Raises
        ------
        ValueError
            The tag holds something else.
        """
        field = self.fields.get(tag)
        if field is None:
            return absent
        if field.kind not in _NUMBERS:
            raise ValueError(f"tag {tag} holds no numbers")
        return struct.unpack(f"{self.order}{field.count}{_NUMBERS[field.kind]}", field.content)

    def number(self, tag: int, absent: int) -> int:
        """First number of a tag."""
        return (*self.numbers(tag), absent)[0]

    def fractions(self, tag: int) -> tuple[float, ...]:
        """Values of a tag of rational numbers; none when it has another type."""
        field = self.fields.get(tag)
        if field is None or field.kind not in _RATIONALS:
            return ()
        parts = struct.unpack(f"{self.order}{2 * field.count}{_RATIONALS[field.kind]}", field.content)
        return tuple(above / (below or 1) for above, below in zip(parts[::2], parts[1::2], strict=True))


class TiffFile:
    """A whole TIFF in memory.

    Raises
    ------
    ValueError
        No TIFF header.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.order = {b"II": "<", b"MM": ">"}.get(data[:2], "")
        version = struct.unpack_from(f"{self.order}H", data, 2)[0] if self.order and len(data) >= 16 else 0
        if version not in {42, 43}:
            raise ValueError("no TIFF header")
        self.big = version == 43

    def pages(self) -> Iterator[Directory]:
        """The directories of the main chain, in order. It ends where it turns back or is broken.

        Raises
        ------
        ValueError
            Not even the first one can be read.
        """
        form, place = ("Q", 8) if self.big else ("I", 4)
        at, seen = struct.unpack_from(f"{self.order}{form}", self.data, place)[0], set[int]()
        while (at or not seen) and at not in seen and len(seen) < _MAX_PAGES:
            try:
                page = self.directory(at)
            except ValueError:
                if not seen:
                    raise
                return
            seen.add(at)
            yield page
            at = page.following

    def children(self, page: Directory) -> Iterator[Directory]:
        """Directories below a page, as far as they can be read: mostly copies of it in other sizes."""
        for at in page.numbers(SUB_IFDS)[:_MAX_PAGES]:
            with suppress(ValueError):
                yield self.directory(at)

    def directory(self, at: int) -> Directory:
        """The directory at an offset.

        Raises
        ------
        ValueError
            It, or a value that is needed from it, is not in the file.
        """
        count_form, link_form, step = ("Q", "Q", 20) if self.big else ("H", "I", 12)
        try:
            count = struct.unpack_from(f"{self.order}{count_form}", self.data, at)[0]
            start = at + struct.calcsize(f"={count_form}")
            end = start + count * step
            if end > len(self.data):
                raise ValueError("directory beyond the end of the file")
            following = 0  # many writers cut off the last link
            if end + struct.calcsize(f"={link_form}") <= len(self.data):
                following = struct.unpack_from(f"{self.order}{link_form}", self.data, end)[0]
            fields = dict(self._fields(range(start, end, step)))
        except (struct.error, OverflowError) as error:
            raise ValueError("directory beyond the end of the file") from error
        return Directory(self.order, self.big, following, fields)

    def _fields(self, places: Sequence[int]) -> Iterator[tuple[int, _Field]]:
        wanted = {*_KEPT, NEW_SUBFILE_TYPE, OLD_SUBFILE_TYPE, SUB_IFDS, DNG_VERSION, INK_SET}
        for place in places:
            tag, kind = struct.unpack_from(f"{self.order}HH", self.data, place)
            if tag not in wanted:
                continue
            wide, room = ("Q", 8) if self.big else ("I", 4)
            count = struct.unpack_from(f"{self.order}{wide}", self.data, place + 4)[0]
            size, at = count * _SIZES.get(kind, 1), place + 4 + room
            if size > room:
                at = struct.unpack_from(f"{self.order}{wide}", self.data, at)[0]
            if at + size > len(self.data):
                if tag == ICC_PROFILE:
                    continue  # side data: the photo is whole without it
                raise ValueError(f"value of tag {tag} beyond the end of the file")
            yield tag, _Field(kind, count, self.data[at : at + size])


@dataclass(frozen=True, slots=True)
class NewDirectory:
    """A directory to be written: kept tags of a page, with some changed (numbers) or left out (None)."""

    page: Directory
    changes: Mapping[int, Sequence[int] | None]

    def written(self, order: str, at: int, *, last: bool) -> bytes:
        """The directory for a classic TIFF, values behind it, linked to what stands behind those unless it is last.

        Raises
        ------
        struct.error
            An offset has no place in 32 bits.
        """
        kept = {tag: self._kept(tag, order) for tag in _KEPT if tag in self.page and tag not in self.changes}
        changed = {
            tag: (_LONG, len(values), struct.pack(f"{order}{len(values)}I", *values))
            for tag, values in self.changes.items()
            if values is not None
        }
        fields = sorted((kept | changed).items())
        outside, entries = b"", b""
        start = at + 2 + 12 * len(fields) + 4
        for tag, (kind, count, content) in fields:
            value = content.ljust(4, b"\0")
            if len(content) > 4:
                value = struct.pack(f"{order}I", start + len(outside))
                outside += content + bytes(len(content) % 2)
            entries += struct.pack(f"{order}HHI", tag, kind, count) + value
        link = 0 if last else start + len(outside)
        return struct.pack(f"{order}H", len(fields)) + entries + struct.pack(f"{order}I", link) + outside

    def _kept(self, tag: int, order: str) -> tuple[int, int, bytes]:
        field = self.page.fields[tag]
        if field.kind in _NUMBERS:
            kind = _WIDE.get(field.kind, field.kind)
            values = self.page.numbers(tag)
            return kind, field.count, struct.pack(f"{order}{field.count}{_NUMBERS[kind]}", *values)
        if field.kind in _RATIONALS:
            form = f"{2 * field.count}{_RATIONALS[field.kind]}"
            parts = struct.unpack(f"{self.page.order}{form}", field.content)
            return field.kind, field.count, struct.pack(f"{order}{form}", *parts)
        return field.kind, field.count, field.content


def with_directories(data: bytes, order: str, directories: Sequence[NewDirectory]) -> list[bytes | memoryview]:
    """A classic TIFF with the samples of a file where they are, and directories of our own behind them.

    Parameters
    ----------
    order
        Byte order of the new header and directories. Samples of more than 8 bits follow it, so it may differ from the
        file's only where they have none.

    Returns
    -------
    list
        Parts of the file, in order; nothing of it has been copied.
    """
    padding = bytes(-len(data) % 2)
    at = len(data) + len(padding)
    mark = b"II" if order == "<" else b"MM"
    parts: list[bytes | memoryview] = [mark + struct.pack(f"{order}HI", 42, at), memoryview(data)[8:], padding]
    for index, directory in enumerate(directories):
        parts.append(directory.written(order, at, last=index == len(directories) - 1))
        at += len(parts[-1])
    return parts
