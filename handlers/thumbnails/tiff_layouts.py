"""How samples may stand in a TIFF, and by which way each layout is read: a table, never a trial.

Pillow knows a layout by some of its tags and reads what it knows even where the others say something else: planes of
16 bits as if they had 8, for example. So it gets the layouts of `_BY_PILLOW` alone, for each of which a test compares
pixels with what was put in. A few more can be taken apart into grey pictures of one sample, which it reads rightly. All
others are refused, with what to export. Tags and their defaults: TIFF 6.0, sections 3 to 23.
"""

from dataclasses import dataclass
from enum import Enum, auto
from itertools import product
from typing import Final

from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.thumbnails import tiff_directory as tags
from handlers.thumbnails.tiff_directory import Directory

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR, CIELAB = 0, 1, 2, 3, 5, 6, 8
UNSPECIFIED, ASSOCIATED, UNASSOCIATED = 0, 1, 2  # ExtraSamples: no alpha; colours multiplied by it; colours as they are
_COLOURS: Final = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, PALETTE: 1, CMYK: 4, YCBCR: 3, CIELAB: 3}
_MOST_EXTRAS: Final = 8

_NONE, _JPEG, _PACKBITS = 1, 7, 32773
_FAX: Final = {2, 3, 4}
_PREDICTED: Final = {5, 8, 32946, 34925, 50000}  # LZW, Deflate (two numbers), LZMA, Zstandard
_BYTEWISE: Final = {_NONE, _PACKBITS, *_PREDICTED}
_CHUNKY, _PLANAR = 1, 2
_UNSIGNED: Final = {1, 4}  # SampleFormat 4 is "undefined": readers take it for unsigned

_JPEG_COEFFICIENTS: Final = (0.299, 0.587, 0.114)
_FULL_RANGE: Final = (0, 255, 128, 255, 128, 255)


class Way(Enum):
    """How a page is read."""

    PILLOW = auto()  # as it stands
    PLANES = auto()  # each sample apart, as a grey picture


@dataclass(frozen=True, slots=True)
class Layout:
    """The samples of one page.

    Parameters
    ----------
    colours
        Samples of a pixel that are colour.
    extras
        What each further sample of a pixel is.
    bits
        Of every sample.
    predictor
        1 where samples are stored as they are, 2 as differences to their neighbour.
    """

    photometric: int
    colours: int
    extras: tuple[int, ...]
    bits: int
    planar: bool
    compression: int
    predictor: int
    way: Way


# (photometric, bits, extras): of samples side by side, in any compression of `_BYTEWISE`.
_BY_PILLOW: Final = frozenset(
    {
        *product((WHITE_IS_ZERO, BLACK_IS_ZERO, PALETTE), (1, 2, 4, 8), ((),)),
        *product((BLACK_IS_ZERO,), (8,), ((UNSPECIFIED,), (ASSOCIATED,), (UNASSOCIATED,))),
        *product((RGB,), (8,), ((), *((first, *(UNSPECIFIED,) * more) for first, more in product(range(3), range(3))))),
        *product((RGB,), (16,), ((), (UNSPECIFIED,), (ASSOCIATED,), (UNASSOCIATED,))),
        *product((CMYK,), (8,), ((), (UNSPECIFIED,), (UNSPECIFIED, UNSPECIFIED))),
        *product((PALETTE,), (8,), ((UNSPECIFIED,), (UNASSOCIATED,))),
        (CMYK, 16, ()),
        (CIELAB, 8, ()),
        (YCBCR, 8, ()),
    }
)
_PLANAR_BY_PILLOW: Final = frozenset({(RGB, 8, ()), (RGB, 8, (UNASSOCIATED,)), (CMYK, 8, ())})
_BILEVEL: Final = frozenset({(WHITE_IS_ZERO, 1, ()), (BLACK_IS_ZERO, 1, ())})
_JPEG_BY_PILLOW: Final = frozenset({(BLACK_IS_ZERO, 8, ()), (RGB, 8, ()), (CMYK, 8, ()), (YCBCR, 8, ())})
_IN_PLANES: Final = frozenset(product((WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, CMYK), (8, 16)))


def layout_of(page: Directory) -> Layout:
    """The layout of a page, and the way that is known to read it.

    Raises
    ------
    AssetError
        ``UNSUPPORTED_MEDIA``: no way is.
    ValueError
        The page contradicts itself.
    """
    photometric, compression = page.number(tags.PHOTOMETRIC, -1), page.number(tags.COMPRESSION, _NONE)
    if photometric not in _COLOURS:
        raise unsupported(f"photometric interpretation {photometric}" if photometric >= 0 else "no colour space")
    if photometric == CMYK and page.number(tags.INK_SET, 1) != 1:
        raise unsupported("inks other than cyan, magenta, yellow and black")
    if compression not in _BYTEWISE | _FAX | {_JPEG}:
        raise unsupported(f"compression {compression}")
    colours, extras = _samples(page, photometric)
    bits = set(page.numbers(tags.BITS, (1,))[: colours + len(extras)])
    if len(bits) != 1:
        raise unsupported("samples of several sizes")
    formats = set(page.numbers(tags.SAMPLE_FORMAT, (1,)))
    if not formats <= _UNSIGNED:
        raise unsupported("floating point, signed or complex samples")
    planar = page.number(tags.PLANAR, _CHUNKY) == _PLANAR and colours + len(extras) > 1
    predictor = page.number(tags.PREDICTOR, 1) if compression in _PREDICTED else 1
    layout = Layout(photometric, colours, extras, bits.pop(), planar, compression, predictor, Way.PILLOW)
    if _read_by_pillow(layout, page):
        return layout
    if page.number(tags.FILL_ORDER, 1) == 1 and _read_in_planes(layout):
        return Layout(photometric, colours, extras, layout.bits, planar, compression, predictor, Way.PLANES)
    raise unsupported(
        f"{len(extras) + colours} samples of {layout.bits} bits in this order (photometric interpretation "
        f"{photometric}, extra samples {extras}, {'planar, ' if planar else ''}compression {compression}, "
        f"predictor {predictor})"
    )


def unsupported(what: str) -> AssetError:
    """The refusal of a TIFF that is whole, with its remedy."""
    return AssetError(
        AssetErrorCode.UNSUPPORTED_MEDIA,
        f"TIFF with {what} is not supported; export it as RGB or grey of 8 or 16 bits without further channels, "
        "uncompressed or with LZW",
    )


def _samples(page: Directory, photometric: int) -> tuple[int, tuple[int, ...]]:
    """How many samples of a pixel are colour, and what the others are."""
    colours = _COLOURS[photometric]
    samples = page.number(tags.SAMPLES, 1)
    if samples < colours:
        raise ValueError(f"{samples} samples where there must be {colours}")
    if samples > colours + _MOST_EXTRAS:
        raise unsupported(f"{samples} samples a pixel")
    extras = page.numbers(tags.EXTRA_SAMPLES)[: samples - colours]
    if not extras and photometric == RGB and samples == colours + 1:
        return colours, (UNASSOCIATED,)  # a fourth channel that nobody names: alpha to all readers
    # 999 is Corel Draw's, for alpha; a further alpha channel than the first is somebody's selection
    known = [
        {999: UNASSOCIATED}.get(kind, kind if kind in {ASSOCIATED, UNASSOCIATED} else UNSPECIFIED) for kind in extras
    ]
    rest = (UNSPECIFIED,) * (samples - colours - 1)
    return colours, (known[0] if known else UNSPECIFIED, *rest) if samples > colours else ()


def _read_by_pillow(layout: Layout, page: Directory) -> bool:
    """Whether Pillow is known to read the layout, as the page stands."""
    key = (layout.photometric, layout.bits, layout.extras)
    if layout.predictor not in ({1, 2} if layout.bits in {8, 16} else {1}):
        return False
    if page.number(tags.FILL_ORDER, 1) != 1 and (key not in _BILEVEL or layout.compression not in {_NONE, *_FAX}):
        return False  # the bits of a byte are turned round, as fax machines send them
    if layout.compression in _FAX:
        return key in _BILEVEL
    if layout.compression == _JPEG:
        return key in _JPEG_BY_PILLOW and not layout.planar
    if layout.planar:
        return key in _PLANAR_BY_PILLOW
    return key in _BY_PILLOW and (layout.photometric != YCBCR or _is_plain_ycbcr(page))


def _is_plain_ycbcr(page: Directory) -> bool:
    """YCbCr as JPEG has it, every pixel with its own chroma; the tags' defaults are others."""
    coefficients, range_ = page.fractions(tags.YCBCR_COEFFICIENTS), page.fractions(tags.REFERENCE_BLACK_WHITE)
    return (
        page.numbers(tags.YCBCR_SUBSAMPLING) == (1, 1)
        and (not coefficients or tuple(round(part, 3) for part in coefficients) == _JPEG_COEFFICIENTS)
        and (not range_ or tuple(map(round, range_)) == _FULL_RANGE)
    )


def _read_in_planes(layout: Layout) -> bool:
    """Whether each sample can be had apart: planes as they stand, neighbours unless they are stored as differences."""
    if layout.compression not in _BYTEWISE:
        return False
    alone = layout.planar or layout.colours + len(layout.extras) == 1
    if (layout.photometric in {WHITE_IS_ZERO, BLACK_IS_ZERO}) and (layout.bits, layout.extras) == (12, ()):
        return layout.predictor == 1
    if layout.photometric == WHITE_IS_ZERO and layout.extras[:1] == (ASSOCIATED,):
        return False  # readers disagree about what was multiplied
    return (layout.photometric, layout.bits) in _IN_PLANES and layout.predictor in ({1, 2} if alone else {1})
