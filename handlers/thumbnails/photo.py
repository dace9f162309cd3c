"""One photo: its cleaned original and its variants, from the bytes that were uploaded."""

import io
from dataclasses import dataclass
from typing import Final

from PIL import Image

from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.contract.photo_variants import REQUIRED, Table
from handlers.files.content_type import HEAD_BYTES, detect
from handlers.thumbnails import colour, decode, exif, jpeg_segments, limits, variants
from handlers.thumbnails.memory import MemoryBudget
from handlers.thumbnails.photo_sphere import EQUIRECTANGULAR, PhotoSphere
from handlers.thumbnails.pixel_memory import photo_memory
from handlers.thumbnails.preview import Preview, preview

# Of the processed JPEG of a photo in another format: no subsampling, since renders have text and saturated edges.
PROCESSED_QUALITY: Final = 92
_PROCESSED_SUBSAMPLING: Final = "4:4:4"


@dataclass(frozen=True, slots=True)
class Photo:
    """What one upload became.

    Parameters
    ----------
    processed
        A JPEG: the upload's own pixels where it was one that browsers read.
    width, height
        Pixels of ``processed`` as it is shown, after orientation.
    variants
        Name to file, see `variants.render`.
    preview
        What a page shows until the photo is there.
    sphere
        How ``processed`` says that a 360° photo is to be shown; None for a flat one.
    """

    processed: bytes
    width: int
    height: int
    variants: dict[str, bytes]
    preview: Preview
    sphere: PhotoSphere | None

    @property
    def projection(self) -> str | None:
        """Name of the sphere's projection."""
        return EQUIRECTANGULAR if self.sphere else None


def process(data: bytes, memory: MemoryBudget, table: Table = REQUIRED) -> Photo:
    """Clean a photo and make its variants; the same bytes give the same results.

    Parameters
    ----------
    data
        The uploaded file.
    memory
        Held while pixels are decoded; the only wait in here.
    table
        The variants to make.

    Raises
    ------
    AssetError
        ``UNSUPPORTED_MEDIA``, ``IMAGE_TOO_LARGE`` or ``IMAGE_CORRUPT``.
    """
    if not data:
        raise AssetError(AssetErrorCode.IMAGE_CORRUPT, "the file is empty")
    content_type = detect(data[:HEAD_BYTES])
    if content_type == "image/jpeg":
        return _from_jpeg(data, memory, table)
    return _from_other(data, content_type or "a file without a known signature", memory, table)


def _from_jpeg(data: bytes, memory: MemoryBudget, table: Table) -> Photo:
    file = jpeg_segments.parse(data)
    stored, orientation = (file.frame.width, file.frame.height), file.facts.orientation
    wanted = stored if file.arithmetic else variants.wanted_size(stored, orientation, table)
    rendering = variants.cost(decode.reduced_size(file, wanted), stored, table)
    with memory.hold(_affordable(max(decode.jpeg_cost(file, wanted), rendering))):
        decoded = decode.decode_jpeg(file, wanted)
        made = variants.render(decoded, file.profile, orientation, table)
        # Where arithmetic coding ends no decoder tells, and no browser reads it.
        processed = (
            _encoded(decoded.image, file.profile, orientation, file.sphere) if file.arithmetic else file.cleaned()
        )
    return Photo(processed, *variants.upright(stored, orientation), made, preview(made["thumbnail"]), file.sphere)


def _from_other(data: bytes, content_type: str, memory: MemoryBudget, table: Table) -> Photo:
    opened = decode.open_photo(data, content_type)
    rendering = variants.cost(opened.size, opened.size, table)
    with memory.hold(_affordable(max(photo_memory(data, opened), rendering))):
        image, orientation = decode.load(opened)
        profile = colour.fitting_profile(image)
        if image.mode not in {"L", "RGB"}:
            image, profile = colour.to_srgb(image, profile), None
        sphere = PhotoSphere.find(data, image.size) if orientation == 1 else None
        processed = _encoded(image, profile, orientation, sphere)
        whole = decode.Decoded(image, (0, 0, *image.size), image.size)
        made = variants.render(whole, profile, orientation, table)
    return Photo(processed, *variants.upright(image.size, orientation), made, preview(made["thumbnail"]), sphere)


def _encoded(image: Image.Image, profile: bytes | None, orientation: int, sphere: PhotoSphere | None) -> bytes:
    """A high-quality JPEG with the photo's own profile; orientation stays a tag, as with uploaded JPEGs."""
    image.info = {}  # else a comment in it would be written
    buffer = io.BytesIO()
    image.save(
        buffer,
        "JPEG",
        quality=PROCESSED_QUALITY,
        subsampling=_PROCESSED_SUBSAMPLING,
        icc_profile=profile,
        exif=exif.orientation_only(orientation) if orientation != 1 else b"",
        xmp=sphere.packet() if sphere else b"",
    )
    return buffer.getvalue()


def _affordable(cost: int) -> int:
    if cost > limits.DECODE_BYTES:
        raise AssetError(
            AssetErrorCode.IMAGE_TOO_LARGE,
            f"decoding takes {cost // limits.MIB:,} MiB, at most {limits.DECODE_BYTES // limits.MIB:,} are allowed",
        )
    return cost
