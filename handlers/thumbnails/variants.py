"""The four variants of a photo: one after the other from its larger neighbour, upright, sRGB, without metadata.

Luma and chroma are resized apart. The output stores chroma at half the width and height (4:2:0), so nothing more is
computed: this, and the decoder's own reduction before it, is what makes up for Pillow's resizing without SIMD.
"""

import io
from dataclasses import dataclass
from typing import Final, Self

from PIL import Image

from handlers.contract.keys import VARIANT_WIDTHS
from handlers.thumbnails import colour
from handlers.thumbnails.decode import Decoded

QUALITY: Final = 92  # keeps SSIM above 0.98 on detailed photos of any width; 85 gives 0.97 there
LARGEST: Final = max(VARIANT_WIDTHS.values())
_CHROMA_REDUCING_GAP: Final = 1.0  # as far as whole numbers go: libjpeg gives chroma at twice the size that is kept
_REDUCING_GAP: Final = 3.0  # how far whole-number averaging may go before the filter (Pillow: Image.resize)
# Which turn or mirror image makes a photo upright, by EXIF orientation.
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def upright(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Size of a stored photo once it is upright, and the other way round."""
    return (size[1], size[0]) if orientation >= 5 else size


def variant_size(upright_size: tuple[int, int], width: int) -> tuple[int, int]:
    """Size of the variant of a width; never more than the source has."""
    if width >= upright_size[0]:
        return upright_size
    return width, max(1, round(upright_size[1] * width / upright_size[0]))


def wanted_size(stored: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Size, still in stored orientation, from which every variant can be made."""
    return upright(variant_size(upright(stored, orientation), LARGEST), orientation)


@dataclass(frozen=True, slots=True)
class _Planes:
    """A photo as its luma and, unless it is grey, its two chroma planes; these may have any smaller size."""

    luma: Image.Image
    chroma: tuple[Image.Image, ...]

    @classmethod
    def of(cls, image: Image.Image) -> Self:
        """Split a photo of mode L, RGB or YCbCr."""
        if image.mode == "L":
            return cls(image, ())
        luma, *chroma = (image if image.mode == "YCbCr" else image.convert("YCbCr")).split()
        return cls(luma, tuple(chroma))

    def resized(self, size: tuple[int, int], box: tuple[float, float, float, float] | None = None) -> Self:
        """Luma by Lanczos; chroma to half of the size, where averaging and a shorter filter show no difference."""
        half = (-(-size[0] // 2), -(-size[1] // 2))
        luma = self.luma.resize(size, Image.Resampling.LANCZOS, box)
        chroma = (plane.resize(half, Image.Resampling.HAMMING, box, _CHROMA_REDUCING_GAP) for plane in self.chroma)
        return type(self)(luma, tuple(chroma))

    def turned(self, orientation: int) -> Self:
        """Make a stored photo upright."""
        turn = _UPRIGHT.get(orientation)
        if turn is None:
            return self
        return type(self)(self.luma.transpose(turn), tuple(plane.transpose(turn) for plane in self.chroma))

    def encoded(self) -> bytes:
        """A baseline JPEG; the encoder's averaging of 2 x 2 pixels gives back the chroma samples as they are here."""
        image = self.luma
        if self.chroma:
            doubled = (
                plane.resize((plane.width * 2, plane.height * 2), Image.Resampling.NEAREST) for plane in self.chroma
            )
            fitting = (plane if plane.size == image.size else plane.crop((0, 0, *image.size)) for plane in doubled)
            image = Image.merge("YCbCr", (image, *fitting))
        image.info = {}
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=QUALITY, subsampling="4:2:0")
        return buffer.getvalue()


def render(decoded: Decoded, profile: bytes | None, orientation: int) -> dict[str, bytes]:
    """Make the variants of a decoded photo.

    Parameters
    ----------
    decoded
        Mode L, RGB, YCbCr, CMYK or LAB, at least as large as `wanted_size`.
    profile
        ICC profile of its pixels; None for sRGB.
    orientation
        EXIF orientation, 1 to 8.

    Returns
    -------
    dict
        Name of each of `VARIANT_WIDTHS` to a JPEG. Widths beyond the source's give the source's width.
    """
    image, box, wanted = decoded.image, decoded.box, wanted_size(decoded.size, orientation)
    if image.mode != "YCbCr" and not (image.mode == "L" and not colour.converts(profile)):
        # The colour engine is the slowest step: it gets the fewest pixels.
        small = image.resize(wanted, Image.Resampling.LANCZOS, box, reducing_gap=_REDUCING_GAP)
        image, box = colour.to_srgb(small, profile), (0, 0, *wanted)
    planes = _Planes.of(image).resized(wanted, box).turned(orientation)
    variants: dict[str, bytes] = {}
    encoded: dict[tuple[int, int], bytes] = {}
    for name, width in sorted(VARIANT_WIDTHS.items(), key=lambda variant: -variant[1]):
        size = variant_size(upright(decoded.size, orientation), width)
        if size not in encoded:
            planes = planes if planes.luma.size == size else planes.resized(size)
            encoded[size] = planes.encoded()
        variants[name] = encoded[size]
    return variants
