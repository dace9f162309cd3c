"""`handlers.thumbnails.preview`: small enough for a callback, and like the photo."""

import base64
import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from handlers.thumbnails.preview import MAX_PLACEHOLDER, dominant_colour, placeholder, preview
from tests.support.corpus.photos import alike, detailed, encoded, scene

SCHEME = "data:image/webp;base64,"


def shown(uri: str) -> Image.Image:
    """What a browser makes of a placeholder."""
    assert uri.startswith(SCHEME)
    image = Image.open(io.BytesIO(base64.b64decode(uri.removeprefix(SCHEME), validate=True)))
    assert image.format == "WEBP"
    return image.convert("RGB")


def noise(seed: int, size: tuple[int, int]) -> Image.Image:
    """Every pixel a colour of its own: what compresses worst."""
    return Image.frombytes("RGB", size, random.Random(seed).randbytes(size[0] * size[1] * 3))  # noqa: S311


@pytest.mark.parametrize("side", [16, 200])
def test_no_picture_makes_a_placeholder_too_large(side: int) -> None:
    sizes = [len(placeholder(noise(seed, (side, side)))) for seed in range(300)]
    assert max(sizes) <= MAX_PLACEHOLDER


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 16), st.integers(1, 16), st.data())
def test_any_sixteen_pixels_fit_into_a_placeholder(width: int, height: int, data: st.DataObject) -> None:
    size = width * height * 3
    pixels = data.draw(st.binary(min_size=size, max_size=size))
    uri = placeholder(Image.frombytes("RGB", (width, height), pixels))
    assert len(uri) <= MAX_PLACEHOLDER
    assert shown(uri).size == (width, height)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((200, 133), (16, 11)), ((133, 200), (11, 16)), ((200, 200), (16, 16)), ((200, 3), (16, 1)), ((1, 1), (1, 1))],
)
def test_a_placeholder_has_the_photos_shape(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert shown(placeholder(scene(*size))).size == expected


def test_a_placeholder_looks_like_the_photo() -> None:
    photo = Image.new("RGB", (200, 100), (30, 60, 200))
    photo.paste((220, 200, 40), (100, 0, 200, 100))
    tiny = shown(placeholder(photo))
    assert alike(tiny.getpixel((2, 4)), (30, 60, 200), 12)  # type: ignore[arg-type]  # RGB gives triples
    assert alike(tiny.getpixel((13, 4)), (220, 200, 40), 12)  # type: ignore[arg-type]


def test_a_placeholder_carries_pixels_and_nothing_else() -> None:
    photo = detailed(200, 133)
    photo.info = {"icc_profile": b"profile", "exif": b"Exif\0\0MM", "xmp": b"<x/>"}
    content = base64.b64decode(placeholder(photo).removeprefix(SCHEME))
    assert content[8:16] == b"WEBPVP8 "  # the simple layout of RFC 9649, which has no room for metadata


def test_the_dominant_colour_covers_most_and_is_not_a_mixture() -> None:
    photo = Image.new("RGB", (200, 100), (200, 30, 30))
    photo.paste((20, 20, 220), (120, 0, 200, 100))
    assert dominant_colour(photo) == "#c81e1e"


def test_the_dominant_colour_of_a_speckled_wall_is_the_walls() -> None:
    photo, chance = Image.new("RGB", (200, 133), (180, 170, 150)), random.Random(3)  # noqa: S311
    for _ in range(4000):
        speck = tuple(chance.randrange(256) for _ in range(3))
        photo.putpixel((chance.randrange(200), chance.randrange(133)), speck)
    red, green, blue = bytes.fromhex(dominant_colour(photo).removeprefix("#"))
    assert alike((red, green, blue), (180, 170, 150), 12)


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (1, 2, 3)])
def test_one_colour_is_its_own_dominant_colour(colour: tuple[int, int, int]) -> None:
    assert dominant_colour(Image.new("RGB", (200, 133), colour)) == f"#{bytes(colour).hex()}"


def test_a_grey_variant_has_a_preview_too() -> None:
    made = preview(encoded(Image.new("L", (200, 133), 90), "JPEG"))
    assert made.dominant_colour == "#5a5a5a"
    assert alike(shown(made.placeholder).getpixel((5, 5)), (90, 90, 90), 3)  # type: ignore[arg-type]


def test_the_same_variant_gives_the_same_preview() -> None:
    variant = encoded(detailed(200, 133), "JPEG")
    assert preview(variant) == preview(variant)
