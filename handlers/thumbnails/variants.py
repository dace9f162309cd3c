"""The variants of a photo: one after the other from its larger neighbour, upright, sRGB, without metadata.

Luma and chroma are resized apart. The output stores chroma at half the width and height (4:2:0), so nothing more is
computed: this, and the decoder's own reduction before it, is what makes up for Pillow's resizing without SIMD.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from PIL import Image

from handlers.contract.photo_variants import REQUIRED, Encoding, Table, Variant
from handlers.thumbnails import colour
from handlers.thumbnails.decode import Decoded

QUALITY: Final = 92  # keeps SSIM above 0.98 on detailed photos of any width; 85 gives 0.97 there
# What a variant with a bound on its bytes steps down to: steps that the eye hardly tells from their neighbours, and an
# end below which a listing's photo shows its blocks.
_LOWER_QUALITIES: Final = (88, 84, 80, 75, 70, 65, 60, 50, 40)
_WEBP_SIDE: Final = 16_383  # pixels (RFC 9649, section 1)
# Measured peaks of memory for each pixel: the decoded photo with its planes (4.8), and a variant that is encoded (JPEG
# 9.9, WebP 25.3), rounded up.
_BYTES_PER_DECODED_PIXEL: Final = 5
_BYTES_PER_VARIANT_PIXEL: Final = {Encoding.JPEG: 10, Encoding.WEBP: 26}
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


def wanted_size(stored: tuple[int, int], orientation: int, table: Table = REQUIRED) -> tuple[int, int]:
    """Size, still in stored orientation, from which every variant can be made."""
    largest = max(variant.width for variant in table)
    return upright(variant_size(upright(stored, orientation), largest), orientation)


def cost(decoded: tuple[int, int], stored: tuple[int, int], table: Table) -> int:
    """Bytes of memory that rendering the added variants takes, the decoded photo included; 0 where none is added.

    The four of the contract are so small that what decoding takes is enough for them.

    Parameters
    ----------
    decoded, stored
        Size of the pixels to render from, and of the whole photo; its orientation may be unknown yet.
    """
    largest = 0
    for variant in table:
        if variant not in REQUIRED:
            shapes = (variant_size(stored, variant.width), variant_size((stored[1], stored[0]), variant.width))
            pixels = max(width * height for width, height in shapes)
            largest = max(largest, pixels * _BYTES_PER_VARIANT_PIXEL[variant.encoding])
    return decoded[0] * decoded[1] * _BYTES_PER_DECODED_PIXEL + largest if largest else 0


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

    def encoded(self, encoding: Encoding, max_bytes: int | None) -> bytes | None:
        """The best quality that keeps to the bytes; None when the lowest one does not."""
        if encoding is Encoding.WEBP and max(self.luma.size) > _WEBP_SIDE:
            return None
        image = self._merged()
        best = _encoded(image, encoding, QUALITY)
        if max_bytes is None or len(best) <= max_bytes:
            return best
        found: bytes | None = None
        qualities: Sequence[int] = _LOWER_QUALITIES
        while qualities:  # by halves: each encoding of a large variant takes a part of a second
            middle = len(qualities) // 2
            tried = _encoded(image, encoding, qualities[middle])
            fits = len(tried) <= max_bytes
            found = tried if fits else found
            qualities = qualities[:middle] if fits else qualities[middle + 1 :]
        return found

    def _merged(self) -> Image.Image:
        """One image; a JPEG encoder's averaging of 2 x 2 pixels gives back the chroma samples as they are here."""
        image = self.luma
        if self.chroma:
            doubled = (
                plane.resize((plane.width * 2, plane.height * 2), Image.Resampling.NEAREST) for plane in self.chroma
            )
            fitting = (plane if plane.size == image.size else plane.crop((0, 0, *image.size)) for plane in doubled)
            image = Image.merge("YCbCr", (image, *fitting))
        image.info = {}
        return image


def _encoded(image: Image.Image, encoding: Encoding, quality: int) -> bytes:
    """A baseline JPEG or a lossy WebP, both of 4:2:0, of an image of mode L or YCbCr."""
    buffer = io.BytesIO()
    if encoding is Encoding.JPEG:
        image.save(buffer, "JPEG", quality=quality, subsampling="4:2:0")
    else:
        from PIL import WebPImagePlugin  # noqa: F401 - else Pillow would load all its formats to find the encoder

        image.convert("RGB").save(buffer, "WEBP", quality=quality)
    return buffer.getvalue()


def render(decoded: Decoded, profile: bytes | None, orientation: int, table: Table = REQUIRED) -> dict[str, bytes]:
    """Make the variants of a decoded photo.

    Parameters
    ----------
    decoded
        Mode L, RGB, YCbCr, CMYK or LAB, at least as large as `wanted_size`.
    profile
        ICC profile of its pixels; None for sRGB.
    orientation
        EXIF orientation, 1 to 8.
    table
        The variants to make.

    Returns
    -------
    dict
        Name of each variant to its file, but of those that keep to their bytes at no quality, or would be longer than
        WebP allows. Widths beyond the source's give the source's width.
    """
    image, box, wanted = decoded.image, decoded.box, wanted_size(decoded.size, orientation, table)
    if image.mode != "YCbCr" and not (image.mode == "L" and not colour.converts(profile)):
        # The colour engine is the slowest step: it gets the fewest pixels.
        small = image.resize(wanted, Image.Resampling.LANCZOS, box, reducing_gap=_REDUCING_GAP)
        image, box = colour.to_srgb(small, profile), (0, 0, *wanted)
    planes = _Planes.of(image).resized(wanted, box).turned(orientation)
    variants: dict[str, bytes] = {}
    encoded: dict[tuple[tuple[int, int], Encoding, int | None], bytes | None] = {}
    for variant in sorted(table, key=_by_width):
        size = variant_size(upright(decoded.size, orientation), variant.width)
        file = size, variant.encoding, variant.max_bytes
        if file not in encoded:
            planes = planes if planes.luma.size == size else planes.resized(size)
            encoded[file] = planes.encoded(variant.encoding, variant.max_bytes)
        if (made := encoded[file]) is not None:
            variants[variant.name] = made
    return variants


def _by_width(variant: Variant) -> int:
    return -variant.width
