"""Opening a HEIF: libheif on a file without metadata, and PQ at its own depth.

Pillow's photos have 8 bits a channel. PQ spends them evenly on 10,000 cd/m², so that smooth skies and walls would show
steps once they are mapped to the range of a JPEG: the curve is applied to the 10 or 12 bits that cameras record.
"""

import io
from typing import Any, Final

from PIL import Image
from pillow_heif import HeifFile, HeifImageFile

from handlers.thumbnails import colour, limits, tone_mapping
from handlers.thumbnails.colour_numbers import PQ, numbers_of
from handlers.thumbnails.heif_items import HeifItems

_STRIP_BYTES: Final = 8 * limits.MIB  # of samples that are mapped at once


class HeifPhoto(HeifImageFile):
    """A HEIF, of which no decoder sees the metadata; in PQ without alpha, it is of the standard range once loaded.

    Parameters
    ----------
    data
        The whole file.
    """

    def __init__(self, data: bytes) -> None:
        self._silenced = HeifItems(data).without_metadata()
        super().__init__(io.BytesIO(self._silenced))  # type: ignore[no-untyped-call]

    def load(self) -> Any:
        """Decode the pixels."""
        silenced, self._silenced = self._silenced, b""
        numbers = numbers_of(self.info)
        deep = silenced and self.info.get("bit_depth", 8) > 8 and self.mode == "RGB"
        if not deep or not numbers or numbers.transfer != PQ or colour.is_described(self.info):
            return super().load()  # type: ignore[no-untyped-call]
        mapped = self._mapped(silenced, self.info["bit_depth"])
        self._size, self._mode, self.im = mapped.size, mapped.mode, mapped.im
        self.info = {**self.info, "nclx_profile": colour.shown_numbers(numbers)}
        self._heif_file = None
        return Image.Image.load(self)

    def _mapped(self, data: bytes, depth: int) -> Image.Image:
        file: Any = HeifFile(io.BytesIO(data), convert_hdr_to_8bit=False, hdr_to_16bit=False)  # type: ignore[no-untyped-call]
        picture = file[self.tell()]
        samples, (width, height), stride = memoryview(picture.data), picture.size, picture.stride
        limits.check_pixels(width, height, limits.MAX_DECODED_PIXELS)
        rows = max(1, _STRIP_BYTES // stride)
        strips = range(0, height, rows)

        def strip(top: int) -> Image.Image:
            count = min(rows, height - top)
            piece = bytes(samples[top * stride : (top + count) * stride])
            return Image.frombuffer("I;16", (3 * width, count), piece, "raw", "I;16", stride, 1)

        brightest = max(int(strip(top).getextrema()[1]) for top in strips)  # type: ignore[arg-type]
        table = tone_mapping.pq_table(depth, brightest)
        result = Image.new("RGB", (width, height))
        for top in strips:
            shades = strip(top).convert("I").point(table, "L")
            piece = Image.frombuffer("RGB", (width, shades.height), shades.tobytes(), "raw", "RGB", 0, 1)
            result.paste(piece, (0, top))
        return result
