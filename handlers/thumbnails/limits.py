"""How large a photo may be: bounds that hold before any memory is spent. docs/limits.md repeats them for users.

They are made for a function of 3,008 MB: `DECODE_BYTES` and `FILE_BYTES` together with the interpreter (about 150 MB)
stay under two thirds of it, whatever is uploaded.
"""

from typing import Final

from handlers.contract.errors import AssetError, AssetErrorCode

MEGAPIXEL: Final = 1_000_000
MIB: Final = 1024 * 1024

MAX_SIDE: Final = 65_500  # pixels; libjpeg's own bound, and every photo's output is a JPEG
MAX_JPEG_PIXELS: Final = 500 * MEGAPIXEL  # a JPEG is decoded at reduced scale: its pixels cost time, not memory
MAX_PROGRESSIVE_PIXELS: Final = 200 * MEGAPIXEL  # a progressive one keeps all its coefficients in memory
MAX_DECODED_PIXELS: Final = 100 * MEGAPIXEL  # other formats, and a JPEG after the reduction
MAX_SCANS: Final = 1_000  # of a progressive JPEG; encoders write about ten
MAX_SCANNED_PIXELS: Final = 10_000 * MEGAPIXEL  # scans x pixels: each scan visits every block again
MAX_FILE_BYTES: Final = 256 * MIB

DECODE_BYTES: Final = 1_280 * MIB  # shared by all photos that are decoded at the same time
FILE_BYTES: Final = 512 * MIB  # shared by all files, raw and cleaned, that are in memory at the same time


def check_file(size: int) -> None:
    """Refuse a file that does not fit in memory beside its pixels.

    Raises
    ------
    AssetError
        ``FILE_TOO_LARGE``.
    """
    if size > MAX_FILE_BYTES:
        raise AssetError(
            AssetErrorCode.FILE_TOO_LARGE, f"file of {size:,} bytes, at most {MAX_FILE_BYTES:,} are processed"
        )


def check_sides(width: int, height: int) -> None:
    """Refuse an empty photo, and one with a side that no JPEG can have.

    Raises
    ------
    AssetError
        ``IMAGE_CORRUPT`` or ``IMAGE_TOO_LARGE``.
    """
    if width < 1 or height < 1:
        raise AssetError(AssetErrorCode.IMAGE_CORRUPT, f"photo of {width} x {height} pixels")
    if max(width, height) > MAX_SIDE:
        raise _too_large(width, height, f"at most {MAX_SIDE:,} pixels on a side are processed")


def check_pixels(width: int, height: int, limit: int) -> None:
    """Refuse a photo with more pixels than the limit for its kind.

    Raises
    ------
    AssetError
        ``IMAGE_TOO_LARGE``.
    """
    if width * height > limit:
        raise _too_large(width, height, f"at most {limit // MEGAPIXEL:,} megapixels are processed in this format")


def _too_large(width: int, height: int, bound: str) -> AssetError:
    return AssetError(AssetErrorCode.IMAGE_TOO_LARGE, f"photo of {width:,} x {height:,} pixels: {bound}")
