"""Pixels of any colour model to sRGB, by the profile that came with them. LittleCMS does the work, through Pillow."""

import io
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageCms

from handlers.thumbnails import colour_numbers, tone_mapping
from handlers.thumbnails.colour_numbers import ColourNumbers
from handlers.thumbnails.icc import SRGB_NAMES, usable_profile

_COLOUR_SPACES = {"L": b"GRAY", "RGB": b"RGB ", "CMYK": b"CMYK"}
_H273_SRGB_TRANSFER = 13  # ITU-T H.273, table 3


def converts(profile: bytes | None) -> bool:
    """Whether the profile asks for a conversion: there is one, it can be read, and it is not sRGB."""
    if profile is None:
        return False
    try:
        name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile))).strip()
    except (ImageCms.PyCMSError, OSError):
        return False
    return name not in SRGB_NAMES


def fitting_profile(image: Image.Image) -> bytes | None:
    """The profile in a photo's information, when it is whole and fits the mode, or what its numbers stand for."""
    profile, space = image.info.get("icc_profile"), _COLOUR_SPACES.get(image.mode)
    usable = usable_profile(profile, space) if isinstance(profile, bytes) and space else None
    return usable or colour_numbers.profile_of(image.info, image.mode)


def to_standard_range(image: Image.Image) -> Image.Image:
    """Tone-map a photo of a high dynamic range, with its primaries and its alpha; any other is returned as it is.

    Parameters
    ----------
    image
        With its own ``info``. One of a mode beside `tone_mapping.MODES` is returned as it is, too.
    """
    numbers = colour_numbers.numbers_of(image.info)
    if not numbers or not numbers.are_hdr or is_described(image.info) or image.mode not in tone_mapping.MODES:
        return image
    mapped = tone_mapping.to_sdr(image, numbers)
    mapped.info = {**image.info, "nclx_profile": shown_numbers(numbers)}
    return mapped


def is_described(info: Mapping[Any, Any]) -> bool:
    """Whether a photo has a profile, which goes before numbers: see `fitting_profile`."""
    return isinstance(info.get("icc_profile"), bytes)


def shown_numbers(numbers: ColourNumbers) -> dict[str, int]:
    """The numbers of a photo that was tone-mapped, by pillow-heif's names."""
    return {"color_primaries": numbers.shown_primaries, "transfer_characteristics": _H273_SRGB_TRANSFER}


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert a photo to sRGB.

    Parameters
    ----------
    image
        Mode L, RGB, CMYK or LAB.
    profile
        ICC profile of the pixels, or None. Perceptual intent; with the matrix profiles of cameras and screens that is
        the relative colorimetric one. A profile that the engine cannot use counts as none: sRGB, or for CMYK the plain
        complement, is then assumed, as browsers do.

    Returns
    -------
    PIL.Image.Image
        Mode L or RGB, without a profile.
    """
    if image.mode == "LAB":
        return _transformed(image, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))
    if profile and converts(profile):
        try:
            return _transformed(image, ImageCms.ImageCmsProfile(io.BytesIO(profile)))
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # damaged beyond its header: treated as absent, see above
    return image if image.mode in {"L", "RGB"} else image.convert("RGB")


def _transformed(image: Image.Image, source: ImageCms.ImageCmsProfile) -> Image.Image:
    transform = ImageCms.buildTransform(
        source, ImageCms.createProfile("sRGB"), image.mode, "RGB", ImageCms.Intent.PERCEPTUAL
    )
    result = transform.apply(image)
    result.info.pop("icc_profile", None)
    return result
