"""`handlers.thumbnails.tiff_layouts`: every layout is shown as it was put in, or refused; none is misread."""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from PIL import Image

from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.thumbnails import decode
from tests.support.corpus.photos import encoded, scene
from tests.support.corpus.tiff_files import (
    ASSOCIATED,
    BLACK_IS_ZERO,
    CIELAB,
    CMYK,
    DEFLATE,
    NO_COMPRESSION,
    PALETTE,
    RGB,
    UNASSOCIATED,
    UNSPECIFIED,
    WHITE_IS_ZERO,
    YCBCR,
    Pixel,
    SampleLayout,
    tiff_file,
)

SIZE = (19, 11)
COLOURS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, CMYK: 4, CIELAB: 3}
EXTRAS: tuple[tuple[int, ...], ...] = (
    *((), (UNSPECIFIED,), (ASSOCIATED,), (UNASSOCIATED,)),
    *((UNSPECIFIED, UNSPECIFIED), (ASSOCIATED, UNSPECIFIED), (UNASSOCIATED, UNASSOCIATED)),
)
WAYS_OF_STORING = tuple(
    {"order": order, "compression": compression, "predictor": predictor, "tile": tile}
    for order, (compression, predictor), tile in itertools.product(
        "<>", ((NO_COMPRESSION, 1), (DEFLATE, 1), (DEFLATE, 2)), (0, 16)
    )
)
# What photo editors, scanners and raw converters write: refusing these would not do.
COMMON = (
    *itertools.product((WHITE_IS_ZERO, BLACK_IS_ZERO), (1, 2, 4, 8, 16), ((),), (1,)),
    *itertools.product((RGB,), (8, 16), ((), (UNSPECIFIED,), (ASSOCIATED,), (UNASSOCIATED,)), (1, 2)),
    *itertools.product((CMYK,), (8, 16), ((),), (1, 2)),
    *itertools.product((BLACK_IS_ZERO,), (8,), ((UNASSOCIATED,), (ASSOCIATED,)), (1, 2)),
    *itertools.product((WHITE_IS_ZERO, BLACK_IS_ZERO), (8, 16), ((UNASSOCIATED,),), (2,)),
    *itertools.product((BLACK_IS_ZERO, RGB), (16,), ((UNASSOCIATED, UNASSOCIATED),), (2,)),
    *itertools.product((CMYK,), (8, 16), ((ASSOCIATED,), (UNASSOCIATED,)), (2,)),
    (CIELAB, 8, (), 1),
)


def speckled(layout: SampleLayout) -> list[list[Pixel]]:
    """Pixels without any regularity; colours that are multiplied by alpha never exceed it."""
    chance, most, colours = random.Random(5), 2**layout.bits - 1, COLOURS[layout.photometric]  # noqa: S311 - repeatable

    def pixel() -> Pixel:
        values = [chance.randint(0, most) for _ in range(colours + len(layout.extras))]
        if layout.extras[:1] == (ASSOCIATED,):
            values[:colours] = [min(value, values[colours]) for value in values[:colours]]
        return tuple(values)

    return [[pixel() for _ in range(SIZE[0])] for _ in range(SIZE[1])]


def on_white(layout: SampleLayout, pixel: Pixel) -> tuple[float, ...]:
    """What a pixel looks like on white (ink: on paper), as 0 to 255."""
    colours, most = COLOURS[layout.photometric], 2**layout.bits - 1
    shades = [value * 255 / most for value in pixel[:colours]]
    if layout.photometric == WHITE_IS_ZERO:
        shades = [255 - shade for shade in shades]
    if layout.photometric == CIELAB:  # Pillow's own form of a* and b*: without a sign
        shades[1:] = [(shade + 128) % 256 for shade in shades[1:]]
    kind = layout.extras[0] if layout.extras else UNSPECIFIED
    if kind == UNSPECIFIED:
        return tuple(shades)
    alpha = pixel[colours] / most
    nothing = 0 if layout.photometric == CMYK else 255
    part = 1 if kind == ASSOCIATED else alpha
    return tuple(shade * part + nothing * (1 - alpha) for shade in shades)


def shown(data: bytes) -> Image.Image:
    return decode.load(decode.open_photo(data, "image/tiff"))[0]


def differences(image: Image.Image, wanted: Sequence[tuple[float, ...]]) -> Iterator[float]:
    found = image.get_flattened_data()
    for one, other in zip(found, wanted, strict=True):
        values = one if isinstance(one, tuple) else (one,)
        grey = len(other) == 1
        assert grey or len(values) == len(other)
        yield from (abs(value - other[0 if grey else at]) for at, value in enumerate(values))


def fidelity(layout: SampleLayout) -> str:
    """``right``, ``wrong``, ``refused``, or an error that does not befit a whole file."""
    rows = speckled(layout)
    try:
        image = shown(tiff_file(layout, rows))
    except AssetError as error:
        told = error.code is AssetErrorCode.UNSUPPORTED_MEDIA and "export it as" in error.message
        return "refused" if told else f"{error.code}: {error.message}"
    tolerance = 3 if layout.extras else 1  # alpha is rounded to 8 bits before and after it is multiplied
    wanted = [on_white(layout, pixel) for row in rows for pixel in row]
    return "right" if max(differences(image, wanted)) <= tolerance else "wrong"


@pytest.mark.parametrize("photometric", COLOURS)
@pytest.mark.parametrize("bits", [1, 2, 4, 6, 8, 10, 12, 14, 16, 32])
def test_no_layout_is_misread(photometric: int, bits: int) -> None:
    for extras, planar, storing in itertools.product(EXTRAS, (1, 2), WAYS_OF_STORING):
        if storing["predictor"] == 2 and bits not in {8, 16, 32}:
            continue  # there is none
        layout = SampleLayout(photometric, bits, extras, planar, **storing)  # type: ignore[arg-type]  # as named
        assert fidelity(layout) in {"right", "refused"}, layout


@pytest.mark.parametrize(("photometric", "bits", "extras", "planar"), COMMON)
def test_a_common_layout_is_shown(photometric: int, bits: int, extras: tuple[int, ...], planar: int) -> None:
    for storing in WAYS_OF_STORING:
        if storing["predictor"] == 1 or bits in {8, 16}:
            layout = SampleLayout(photometric, bits, extras, planar, **storing)  # type: ignore[arg-type]  # as named
            assert fidelity(layout) == "right", layout


@pytest.mark.parametrize("photometric", [WHITE_IS_ZERO, BLACK_IS_ZERO])
@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("compression", [NO_COMPRESSION, DEFLATE])
def test_grey_of_12_bits_keeps_its_brightness(photometric: int, order: str, compression: int) -> None:
    assert fidelity(SampleLayout(photometric, 12, order=order, compression=compression)) == "right"


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("photometric", [BLACK_IS_ZERO, CMYK])
@pytest.mark.parametrize("kind", [ASSOCIATED, UNASSOCIATED])
def test_rare_alpha_between_the_colours_is_shown(photometric: int, bits: int, kind: int) -> None:
    for order, compression in itertools.product("<>", (NO_COMPRESSION, DEFLATE)):
        assert fidelity(SampleLayout(photometric, bits, (kind,), order=order, compression=compression)) == "right"


@pytest.mark.parametrize("big", [False, True], ids=["TIFF", "BigTIFF"])
@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("compression", [NO_COMPRESSION, DEFLATE])
def test_both_sizes_of_offsets_are_read_in_both_orders(big: bool, order: str, bits: int, compression: int) -> None:
    assert fidelity(SampleLayout(RGB, bits, order=order, big=big, compression=compression)) == "right"


@pytest.mark.parametrize("sample_format", [2, 3, 5, 6])
@pytest.mark.parametrize("photometric", [BLACK_IS_ZERO, RGB])
@pytest.mark.parametrize("bits", [16, 32])
def test_other_numbers_than_unsigned_ones_are_refused(photometric: int, bits: int, sample_format: int) -> None:
    assert fidelity(SampleLayout(photometric, bits, sample_format=sample_format)) == "refused"


@pytest.mark.parametrize("photometric", [WHITE_IS_ZERO, BLACK_IS_ZERO, RGB])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("said", [(1,), (4,)], ids=["once", "undefined"])
def test_the_usual_sample_format_may_be_said(photometric: int, bits: int, said: tuple[int, ...]) -> None:
    count = COLOURS[photometric]
    assert fidelity(SampleLayout(photometric, bits, tags={339: said * count})) == "right"
    assert fidelity(SampleLayout(photometric, bits, tags={339: said})) == "right"


@pytest.mark.parametrize("photometric", [WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, CMYK])
@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_reversed_bits_are_read_or_refused(photometric: int, bits: int) -> None:
    for planar, compression in itertools.product((1, 2), (NO_COMPRESSION, DEFLATE)):
        layout = SampleLayout(photometric, bits, planar=planar, compression=compression, fill_order=2)
        common = bits == 1 and photometric in {WHITE_IS_ZERO, BLACK_IS_ZERO} and compression == NO_COMPRESSION
        assert fidelity(layout) == ("right" if common else "refused")


@pytest.mark.parametrize("compression", ["group3", "group4"])
def test_faxes_with_reversed_bits_are_read(compression: str) -> None:
    photo = scene().convert("1")
    fax = encoded(photo, "TIFF", compression=compression, tiffinfo={266: 2})
    assert fax != encoded(photo, "TIFF", compression=compression)
    assert shown(fax).tobytes() == photo.convert("L").tobytes()


def test_a_fourth_channel_that_nobody_names_is_alpha() -> None:
    rows = speckled(SampleLayout(RGB, 8, (UNASSOCIATED,)))
    named, unnamed = (SampleLayout(RGB, 8, extras) for extras in ((UNASSOCIATED,), ()))
    assert shown(tiff_file(unnamed, rows)) == shown(tiff_file(named, rows))


@pytest.mark.parametrize("factor", [1, 257], ids=["8 bits", "16 bits"])
def test_palettes_of_both_ranges_have_their_colours(factor: int) -> None:
    colours = [(200, 100, 50), (0, 0, 0), (255, 255, 255), (10, 200, 90)]
    table = [colour[part] * factor for part in range(3) for colour in (*colours, *[(0, 0, 0)] * 252)]
    layout = SampleLayout(PALETTE, 8, tags={320: tuple(table)})
    rows = [[((x + y) % 4,) for x in range(SIZE[0])] for y in range(SIZE[1])]
    image = shown(tiff_file(layout, rows))
    assert list(image.get_flattened_data()) == [colours[pixel[0]] for row in rows for pixel in row]


@pytest.mark.parametrize("subsampling", [{}, {530: (2, 2)}, {530: (1, 1)}], ids=["default", "halved", "whole"])
def test_luma_and_chroma_are_read_where_every_pixel_has_its_own(subsampling: dict[int, tuple[int, ...]]) -> None:
    rows: list[list[Pixel]] = [[(120, 90, 170)] * SIZE[0]] * SIZE[1]
    layout = SampleLayout(YCBCR, 8, tags=subsampling)
    if subsampling.get(530) != (1, 1):
        with pytest.raises(AssetError) as refused:
            shown(tiff_file(layout, rows))
        assert refused.value.code is AssetErrorCode.UNSUPPORTED_MEDIA
        return
    wanted = tuple(Image.new("YCbCr", (1, 1), (120, 90, 170)).convert("RGB").tobytes())
    for compression in (NO_COMPRESSION, DEFLATE):
        image = shown(tiff_file(replace(layout, compression=compression), rows))
        assert max(differences(image, [wanted] * SIZE[0] * SIZE[1])) <= 2


@pytest.mark.parametrize(
    ("mode", "compression"),
    [
        *itertools.product(["1"], ["tiff_ccitt", "group3", "group4"]),
        *itertools.product(["1", "L", "RGB", "CMYK"], ["raw", "tiff_lzw", "packbits", "tiff_deflate", "lzma", "zstd"]),
    ],
)
def test_a_known_compression_is_undone(mode: str, compression: str) -> None:
    photo = scene().convert(mode)
    assert (
        shown(encoded(photo, "TIFF", compression=compression)).tobytes()
        == (photo.convert("L") if mode == "1" else photo).tobytes()
    )


@pytest.mark.parametrize("tags", [{259: (6,)}, {259: (34712,)}, {262: (32844,)}, {262: (4,)}, {258: (5, 6, 5)}])
def test_what_is_in_no_row_of_the_table_is_refused(tags: dict[int, tuple[int, ...]]) -> None:
    layout = SampleLayout(RGB, 8, tags=tags)
    with pytest.raises(AssetError) as refused:
        shown(tiff_file(layout, speckled(layout)))
    assert refused.value.code is AssetErrorCode.UNSUPPORTED_MEDIA
