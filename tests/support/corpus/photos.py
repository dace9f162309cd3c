"""The pixels of the corpus: small, repeatable, with detail and colour."""

import functools
import io
import random
from typing import Any

from PIL import Image

from bench.photograph import photograph

# Corners of a photo that shows which way is up, clockwise from the top left.
CORNERS = ((220, 30, 30), (30, 200, 30), (30, 30, 220), (230, 220, 40))


@functools.cache
def scene(width: int = 96, height: int = 64, seed: int = 1) -> Image.Image:
    """Soft colours with some noise, mode RGB; do not change it in place."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    coarse = Image.frombytes("RGB", (6, 5), chance.randbytes(90)).resize((width, height), Image.Resampling.BICUBIC)
    noise = Image.frombytes("RGB", (width, height), chance.randbytes(3 * width * height))
    return Image.blend(coarse, noise, 0.08)


@functools.cache
def detailed(width: int, height: int) -> Image.Image:
    """A photo with the statistics of a photograph, mode RGB; do not change it in place."""
    return photograph((width, height), seed=3)


def compass(width: int = 120, height: int = 80) -> Image.Image:
    """Four coloured quarters: `CORNERS`."""
    photo = Image.new("RGB", (width, height))
    places = ((0, 0), (width // 2, 0), (width // 2, height // 2), (0, height // 2))
    for place, colour in zip(places, CORNERS, strict=True):
        photo.paste(colour, (*place, place[0] + width // 2, place[1] + height // 2))
    return photo


def encoded(photo: Image.Image, kind: str, **options: Any) -> bytes:
    """The photo as a file of Pillow's format of that name."""
    if kind == "HEIF":
        from pillow_heif import register_heif_opener

        register_heif_opener()
    buffer = io.BytesIO()
    photo.save(buffer, kind, **options)
    return buffer.getvalue()


def opened(data: bytes) -> Image.Image:
    """A file's pixels, loaded by Pillow as any user would."""
    photo = Image.open(io.BytesIO(data))
    photo.load()
    return photo


def pixels(data: bytes) -> tuple[str, tuple[int, int], bytes]:
    """What must not change when a JPEG is cleaned."""
    photo = opened(data)
    return photo.mode, photo.size, photo.tobytes()


def corners(photo: Image.Image) -> list[tuple[int, int, int]]:
    """Colours a little inside each corner, clockwise from the top left."""
    right, bottom = photo.width - 1 - photo.width // 8, photo.height - 1 - photo.height // 8
    left, top = photo.width // 8, photo.height // 8
    rgb = photo.convert("RGB")
    places = ((left, top), (right, top), (right, bottom), (left, bottom))
    return [rgb.getpixel(place) for place in places]  # type: ignore[misc]  # RGB gives triples


def alike(one: tuple[int, ...], other: tuple[int, ...], tolerance: int = 8) -> bool:
    """Whether two colours are the same up to what JPEG does to them."""
    return all(abs(a - b) <= tolerance for a, b in zip(one, other, strict=True))
