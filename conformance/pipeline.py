"""The pipeline's own view of a file, by the functions' code, and what it would send out."""

import io
import warnings
from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageCms, ImageOps

from conformance.views import PhotoView, Refusal, VideoView, View, cells
from handlers.contract.errors import AssetError
from handlers.files.codecs import check_decodable
from handlers.files.hdr import Hdr
from handlers.files.isobmff import probe
from handlers.thumbnails import limits
from handlers.thumbnails.memory import MemoryBudget
from handlers.thumbnails.photo import process

_TRANSFERS: Mapping[Hdr | None, str] = {None: "SDR", Hdr.PQ: "PQ", Hdr.HLG: "HLG"}


def view_photo(data: bytes) -> tuple[View, dict[str, bytes]]:
    """How the large variant looks, and every output by its name; none of a photo that is refused."""
    try:
        with warnings.catch_warnings(action="ignore"):
            photo = process(data, MemoryBudget(limits.DECODE_BYTES))
    except AssetError as error:
        return Refusal(f"{error.code}: {error.message}"), {}
    with Image.open(io.BytesIO(photo.variants["large"])) as large:
        seen = PhotoView(photo.width, photo.height, cells(large))
    return seen, {"processed": photo.processed, **photo.variants}


def view_video(file: Path) -> View:
    """What validate measures."""
    content = file.read_bytes()
    try:
        found = probe(lambda offset, length: content[offset : offset + length], len(content))
        check_decodable(found.codec, found.sound_codec)
    except AssetError as error:
        return Refusal(f"{error.code}: {error.message}")
    return VideoView(
        found.width, found.height, found.duration_seconds, found.rotation, found.frame_rate, found.codec,
        _TRANSFERS[found.hdr], found.has_sound,
    )  # fmt: skip


def view_picture(data: bytes) -> PhotoView:
    """A JPEG of ours, its profile and orientation applied by Pillow; or a PNG that a decoder has written upright."""
    with Image.open(io.BytesIO(data)) as opened:
        opened.load()
        picture = ImageOps.exif_transpose(opened) if opened.format == "JPEG" else opened
        return PhotoView(picture.width, picture.height, cells(_in_srgb(picture)))


def _in_srgb(picture: Image.Image) -> Image.Image:
    profile, colours = picture.info.get("icc_profile"), picture.mode.removesuffix("A")
    if not profile or colours not in {"L", "RGB"}:
        return picture
    source, target = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
    bare = Image.merge(colours, picture.split()[: len(colours)]) if colours != picture.mode else picture
    shown = ImageCms.profileToProfile(bare, source, target, outputMode="RGB") or bare
    if colours != picture.mode:
        shown.putalpha(picture.getchannel("A"))
    return shown
