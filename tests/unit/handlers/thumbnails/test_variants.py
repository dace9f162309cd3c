"""`handlers.thumbnails.variants`: sizes, orientation, likeness, and nothing but pixels."""

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from bench.similarity import ssim
from handlers.contract.keys import VARIANT_WIDTHS
from handlers.contract.photo_variants import MAX_WIDTH, REQUIRED, Encoding, Variant
from handlers.thumbnails import limits
from handlers.thumbnails.decode import Decoded
from handlers.thumbnails.memory import MemoryBudget
from handlers.thumbnails.photo import process
from handlers.thumbnails.variants import QUALITY, cost, render, upright, variant_size, wanted_size
from tests.support.corpus.camera import camera_jpeg
from tests.support.corpus.photos import CORNERS, alike, compass, corners, detailed, encoded, opened, scene

MEMORY = MemoryBudget(limits.DECODE_BYTES)
# The turn that a camera held this way undoes when it stores the photo: the inverse of showing it upright.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def stored(photo: Image.Image, orientation: int) -> Image.Image:
    turn = STORED[orientation]
    return photo if turn is None else photo.transpose(turn)


def likeness(variant: bytes, source: Image.Image) -> float:
    """SSIM against the reference: Lanczos from every pixel of the upright source."""
    shown = opened(variant)
    return ssim(shown, source.convert("RGB").resize(shown.size, Image.Resampling.LANCZOS))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_shown_upright(orientation: int) -> None:
    jpeg = camera_jpeg(orientation, jpeg=encoded(stored(compass(), orientation), "JPEG", quality=95))
    made = process(jpeg, MEMORY)
    assert (made.width, made.height) == (120, 80)
    for body in made.variants.values():
        shown = opened(body)
        assert shown.size == (120, 80)
        assert all(alike(found, wanted, 12) for found, wanted in zip(corners(shown), CORNERS, strict=True))
    processed = ImageOps.exif_transpose(opened(made.processed))
    assert all(alike(found, wanted, 12) for found, wanted in zip(corners(processed), CORNERS, strict=True))


@pytest.mark.parametrize("orientation", [1, 6, 7])
def test_widths_count_after_orientation(orientation: int) -> None:
    portrait = detailed(1500, 2100)
    made = process(camera_jpeg(orientation, jpeg=encoded(stored(portrait, orientation), "JPEG")), MEMORY)
    sizes = {name: opened(body).size for name, body in made.variants.items()}
    assert sizes == {"thumbnail": (200, 280), "small": (400, 560), "medium": (800, 1120), "large": (1200, 1680)}


@pytest.mark.parametrize("size", [(2600, 1700), (2400, 1600)], ids=["2600", "2400"])
def test_variants_are_like_the_full_resolution_reference(size: tuple[int, int]) -> None:
    jpeg = encoded(detailed(*size), "JPEG", quality=92)
    likenesses = {name: likeness(body, opened(jpeg)) for name, body in process(jpeg, MEMORY).variants.items()}
    assert min(likenesses.values()) >= 0.98, likenesses


@pytest.mark.parametrize("size", [(1201, 801), (4803, 901)], ids=["hardly reduced", "panorama"])
def test_only_encoding_costs_likeness_where_every_pixel_is_noise(size: tuple[int, int]) -> None:
    jpeg = encoded(detailed(*size), "JPEG", quality=92)
    for body in process(jpeg, MEMORY).variants.values():
        reference = opened(jpeg).resize(opened(body).size, Image.Resampling.LANCZOS)
        best = likeness(encoded(reference, "JPEG", quality=QUALITY, subsampling="4:2:0"), opened(jpeg))
        assert likeness(body, opened(jpeg)) >= best - 0.01


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_variants_of_other_formats_are_as_good(kind: str) -> None:
    source = detailed(2600, 1700)
    quickly = {"compress_level": 1} if kind == "PNG" else {}
    made = process(encoded(source, kind, **quickly), MEMORY)
    likenesses = {name: likeness(body, source) for name, body in made.variants.items()}
    assert min(likenesses.values()) >= 0.98, likenesses


def test_colours_of_variants_are_those_of_the_source() -> None:
    source = detailed(1500, 1000)
    made = process(encoded(source, "JPEG", quality=95, subsampling="4:4:4"), MEMORY)
    for body in made.variants.values():
        shown = opened(body)
        for one, other in zip(shown.reduce(20).split(), source.resize(shown.size).reduce(20).split(), strict=True):
            differences = [abs(a - b) for a, b in zip(one.tobytes(), other.tobytes(), strict=True)]
            assert sum(differences) / len(differences) < 1.0


def test_a_small_source_is_never_enlarged_and_still_gives_all_four() -> None:
    made = process(encoded(scene(300, 200), "JPEG"), MEMORY)
    assert set(made.variants) == set(VARIANT_WIDTHS)
    sizes = {name: opened(body).size for name, body in made.variants.items()}
    assert sizes == {"thumbnail": (200, 133), "small": (300, 200), "medium": (300, 200), "large": (300, 200)}
    assert made.variants["large"] == made.variants["small"]


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (3000, 1), (2, 3), (7, 2500)])
def test_shapes_at_the_edge_have_variants(size: tuple[int, int]) -> None:
    made = process(encoded(Image.new("RGB", size, (9, 99, 199)), "PNG"), MEMORY)
    for name, body in made.variants.items():
        shown = opened(body)
        assert shown.size == (min(size[0], VARIANT_WIDTHS[name]), variant_size(size, VARIANT_WIDTHS[name])[1])
        assert alike(shown.getpixel((0, 0)), (9, 99, 199))  # type: ignore[arg-type]  # RGB gives triples


def test_variants_carry_pixels_and_nothing_else() -> None:
    for body in process(camera_jpeg(6, interop=b"R03\0"), MEMORY).variants.values():
        shown = Image.open(io.BytesIO(body))
        assert {segment for segment, _ in shown.applist} == {"APP0"}  # type: ignore[attr-defined]  # a JPEG
        assert not shown.getexif()


def test_a_grey_source_gives_grey_variants() -> None:
    assert {opened(body).mode for body in process(encoded(scene().convert("L"), "JPEG"), MEMORY).variants.values()} == {
        "L"
    }


def test_the_same_photo_gives_the_same_bytes() -> None:
    jpeg = camera_jpeg(5)
    assert process(jpeg, MEMORY) == process(jpeg, MEMORY)


def test_a_photo_already_at_its_size_is_rendered_from_any_mode() -> None:
    for mode in ("L", "RGB", "YCbCr", "CMYK", "LAB"):
        photo = Image.new(mode, (40, 30))
        whole = Decoded(photo, (0, 0, 40, 30), (40, 30))
        assert set(render(whole, None, 1)) == set(VARIANT_WIDTHS)


PORTAL = Variant("portal", 2048, Encoding.JPEG, 4_000_000)
PAGE = Variant("page", 640, Encoding.WEBP, 500_000)


def with_added(photo: Image.Image, *added: Variant, **options: Any) -> dict[str, bytes]:
    return process(encoded(photo, "JPEG", **options), MEMORY, (*REQUIRED, *added)).variants


def test_added_variants_stand_beside_the_four() -> None:
    photo = detailed(2600, 1700)
    made = with_added(photo, PORTAL, PAGE, quality=92)
    shown = {name: Image.open(io.BytesIO(body)) for name, body in made.items()}
    assert {name: (image.format, image.size) for name, image in shown.items()} == {
        "portal": ("JPEG", (2048, 1339)),
        "large": ("JPEG", (1200, 785)),
        "medium": ("JPEG", (800, 523)),
        "page": ("WEBP", (640, 418)),
        "small": ("JPEG", (400, 262)),
        "thumbnail": ("JPEG", (200, 131)),
    }
    assert not any(image.info.keys() & {"exif", "icc_profile", "xmp", "comment"} for image in shown.values())
    likenesses = {name: likeness(body, photo) for name, body in made.items()}
    assert min(likenesses.values()) >= 0.97, likenesses


def test_a_large_jpeg_is_decoded_at_the_scale_that_an_added_variant_needs() -> None:
    assert wanted_size((6000, 4000), 1) == (1200, 800)
    assert wanted_size((6000, 4000), 1, (*REQUIRED, PORTAL)) == (2048, 1365)


@pytest.mark.parametrize("encoding", Encoding)
def test_quality_steps_down_until_the_bytes_fit_and_no_further(encoding: Encoding) -> None:
    photo, name = detailed(1000, 700), "tight"
    free = len(with_added(photo, Variant(name, 1000, encoding, 10**8))[name])
    sizes = []
    for share in (1.0, 0.9, 0.7, 0.5, 0.4):
        bound = int(free * share)
        sizes.append(len(with_added(photo, Variant(name, 1000, encoding, bound))[name]))
        assert sizes[-1] <= bound
        assert sizes[-1] >= bound * 0.6  # the next better quality would not have fitted
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == free


@pytest.mark.parametrize("encoding", Encoding)
def test_a_variant_that_fits_at_no_quality_is_left_out_alone(encoding: Encoding) -> None:
    made = with_added(detailed(1000, 700), Variant("tight", 1000, encoding, 2_000), PAGE)
    assert set(made) == {*VARIANT_WIDTHS, "page"}


def test_a_photo_that_is_too_long_for_webp_goes_without_it() -> None:
    made = with_added(Image.new("RGB", (20, 17_000), "teal"), PAGE)
    assert set(made) == set(VARIANT_WIDTHS)


def test_a_grey_photo_has_an_added_webp_too() -> None:
    page = Image.open(io.BytesIO(with_added(scene(700, 500).convert("L"), PAGE)["page"])).convert("RGB")
    red, green, _ = page.getpixel((320, 228))  # type: ignore[misc]  # RGB gives triples
    assert abs(red - green) <= 3


def test_only_added_variants_are_reckoned_with_in_memory() -> None:
    assert cost((1500, 1000), (6000, 4000), REQUIRED) == 0
    landscape = cost((3000, 2000), (6000, 4000), (*REQUIRED, PORTAL))
    assert landscape == cost((3000, 2000), (4000, 6000), (*REQUIRED, PORTAL))  # its orientation may be unknown yet
    assert landscape > 2048 * 3072 * 10
    page_too = (*REQUIRED, PORTAL, Variant("wide", 2048, Encoding.WEBP, 10**6))
    assert cost((3000, 2000), (6000, 4000), page_too) > landscape


@pytest.mark.parametrize("size", [(6000, 4000), (4000, 6000), (6336, 9504), (8736, 11648), (11648, 8736)])
@pytest.mark.parametrize("encoding", Encoding)
def test_no_camera_makes_photos_that_the_widest_variant_cannot_be_made_of(
    size: tuple[int, int], encoding: Encoding
) -> None:
    widest = (*REQUIRED, Variant("widest", MAX_WIDTH, encoding, 10**7))
    wanted = wanted_size(size, 1, widest)
    scale = next(step for step in (8, 4, 2, 1) if step == 1 or min(size[0] // wanted[0], size[1] // wanted[1]) >= step)
    decoded = (size[0] // scale, size[1] // scale)
    assert decoded[0] * decoded[1] <= limits.MAX_DECODED_PIXELS
    assert cost(decoded, size, widest) <= limits.DECODE_BYTES


SIZES = st.tuples(st.integers(1, limits.MAX_SIDE), st.integers(1, limits.MAX_SIDE))


@given(SIZES, st.sampled_from(list(VARIANT_WIDTHS.values())))
def test_a_variant_keeps_the_shape_and_is_never_larger(size: tuple[int, int], width: int) -> None:
    made = variant_size(size, width)
    assert made[0] == min(width, size[0])
    assert 1 <= made[1] <= size[1]
    assert abs(made[1] * size[0] - size[1] * made[0]) <= size[0]  # within a pixel of the true height


@given(SIZES, st.integers(1, 8))
def test_every_variant_can_be_made_from_what_is_decoded(size: tuple[int, int], orientation: int) -> None:
    wanted = wanted_size(size, orientation)
    assert wanted[0] <= size[0]
    assert wanted[1] <= size[1]
    assert upright(upright(size, orientation), orientation) == size
