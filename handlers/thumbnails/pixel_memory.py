"""How much memory a photo takes from its decoding to its last variant: what is held for it, before a pixel is decoded.

Each figure is a peak that was measured in a process of its own with the decoders pinned here, rounded up;
``tests/unit/handlers/thumbnails/test_pixel_memory.py`` measures again. Decoders keep the samples as they are coded
beside those that they give, two bytes for each of more than 8 bits: the file's header says depth, chroma and alpha.
"""

from typing import Final

from handlers.contract.photo_variants import REQUIRED
from handlers.thumbnails.decode import Opened
from handlers.thumbnails.heif_items import Coding, HeifItems
from handlers.thumbnails.tiff import TiffPhoto

# Bytes for each pixel of the photo, without and with alpha.
_PLAIN: Final = (11, 12)  # PNG, and TIFF as Pillow reads it
_WEBP: Final = (18, 20)  # its decoder keeps two canvases
_HEIF: Final = (11, 13)
_HEIF_DEEP: Final = (17, 17)  # more than 8 bits, chroma 4:2:0 or grey; with room for 16 bits until it is tone-mapped
_HEIF_DEEP_CHROMA: Final = (20, 21)  # 4:2:2, as of Sony and Canon, and 4:4:4
_AVIF: Final = (12, 17)
_AVIF_DEEP: Final = (18, 21)
_UNKNOWN: Final = Coding(frozenset(), 12, 2.0)  # no boxes that say it: as much as there can be
_TAKEN_APART: Final = 7  # bytes for a pixel of a TIFF's samples on their way from one picture into planes
_LOADED: Final = 8  # bytes for a pixel while a TIFF's compressed file is there in another piece
_LARGEST: Final = max(variant.width for variant in REQUIRED)
_PER_VARIANT_PIXEL: Final = 8  # of the largest variant: planes at full and half size, and its JPEG


def photo_memory(data: bytes, photo: Opened) -> int:
    """Bytes of memory that decoding a photo and encoding it and the variants of the contract take.

    Parameters
    ----------
    data
        The file.
    photo
        As it was opened: any format but JPEG, for which see `handlers.thumbnails.decode.jpeg_cost`.
    """
    pixels = photo.width * photo.height
    longer, shorter = max(photo.size), min(photo.size)
    variant = min(pixels, _LARGEST * _LARGEST * longer // shorter)  # whichever way is up
    taken = pixels * _tiff_bytes(photo) if isinstance(photo, TiffPhoto) else pixels * _bytes(data, photo)
    if isinstance(photo, TiffPhoto) and photo.copied:
        taken = max(taken, pixels * _LOADED + len(data))
    return taken + variant * _PER_VARIANT_PIXEL


def _bytes(data: bytes, photo: Opened) -> int:
    """Bytes a pixel of a photo in PNG, WebP, HEIF or AVIF."""
    alpha = not isinstance(photo, TiffPhoto) and photo.has_transparency_data
    if photo.format not in {"HEIF", "AVIF"}:
        return (_WEBP if photo.format == "WEBP" else _PLAIN)[alpha]
    coding = HeifItems(data).coding() or _UNKNOWN
    if photo.format == "AVIF":
        return (_AVIF_DEEP if coding.bits > 8 else _AVIF)[alpha]
    if coding.bits > 8:
        return (_HEIF_DEEP_CHROMA if coding.chroma > 0.5 else _HEIF_DEEP)[alpha]
    return _HEIF[alpha]


def _tiff_bytes(photo: TiffPhoto) -> int:
    """Bytes a pixel of a TIFF."""
    if not photo.taken_apart:
        return _PLAIN[1]
    layout = photo.layout
    samples = layout.colours + len(layout.extras)
    return max(_PLAIN[1], -(-samples * layout.bits // 8) + layout.colours + 1 + _TAKEN_APART)
