"""TIFFs of every layout that a writer may choose: bits, samples, planes, byte order, photometric, extra samples.

Each shows the four quarters of `tests.support.corpus.photos.compass`. Tags and values are those of TIFF 6.0; BigTIFF's
offsets and counts have 8 bytes.
"""

import itertools
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from conformance.corpus import Case
from tests.support.corpus.photos import CORNERS

SIDE: Final = 96
_UNSIGNED, _FLOAT = 1, 3
_GREY_IS_ZERO_WHITE, _GREY, _RGB, _CMYK = 0, 1, 2, 5
_ASSOCIATED, _UNASSOCIATED = 1, 2


@dataclass(frozen=True, slots=True)
class Layout:
    """How samples lie in a TIFF.

    Parameters
    ----------
    bits, samples
        Of one sample, and a pixel's number of them, extra ones included.
    photometric
        Value of PhotometricInterpretation.
    planar
        Whether each sample has a strip of its own.
    order
        ``<`` or ``>``.
    extra
        Values of ExtraSamples; the samples are opaque.
    kind
        Value of SampleFormat.
    big
        Whether it is a BigTIFF.
    reduced_first
        Whether a first page says that it is a reduced copy of another.
    """

    bits: int
    samples: int
    photometric: int
    planar: bool = False
    order: str = "<"
    extra: tuple[int, ...] = ()
    kind: int = _UNSIGNED
    big: bool = False
    reduced_first: bool = False

    def file(self) -> bytes:
        """The whole TIFF."""
        head = 16 if self.big else 8
        strips = self._strips()
        bits = struct.pack(f"{self.order}{self.samples}H", *[self.bits] * self.samples)
        kinds = struct.pack(f"{self.order}{self.samples}H", *[self.kind] * self.samples)
        blocks, spots = b"", []
        for block in (*strips, bits, kinds):
            spots.append(head + len(blocks))
            blocks += block + bytes(-len(block) % 8)
        pages = (1, 0) if self.reduced_first else (0,)
        return self._head(head + len(blocks)) + blocks + self._directories(pages, spots, strips, head + len(blocks))

    def _head(self, first: int) -> bytes:
        name = b"II" if self.order == "<" else b"MM"
        if self.big:
            return name + struct.pack(f"{self.order}HHHQ", 43, 8, 0, first)
        return name + struct.pack(f"{self.order}HI", 42, first)

    def _directories(self, pages: Sequence[int], spots: Sequence[int], strips: Sequence[bytes], at: int) -> bytes:
        written = b""
        for position, subfile in enumerate(pages):
            entries = self._entries(subfile, spots, strips, at + len(written))
            last = position == len(pages) - 1
            length = len(entries[0]) + (8 if self.big else 4) + len(entries[1])
            following = 0 if last else at + len(written) + length
            written += entries[0] + struct.pack(f"{self.order}{'Q' if self.big else 'I'}", following) + entries[1]
        return written

    def _entries(self, subfile: int, spots: Sequence[int], strips: Sequence[bytes], at: int) -> tuple[bytes, bytes]:
        """Count and entries of a page, and the values that do not fit into them."""
        wide = "Q" if self.big else "I"
        rows: list[tuple[int, int, list[int]]] = [
            (254, 4, [subfile]), (256, 4, [SIDE]), (257, 4, [SIDE]), (258, 3, [self.bits] * self.samples),
            (259, 3, [1]), (262, 3, [self.photometric]), (273, 4, list(spots[: len(strips)])),
            (277, 3, [self.samples]), (278, 4, [SIDE]), (279, 4, [len(strip) for strip in strips]),
            (284, 3, [2 if self.planar else 1]),
        ]  # fmt: skip
        rows += [(338, 3, list(self.extra))] if self.extra else []
        rows += [(339, 3, [self.kind] * self.samples)]
        room, entry = (8, 20) if self.big else (4, 12)
        spot = at + (8 if self.big else 2) + entry * len(rows) + room
        table, outside = struct.pack(f"{self.order}{'Q' if self.big else 'H'}", len(rows)), b""
        for tag, kind, values in rows:
            value = struct.pack(f"{self.order}{len(values)}{'H' if kind == 3 else 'I'}", *values)
            table += struct.pack(f"{self.order}HH{wide}", tag, kind, len(values))
            if len(value) <= room:
                table += value.ljust(room, b"\0")
            else:
                table += struct.pack(f"{self.order}{wide}", spot + len(outside))
                outside += value + bytes(-len(value) % 8)
        return table, outside

    def _strips(self) -> list[bytes]:
        rows = [[self._pixel(x, y) for x in range(SIDE)] for y in range(SIDE)]
        if self.planar:
            return [
                b"".join(self._row([pixel[plane] for pixel in row]) for row in rows) for plane in range(self.samples)
            ]
        return [b"".join(self._row(list(itertools.chain(*row))) for row in rows)]

    def _pixel(self, x: int, y: int) -> tuple[float, ...]:
        """Samples of a pixel, from 0 to 1."""
        corner = (0, 1, 3, 2)[2 * (y >= SIDE // 2) + (x >= SIDE // 2)]
        red, green, blue = (value / 255 for value in CORNERS[corner])
        colours = {
            _RGB: (red, green, blue),
            _GREY: (green,),
            _GREY_IS_ZERO_WHITE: (1 - green,),
            _CMYK: (1 - red, 1 - green, 1 - blue, 0.0),
        }[self.photometric]
        return (*colours, *[1.0] * len(self.extra))

    def _row(self, samples: Sequence[float]) -> bytes:
        if self.kind == _FLOAT:
            return struct.pack(f"{self.order}{len(samples)}{'f' if self.bits == 32 else 'e'}", *samples)
        whole = [round(sample * (2**self.bits - 1)) for sample in samples]
        if self.bits in (8, 16, 32):
            return struct.pack(f"{self.order}{len(whole)}{ {8: 'B', 16: 'H', 32: 'I'}[self.bits] }", *whole)
        packed = "".join(f"{sample:0{self.bits}b}" for sample in whole)
        return int(packed.ljust(-len(packed) // 8 * -8, "0"), 2).to_bytes(-(-len(packed) // 8))


def _rows() -> Iterator[tuple[str, Layout]]:
    for order, planar, bits in itertools.product("<>", (False, True), (8, 16)):
        name = f"tiff-rgb-{bits}-{'planar' if planar else 'chunky'}-{'le' if order == '<' else 'be'}"
        yield name, Layout(bits, 3, _RGB, planar, order)
    for bits, photometric in itertools.product((1, 2, 4, 8, 12, 16), (_GREY, _GREY_IS_ZERO_WHITE)):
        yield (
            f"tiff-grey-{bits}{'-white-is-zero' if photometric == _GREY_IS_ZERO_WHITE else ''}",
            Layout(bits, 1, photometric),
        )
    yield "tiff-grey-16-be", Layout(16, 1, _GREY, order=">")
    yield "tiff-grey-32", Layout(32, 1, _GREY)
    yield "tiff-rgb-12", Layout(12, 3, _RGB)
    yield "tiff-rgb-32", Layout(32, 3, _RGB)
    yield "tiff-rgb-float-32", Layout(32, 3, _RGB, kind=_FLOAT)
    yield "tiff-rgb-float-16", Layout(16, 3, _RGB, kind=_FLOAT)
    yield "tiff-grey-float-32", Layout(32, 1, _GREY, kind=_FLOAT)
    for bits, (meaning, extra) in itertools.product(
        (8, 16), (("alpha", _UNASSOCIATED), ("premultiplied", _ASSOCIATED), ("unspecified", 0))
    ):
        yield f"tiff-rgb-{bits}-{meaning}", Layout(bits, 4, _RGB, extra=(extra,))
        yield f"tiff-grey-{bits}-{meaning}", Layout(bits, 2, _GREY, extra=(extra,))
    yield "tiff-rgb-8-alpha-planar", Layout(8, 4, _RGB, planar=True, extra=(_UNASSOCIATED,))
    yield "tiff-cmyk-8", Layout(8, 4, _CMYK)
    yield "tiff-cmyk-16", Layout(16, 4, _CMYK)
    yield "tiff-cmyk-8-planar", Layout(8, 4, _CMYK, planar=True)
    yield "tiff-cmyk-8-alpha", Layout(8, 5, _CMYK, extra=(_UNASSOCIATED,))
    yield "tiff-big-le", Layout(8, 3, _RGB, big=True)
    yield "tiff-big-be", Layout(8, 3, _RGB, order=">", big=True)
    yield "tiff-reduced-copy-first", Layout(8, 3, _RGB, reduced_first=True)


TIFFS: Final = tuple(Case(name, ".tif", partial(Layout.file, layout)) for name, layout in _rows())
