"""What a listing page shows of a photo before the photo is there: a placeholder and one colour.

Both are made from the smallest variant, so they show what the variants show: upright, sRGB, transparency on white.
"""

import base64
import io
from dataclasses import dataclass
from typing import Final

from PIL import Image, JpegImagePlugin

MAX_PLACEHOLDER: Final = 400  # characters of the data URI
_SIDE: Final = 16  # pixels of the placeholder's longer side; pages blur it over the photo's whole area
# WebP (RFC 9649) has no tables to carry: a JPEG of this size would be 600 bytes of tables and 60 of picture. The first
# quality gives 80 to 220 bytes for photographs, noise included; the last one fits whatever 16 x 16 pixels hold.
_QUALITIES: Final = (75, 50, 25, 0)
_SCHEME: Final = "data:image/webp;base64,"
_SAMPLE: Final = 32  # pixels of the longer side of the copy whose colours are counted
_GROUPS: Final = 8


@dataclass(frozen=True, slots=True)
class Preview:
    """Stand-ins for a photo.

    Parameters
    ----------
    placeholder
        A data URI (RFC 2397) of at most `MAX_PLACEHOLDER` characters, in the photo's own shape as far as 16 pixels
        show it.
    dominant_colour
        ``#rrggbb`` in sRGB, see `dominant_colour`.
    """

    placeholder: str
    dominant_colour: str


def preview(variant: bytes) -> Preview:
    """Make the stand-ins from a variant of the photo, a JPEG in sRGB; the same bytes give the same results."""
    shown = JpegImagePlugin.JpegImageFile(io.BytesIO(variant)).convert("RGB")
    return Preview(placeholder(shown), dominant_colour(shown))


def placeholder(shown: Image.Image) -> str:
    """The photo in 16 pixels, at the first quality at which it keeps to `MAX_PLACEHOLDER`.

    Parameters
    ----------
    shown
        Mode RGB.
    """
    from PIL import WebPImagePlugin  # noqa: F401 - else Pillow would load all its formats to find the encoder

    tiny = _within(shown, _SIDE)
    tiny.info = {}  # else a profile in it would be written
    for quality in _QUALITIES:
        buffer = io.BytesIO()
        tiny.save(buffer, "WEBP", quality=quality, method=6)
        uri = _SCHEME + base64.b64encode(buffer.getvalue()).decode()
        if len(uri) <= MAX_PLACEHOLDER:
            return uri
    raise AssertionError(f"{tiny.size} pixels do not fit {MAX_PLACEHOLDER} characters at any quality")


def dominant_colour(shown: Image.Image) -> str:
    """The colour of the largest of eight groups of pixels, as ``#rrggbb``.

    The pixels of a copy of at most 32 x 32 are put into eight groups by median cut, which k-means then moves until no
    pixel is nearer to another group's mean. The mean of the group with the most pixels is the answer: a colour that
    really covers a part of the photo, unlike the mean of all of it.

    Parameters
    ----------
    shown
        Mode RGB.
    """
    grouped = _within(shown, _SAMPLE).quantize(_GROUPS, Image.Quantize.MEDIANCUT, kmeans=1)
    counts = grouped.histogram()
    largest = max(range(_GROUPS), key=lambda group: counts[group])  # of equally large ones, the first
    red, green, blue = (grouped.getpalette() or [])[largest * 3 : largest * 3 + 3]
    return f"#{red:02x}{green:02x}{blue:02x}"


def _within(shown: Image.Image, side: int) -> Image.Image:
    """A copy that is at most so many pixels wide and high; never enlarged, and never without a pixel."""
    scale = min(1.0, side / max(shown.size))
    size = (max(1, round(shown.width * scale)), max(1, round(shown.height * scale)))
    return shown.resize(size, Image.Resampling.BOX) if size != shown.size else shown.copy()
