"""TIFF files of any sample layout, put together byte by byte (TIFF 6.0; BigTIFF as libtiff's page describes it).

No decoder has a hand in them, so what a decoder makes of them can be held against the samples that were put in.
"""

import itertools
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR, CIELAB = 0, 1, 2, 3, 5, 6, 8
UNSPECIFIED, ASSOCIATED, UNASSOCIATED = 0, 1, 2  # ExtraSamples
NO_COMPRESSION, DEFLATE = 1, 8
_FORMATS: Final = {3: "H", 4: "I", 16: "Q"}
_FLOAT: Final = 3

Pixel = tuple[float, ...]


@dataclass(frozen=True)
class SampleLayout:
    """How samples stand in a file: the values of TIFF's own tags.

    Parameters
    ----------
    order
        ``<`` or ``>``.
    tile
        Side of square tiles; 0 for strips of ``strip`` rows.
    big
        BigTIFF: offsets of 64 bits.
    tags
        More tags, or other values for those that follow from the rest.
    """

    photometric: int = RGB
    bits: int = 8
    extras: tuple[int, ...] = ()
    planar: int = 1
    order: str = "<"
    sample_format: int = 1
    compression: int = NO_COMPRESSION
    predictor: int = 1
    fill_order: int = 1
    strip: int = 5
    tile: int = 0
    big: bool = False
    tags: dict[int, tuple[int, ...]] = field(default_factory=dict)


Page = tuple[SampleLayout, Sequence[Sequence[Pixel]]]


def tiff_file(layout: SampleLayout, rows: Sequence[Sequence[Pixel]]) -> bytes:
    """A TIFF of one page; each pixel is all its samples, extra ones too, as they are stored."""
    return tiff_pages([(layout, rows)])


def tiff_pages(pages: Sequence[Page], below: Sequence[Page] = ()) -> bytes:
    """A TIFF of several pages; byte order and size of offsets are those of the first one.

    Parameters
    ----------
    below
        Pages that only a tag of the first one points to (SubIFDs), as raw files have them.
    """
    order, big = pages[0][0].order, pages[0][0].big
    wide, form = (8, "Q") if big else (4, "I")
    mark = b"II" if order == "<" else b"MM"
    data = mark + (struct.pack(f"{order}HHHQ", 43, 8, 0, 0) if big else struct.pack(f"{order}HI", 42, 0))
    link, children = len(data) - wide, []
    for page in below:
        data, directory, _ = _with_page(data, page, {}, order, big)
        children.append(directory)
    for index, page in enumerate(pages):
        pointers = {330: tuple(children)} if children and index == 0 else {}
        data, directory, end = _with_page(data, page, pointers, order, big)
        data = data[:link] + struct.pack(f"{order}{form}", directory) + data[link + wide :]
        link = end
    return data


def _with_page(
    data: bytes, page: Page, pointers: dict[int, tuple[int, ...]], order: str, big: bool
) -> tuple[bytes, int, int]:
    """The file with samples and directory of a page at its end; see `_with_directory`."""
    layout, rows = page
    offsets, counts = [], []
    for block in _blocks(layout, rows):
        packed = _compressed(layout, block)
        offsets.append(len(data))
        counts.append(len(packed))
        data += packed + b"\0" * (len(packed) % 2)
    return _with_directory(data, _tags(layout, rows, offsets, counts) | pointers, order, big)


def _tags(
    layout: SampleLayout, rows: Sequence[Sequence[Pixel]], offsets: list[int], counts: list[int]
) -> dict[int, tuple[int, ...]]:
    samples = len(rows[0][0])
    tags: dict[int, tuple[int, ...]] = {
        256: (len(rows[0]),),
        257: (len(rows),),
        258: (layout.bits,) * samples,
        259: (layout.compression,),
        262: (layout.photometric,),
        277: (samples,),
        284: (layout.planar,),
    }
    tags |= {266: (layout.fill_order,)} if layout.fill_order != 1 else {}
    tags |= {317: (layout.predictor,)} if layout.predictor != 1 else {}
    tags |= {338: layout.extras} if layout.extras else {}
    tags |= {339: (layout.sample_format,) * samples} if layout.sample_format != 1 else {}
    if layout.tile:
        tags |= {322: (layout.tile,), 323: (layout.tile,), 324: tuple(offsets), 325: tuple(counts)}
    else:
        tags |= {273: tuple(offsets), 278: (layout.strip,), 279: tuple(counts)}
    return tags | layout.tags


def _blocks(layout: SampleLayout, rows: Sequence[Sequence[Pixel]]) -> Iterable[bytes]:
    """Strips or tiles, plane after plane."""
    samples = len(rows[0][0])
    for plane in [[each] for each in range(samples)] if layout.planar == 2 else [list(range(samples))]:
        if not layout.tile:
            for top in range(0, len(rows), layout.strip):
                yield b"".join(_row(layout, row, plane) for row in rows[top : top + layout.strip])
            continue
        side, empty = layout.tile, (0,) * samples
        for top, left in itertools.product(range(0, len(rows), side), range(0, len(rows[0]), side)):
            part = [list(row[left : left + side]) for row in rows[top : top + side]]
            part += [[] for _ in range(side - len(part))]
            yield b"".join(_row(layout, row + [empty] * (side - len(row)), plane) for row in part)


def _row(layout: SampleLayout, row: Sequence[Pixel], plane: Sequence[int]) -> bytes:
    values = [pixel[sample] for pixel in row for sample in plane]
    if layout.sample_format == _FLOAT:
        return struct.pack(f"{layout.order}{len(values)}{ {16: 'e', 32: 'f', 64: 'd'}[layout.bits] }", *values)
    numbers = [int(value) for value in values]
    if layout.predictor == 2:
        step = len(plane)
        numbers = [value - (numbers[at - step] if at >= step else 0) for at, value in enumerate(numbers)]
    numbers = [number % 2**layout.bits for number in numbers]
    form = {8: "B", 16: "H", 32: "I"}.get(layout.bits)
    if form:
        return struct.pack(f"{layout.order}{len(numbers)}{form}", *numbers)
    text = "".join(f"{number:0{layout.bits}b}" for number in numbers)
    text += "0" * (-len(text) % 8)
    return bytes(int(text[at : at + 8], 2) for at in range(0, len(text), 8))


def _compressed(layout: SampleLayout, block: bytes) -> bytes:
    block = zlib.compress(block) if layout.compression == DEFLATE else block
    return bytes(int(f"{byte:08b}"[::-1], 2) for byte in block) if layout.fill_order == 2 else block


def _with_directory(data: bytes, tags: dict[int, tuple[int, ...]], order: str, big: bool) -> tuple[bytes, int, int]:
    """The file with a directory at its end; where that is, and where its link to the next one is."""
    inline, wide = (8, "Q") if big else (4, "I")
    entries = b""
    for tag, values in sorted(tags.items()):
        kind = 3 if max(values) < 2**16 else 4
        packed = struct.pack(f"{order}{len(values)}{_FORMATS[kind]}", *values)
        if len(packed) > inline:
            offset = len(data)
            data += packed + b"\0" * (len(packed) % 2)
            packed = struct.pack(f"{order}{wide}", offset)
        entries += struct.pack(f"{order}HH{wide}", tag, kind, len(values)) + packed.ljust(inline, b"\0")
    directory = len(data)
    data += struct.pack(f"{order}{'Q' if big else 'H'}", len(tags)) + entries
    return data + bytes(inline), directory, len(data)
