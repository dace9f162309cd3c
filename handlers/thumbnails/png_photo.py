"""Opening a PNG: Pillow's decoder on the chunks that pixels need, and the one transparency that it cannot see."""

import io
from functools import reduce
from typing import Any, Final

from PIL import Image, ImageChops, ImageFile
from PIL.PngImagePlugin import PngImageFile

from handlers.thumbnails import png_chunks
from handlers.thumbnails.slices import Slices

# The decoder keeps one byte of a sample's two; by the name for the other byte order it keeps the lower one.
_LOWER_BYTES: Final = "RGB;16L"


class PngPhoto(PngImageFile):
    """A PNG without what stands around its pixels; mode RGBA once loaded if one of its 16-bit colours is transparent.

    Parameters
    ----------
    data
        The whole file.

    Raises
    ------
    AssetError
        As `png_chunks.parse`.
    """

    def __init__(self, data: bytes) -> None:
        self._file = png_chunks.parse(data)
        super().__init__(_reader(self._file))
        self.info.update(self._file.info())
        self._key = self._file.deep_key

    def load(self) -> Any:
        """Decode the pixels."""
        key, self._key = self._key, ()
        other = _matching(self._lower_bytes(), [sample & 0xFF for sample in key]) if key else None
        access = super().load()
        if other is None:
            return access
        transparent = ImageChops.darker(other, _matching(self, [sample >> 8 for sample in key]))
        self.putalpha(ImageChops.invert(transparent))
        return super().load()

    def _lower_bytes(self) -> Image.Image:
        image = PngImageFile(_reader(self._file))
        image.tile = [tile._replace(args=_LOWER_BYTES) for tile in image.tile]
        return image


def _reader(file: png_chunks.PngFile) -> io.BufferedReader:
    return io.BufferedReader(Slices(file.parts()), ImageFile.MAXBLOCK)


def _matching(image: Image.Image, colour: list[int]) -> Image.Image:
    """White where a photo of mode RGB has the colour, black elsewhere."""
    planes = (
        plane.point([255 if shade == wanted else 0 for shade in range(256)])
        for plane, wanted in zip(image.split(), colour, strict=True)
    )
    return reduce(ImageChops.darker, planes)
