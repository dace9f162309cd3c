"""Structural similarity (SSIM) as x264 and ffmpeg measure it: 8 x 8 windows, one every 4 pixels, on luma.

Z. Wang, A. Bovik, H. Sheikh, E. Simoncelli: "Image Quality Assessment: From Error Visibility to Structural
Similarity", 2004, with the constants given there. Written on Pillow's floating-point images, so that the tests and the
benchmark need no further package.
"""

from collections.abc import Iterator
from typing import Any, Final

from PIL import Image, ImageMath

_WINDOW: Final = 8
_STEP: Final = 4
_C1: Final = (0.01 * 255) ** 2
_C2: Final = (0.03 * 255) ** 2


def ssim(one: Image.Image, other: Image.Image) -> float:
    """Mean SSIM of two photos of the same size; 1.0 for equal ones.

    Raises
    ------
    ValueError
        When their sizes differ, or are smaller than a window.
    """
    if one.size != other.size or min(one.size) < _WINDOW:
        raise ValueError(f"cannot compare {one.size} with {other.size}: want one size of at least {_WINDOW} pixels")
    x, y = (photo.convert("L").convert("F") for photo in (one, other))
    squares = [ImageMath.lambda_eval(lambda of: of["a"] * of["b"], a=a, b=b) for a, b in ((x, x), (y, y), (x, y))]
    total, windows = 0.0, 0
    for box in _grids(x.size):
        index = _index(*(band.crop(box).reduce(_WINDOW) for band in (x, y, *squares)))
        count = index.width * index.height
        total += float(index.reduce(index.size).getpixel((0, 0))) * count  # type: ignore[arg-type]  # mode F: a float
        windows += count
    return total / windows


def _grids(size: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    """Crops that hold whole windows only, one for each shift of the grid of windows."""
    for left in range(0, _WINDOW, _STEP):
        for top in range(0, _WINDOW, _STEP):
            columns, rows = (size[0] - left) // _WINDOW, (size[1] - top) // _WINDOW
            if columns and rows:
                yield left, top, left + columns * _WINDOW, top + rows * _WINDOW


def _index(x: Image.Image, y: Image.Image, xx: Image.Image, yy: Image.Image, xy: Image.Image) -> Image.Image:
    """SSIM of each window from the means of x, y, x squared, y squared and x times y in it."""

    def formula(mean: dict[str, Any]) -> Any:
        product, squares = mean["x"] * mean["y"], mean["x"] * mean["x"] + mean["y"] * mean["y"]
        covariance, variances = mean["xy"] - product, mean["xx"] + mean["yy"] - squares
        return ((product * 2 + _C1) * (covariance * 2 + _C2)) / ((squares + _C1) * (variances + _C2))

    result: Image.Image = ImageMath.lambda_eval(formula, x=x, y=y, xx=xx, yy=yy, xy=xy)
    return result
