"""What somebody sees in a file: the terms in which the pipeline and the decoders are compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image

RIM: Final = 0.2  # of a cell's side, left out: codecs smear colours over edges, each in its own way
GRID: Final = 4  # cells on a side: enough to tell every orientation, few enough to print

type Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class PhotoView:
    """A photo as it is shown.

    Parameters
    ----------
    width, height
        Upright, in pixels.
    cells
        Mean sRGB colours of the middles of `GRID` x `GRID` cells, row by row, on white; None of who reads no pixels.
    """

    width: int
    height: int
    cells: tuple[Colour, ...] | None = None


@dataclass(frozen=True, slots=True)
class VideoView:
    """A video as it is played; what somebody does not say is None.

    Parameters
    ----------
    width, height
        Upright, in square pixels.
    rotation
        Degrees clockwise.
    seconds
        That play.
    codec
        Four-character code.
    transfer
        ``PQ``, ``HLG`` or ``SDR``.
    """

    width: int
    height: int
    seconds: float | None = None
    rotation: int | None = None
    frame_rate: float | None = None
    codec: str | None = None
    transfer: str | None = None
    sound: bool | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that somebody does not show, and why."""

    reason: str


type View = PhotoView | VideoView | Refusal


def cells(photo: Image.Image) -> tuple[Colour, ...]:
    """Mean colours of an upright photo in sRGB, on white."""
    opaque = _on_white(photo)
    columns, rows = _middles(opaque.width), _middles(opaque.height)
    return tuple(_mean(opaque.crop((left, top, right, bottom))) for top, bottom in rows for left, right in columns)


def as_cells(numbers: Sequence[float]) -> tuple[Colour, ...]:
    """Cells out of their channels, one after the other."""
    red, green, blue = (map(round, numbers[channel::3]) for channel in range(3))
    return tuple(zip(red, green, blue, strict=True))


def _middles(side: int) -> list[tuple[int, int]]:
    """First and behind the last pixel of the middle of each cell along a side."""
    return [(round((at + RIM) * side / GRID), round((at + 1 - RIM) * side / GRID)) for at in range(GRID)]


def _on_white(photo: Image.Image) -> Image.Image:
    if not photo.has_transparency_data:
        return photo.convert("RGB")
    white = Image.new("RGBA", photo.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, photo.convert("RGBA")).convert("RGB")


def _mean(cell: Image.Image) -> Colour:
    data, pixels = cell.tobytes(), cell.width * cell.height
    red, green, blue = (round(sum(data[channel::3]) / pixels) for channel in range(3))
    return red, green, blue
