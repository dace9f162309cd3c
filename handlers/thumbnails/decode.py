"""From a file's bytes to pixels: the decoders, what they may cost, and their failures as error codes.

A JPEG is handed to libjpeg in its cleaned form, so that no metadata parser of the decoder sees an upload, and is
decoded at reduced scale (1/2, 1/4, 1/8 in the DCT domain). Other formats have no such scale and are decoded whole. The
decoder is chosen by the content type that was detected, never by what a file's later bytes could also be.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageChops, ImageFile, JpegImagePlugin

from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.thumbnails import colour, exif, limits, scan_ends, webp_chunks
from handlers.thumbnails.heif_items import HeifItems
from handlers.thumbnails.jpeg_file import JpegFile
from handlers.thumbnails.slices import Slices
from handlers.thumbnails.tiff import TiffPhoto, open_tiff

_BYTES_PER_PIXEL: Final = 12  # of a JPEG as it is decoded: measured peak up to its last variant (10.0), rounded up
_BYTES_PER_COEFFICIENT: Final = 2  # libjpeg keeps those of a progressive file until its end
_CODEC_NOISE: Final = 2  # by which lossy formats tell the channels of a grey photo apart
_REDUCTIONS: Final = (8, 4, 2, 1)

_HEVC: Final = "hvc1"

type Opened = ImageFile.ImageFile | TiffPhoto


@dataclass(frozen=True, slots=True)
class Decoded:
    """Pixels, not necessarily all of them.

    Parameters
    ----------
    image
        In stored orientation.
    box
        The part of ``image`` that is the photo, in fractions of its pixels: a size that 8 does not divide leaves a
        partial pixel at the right and at the bottom.
    size
        Size of the whole photo, in stored pixels.
    """

    image: Image.Image
    box: tuple[float, float, float, float]
    size: tuple[int, int]


def reduced_size(file: JpegFile, wanted: tuple[int, int]) -> tuple[int, int]:
    """Size at which the decoder can give a JPEG that is at least as large as wanted."""
    width, height = file.frame.width, file.frame.height
    scale = next(step for step in _REDUCTIONS if step == 1 or min(width // wanted[0], height // wanted[1]) >= step)
    return -(-width // scale), -(-height // scale)


def jpeg_cost(file: JpegFile, wanted: tuple[int, int]) -> int:
    """Bytes of memory that decoding a JPEG for such a size takes.

    Raises
    ------
    AssetError
        ``IMAGE_TOO_LARGE`` when it would be more than `limits` allow.
    """
    frame = file.frame
    limit = limits.MAX_PROGRESSIVE_PIXELS if file.buffered else limits.MAX_JPEG_PIXELS
    limits.check_pixels(frame.width, frame.height, limit)
    decoded = reduced_size(file, wanted)
    limits.check_pixels(*decoded, limits.MAX_DECODED_PIXELS)
    coefficients = frame.width * frame.height * frame.samples_per_pixel if file.buffered else 0
    return round(decoded[0] * decoded[1] * _BYTES_PER_PIXEL + coefficients * _BYTES_PER_COEFFICIENT)


def decode_jpeg(file: JpegFile, wanted: tuple[int, int]) -> Decoded:
    """Decode a JPEG at the smallest scale that is at least as large as wanted.

    Returns
    -------
    Decoded
        Mode YCbCr where that is how the pixels are stored and no profile asks for RGB, else L, RGB or CMYK. Ink is
        taken as stored inverted with and without an Adobe segment, as browsers and the common decoders do.

    Raises
    ------
    AssetError
        ``IMAGE_CORRUPT`` when the data is cut off or broken.
    """
    mode = "YCbCr" if file.is_ycbcr and not colour.converts(file.profile) else None
    size = (file.frame.width, file.frame.height)
    if not file.arithmetic:
        with _failures("JPEG"):
            decoded = scan_ends.decode(file, mode, wanted)
        file.cut(decoded.ends)
        return Decoded(decoded.image, decoded.box, size)
    with _failures("JPEG"):
        image = JpegImagePlugin.JpegImageFile(io.BufferedReader(Slices(file.parts()), ImageFile.MAXBLOCK))
        drafted = image.draft(mode, wanted)
        image.load()
    box = drafted[1] if drafted else (0, 0, *image.size)
    return Decoded(image, box, size)


def open_photo(data: bytes, content_type: str) -> Opened:
    """Read the header of any other format; no pixel is decoded yet.

    Raises
    ------
    AssetError
        ``UNSUPPORTED_MEDIA`` for formats that are no photographs of ours, camera raw files among them;
        ``IMAGE_CORRUPT`` for a broken header; ``IMAGE_TOO_LARGE`` beyond `limits`.
    """
    opener = _OPENERS.get(content_type)
    if opener is None:
        raise _unsupported(content_type)
    with _failures(content_type):
        image = opener(io.BytesIO(data))
    limits.check_sides(*image.size)
    limits.check_pixels(*image.size, limits.MAX_DECODED_PIXELS)
    return image


def load(image: Opened) -> tuple[Image.Image, int]:
    """Decode the first frame of an opened photo, whole.

    Returns
    -------
    tuple
        The photo on white, mode L, RGB, CMYK or LAB, with its own ``info``; and the orientation that remains to be
        applied (the HEIF decoder has done so already).

    Raises
    ------
    AssetError
        ``IMAGE_CORRUPT``, ``IMAGE_TOO_LARGE``, or ``UNSUPPORTED_MEDIA`` for pixels of more than 16 bits a channel.
    """
    with _failures(image.format or "photo"):
        if isinstance(image, TiffPhoto):
            picture, orientation = image.read()
        else:
            picture, orientation = _loaded(image)
        flat = _flattened(colour.to_standard_range(picture))
        return colour.to_standard_range(flat), orientation  # what had a palette or one channel of 16 bits


def _loaded(image: ImageFile.ImageFile) -> tuple[ImageFile.ImageFile, int]:
    image.load()
    limits.check_pixels(*image.size, limits.MAX_DECODED_PIXELS)  # a HEIF's own may differ from its container's
    block = image.info.get("exif")
    facts = exif.read(block.removeprefix(exif.PREFIX)) if isinstance(block, bytes) else exif.ExifFacts()
    return image, facts.orientation


def _flattened(image: Image.Image) -> Image.Image:
    """The photo in a mode without transparency, palette or more than 8 bits."""
    if image.mode in {"I", "F"}:
        raise AssetError(
            AssetErrorCode.UNSUPPORTED_MEDIA, "pixels of 32 bits are not supported; export it with 8 or 16 bits"
        )
    info = image.info
    if image.mode.startswith("I;16"):
        flat = _of_deep_grey(image, info.get("transparency"))
    elif image.has_transparency_data:
        flat = _on_white(image if image.mode in {"LA", "RGBA"} else image.convert("RGBA"))
    elif image.mode in {"L", "RGB", "CMYK", "LAB"}:
        flat = image
    else:
        flat = image.convert("L" if image.mode == "1" else "RGB")
    if flat.mode == "RGB" and _is_grey(image, flat):
        flat = flat.convert("L")
    flat.info = info
    return flat


def _on_white(image: Image.Image) -> Image.Image:
    """Mode LA gives L, RGBA gives RGB."""
    flat = Image.new(image.mode.removesuffix("A"), image.size, "white")
    flat.paste(image if flat.mode == "RGB" else image.convert("L"), mask=image)
    return flat


def _is_grey(image: Image.Image, flat: Image.Image) -> bool:
    """Whether a photo in mode RGB is grey all the same, so that it stays so and a grey profile fits it.

    Pillow reads as RGB what is grey in a WebP, and grey with alpha in an AVIF or in a PNG of 16 bits.
    """
    profile = image.info.get("icc_profile")
    if image.mode == "L" or not (isinstance(profile, bytes) and profile[16:20] == b"GRAY"):
        return image.mode == "L"
    red, green, blue = flat.split()
    most = max(ImageChops.difference(green, other).getextrema()[1] for other in (red, blue))
    return isinstance(most, int) and most <= _CODEC_NOISE


def _of_deep_grey(image: Image.Image, transparent: object) -> Image.Image:
    """Grey of 16 bits in 8, a transparent shade (PNG 11.3.1.1: it is compared before it loses bits) as white."""
    wide = image.convert("I")
    flat = wide.point(lambda shade: shade * (1 / 257)).convert("L")
    if isinstance(transparent, int):
        flat.paste(255, mask=wide.point([255 if shade == transparent else 0 for shade in range(65536)], "L"))
    return flat


@contextmanager
def _failures(kind: str) -> Iterator[None]:
    """Whatever a decoder raises about an upload is the upload's fault: the other assets go on."""
    try:
        yield
    except AssetError:
        raise
    except (MemoryError, Image.DecompressionBombError) as error:
        raise AssetError(AssetErrorCode.IMAGE_TOO_LARGE, f"{kind} needs more memory than there is") from error
    except Exception as error:
        raise AssetError(AssetErrorCode.IMAGE_CORRUPT, f"damaged {kind}: {error}") from error


def _unsupported(kind: str) -> AssetError:
    return AssetError(
        AssetErrorCode.UNSUPPORTED_MEDIA,
        f"{kind} is not supported; send JPEG, PNG, WebP, TIFF, HEIC or AVIF",
    )


def _open_png(file: io.BytesIO) -> ImageFile.ImageFile:
    from handlers.thumbnails.png_photo import PngPhoto

    return PngPhoto(file.getvalue())


def _open_webp(file: io.BytesIO) -> ImageFile.ImageFile:
    from PIL import WebPImagePlugin

    parts, info = webp_chunks.parse(file.getvalue())
    image = WebPImagePlugin.WebPImageFile(io.BufferedReader(Slices(parts), ImageFile.MAXBLOCK))
    image.info.update(info)
    return image


def _open_avif(file: io.BytesIO) -> ImageFile.ImageFile:
    from PIL import AvifImagePlugin

    items = HeifItems(file.getvalue())
    image = AvifImagePlugin.AvifImageFile(io.BytesIO(items.without_metadata()))
    image.info.update(items.info())
    return image


def _open_heif(file: io.BytesIO) -> ImageFile.ImageFile:
    coding = HeifItems(file.getvalue()).coding()
    if coding and _HEVC not in coding.kinds:  # a container for any codec, of which libheif has one here
        raise _unsupported(f"HEIF with {', '.join(sorted(coding.kinds)) or 'nothing'} inside, not HEVC,")
    from handlers.thumbnails.heif_photo import HeifPhoto

    return HeifPhoto(file.getvalue())


# Imported when the first photo of the kind arrives: libheif alone would double the cold start.
_OPENERS: Final[dict[str, Callable[[io.BytesIO], Opened]]] = {
    "image/png": _open_png,
    "image/webp": _open_webp,
    "image/tiff": lambda file: open_tiff(file.getvalue()),
    "image/avif": _open_avif,
    "image/heic": _open_heif,
    "image/heif": _open_heif,
}
