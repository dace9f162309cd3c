"""A photograph that anyone can make again: same seed, same pixels, the statistics of a real one.

It is a "dead leaves" photo (A. B. Lee, D. Mumford, J. Huang: "Occlusion Models for Natural Images", 2001; also the
texture chart of ISO 19567-2): opaque shapes whose radius follows an inverse cubic law cover each other, which gives the
edges and the 1/f spectrum of natural images at every scale. Grain of four sizes stands for texture and sensor noise.
"""

import io
import math
import random
from typing import Final

from PIL import Image, ImageChops, ImageDraw

SIZE: Final = (6000, 4000)  # pixels: 24 megapixels, as most cameras of photographers have
QUALITY: Final = 90  # with 4:2:0 gives 8.6 MB at SIZE
_LEAVES: Final = 3000
_GRAIN: Final = ((24, 0.30), (8, 0.20), (3, 0.14), (1, 0.08))  # (size in pixels, contrast)


def photograph(size: tuple[int, int] = SIZE, seed: int = 24) -> Image.Image:
    """Paint the photo.

    Parameters
    ----------
    size
        Width and height in pixels.
    seed
        Of Python's Mersenne Twister.

    Returns
    -------
    PIL.Image.Image
        Mode RGB, without metadata.
    """
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    photo = Image.new("RGB", size, (128, 128, 128))
    draw = ImageDraw.Draw(photo)
    smallest, largest = size[0] / 300, size[0] / 4
    for _ in range(_LEAVES):
        share = chance.random()
        _leaf(draw, chance, size, (smallest**-2 + (largest**-2 - smallest**-2) * share) ** -0.5)
    for pixels, contrast in _GRAIN:
        grain = _grain(chance, size, pixels, contrast)
        photo = ImageChops.add(photo, Image.merge("RGB", [grain] * 3), 1, -128)
    return photo


def photograph_jpeg(size: tuple[int, int] = SIZE, seed: int = 24) -> bytes:
    """The photo as a camera's JPEG: baseline, 4:2:0, no metadata."""
    buffer = io.BytesIO()
    photograph(size, seed).save(buffer, "JPEG", quality=QUALITY, subsampling="4:2:0")
    return buffer.getvalue()


def _leaf(draw: ImageDraw.ImageDraw, chance: random.Random, size: tuple[int, int], radius: float) -> None:
    x, y = chance.uniform(0, size[0]), chance.uniform(0, size[1])
    light = chance.betavariate(1.6, 2) * 255
    red, blue = chance.gauss(0, 22), chance.gauss(0, 22)
    colour = tuple(max(0, min(255, round(value))) for value in (light + red, light, light + blue))
    flat = radius * chance.uniform(0.6, 1)
    if chance.random() < 0.5:
        draw.ellipse((x - radius, y - flat, x + radius, y + flat), fill=colour)
    else:
        turn = chance.random() * math.pi
        corners = [turn + quarter * math.pi / 2 for quarter in range(4)]
        draw.polygon([(x + radius * math.cos(at), y + flat * math.sin(at)) for at in corners], fill=colour)


def _grain(chance: random.Random, size: tuple[int, int], pixels: int, contrast: float) -> Image.Image:
    cells = (max(2, size[0] // pixels), max(2, size[1] // pixels))
    noise = Image.frombytes("L", cells, chance.randbytes(cells[0] * cells[1]))
    return noise.resize(size, Image.Resampling.BICUBIC).point([round((v - 128) * contrast) + 128 for v in range(256)])
