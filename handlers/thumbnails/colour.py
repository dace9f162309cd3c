"""Pixels of any colour model to sRGB, by the profile that came with them. LittleCMS does the work, through Pillow."""

import io

from PIL import Image, ImageCms

from handlers.thumbnails.icc import SRGB_NAMES, display_p3_profile, usable_profile

_COLOUR_SPACES = {"L": b"GRAY", "RGB": b"RGB ", "CMYK": b"CMYK"}
_H273_DISPLAY_P3 = 12  # ITU-T H.273, table 2


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
    if isinstance(profile, bytes) and space:
        return usable_profile(profile, space)
    numbers = image.info.get("nclx_profile") or {}  # of a HEIF without a profile
    return display_p3_profile() if numbers.get("color_primaries") == _H273_DISPLAY_P3 and image.mode == "RGB" else None


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
