"""`handlers.thumbnails.photo`: one file for each oddity that photographers, phones and attackers upload."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageCms, TiffImagePlugin

from bench.report import ROOT
from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.thumbnails import exif, limits
from handlers.thumbnails.icc import adobe_rgb_profile, display_p3_profile
from handlers.thumbnails.memory import MemoryBudget
from handlers.thumbnails.photo import Photo, process
from tests.support.corpus import hostile
from tests.support.corpus.bombs import BOMBS
from tests.support.corpus.camera import PRIVATE, TRAILER, camera_exif, camera_jpeg, tiff, with_segments, xmp
from tests.support.corpus.deep_colour import deep_png, deep_tiff
from tests.support.corpus.photos import CORNERS, alike, compass, corners, encoded, opened, pixels, scene
from tests.support.corpus.rare_jpegs import without_adobe_segment

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
ORANGE = (200, 100, 50)


def made(data: bytes) -> Photo:
    return process(data, MemoryBudget(limits.DECODE_BYTES))


def middle(jpeg: bytes) -> tuple[int, ...]:
    """Colour in the middle of a photo, as RGB."""
    photo = opened(jpeg).convert("RGB")
    return photo.getpixel((photo.width // 2, photo.height // 2))  # type: ignore[return-value]  # a triple


def flat(mode: str = "RGB", colour: int | tuple[int, ...] = ORANGE) -> Image.Image:
    return Image.new(mode, (64, 48), colour)


def sixteen_bits(value: int) -> Image.Image:
    return Image.new("I;16", (64, 48), value)


def palette(transparent: bool) -> bytes:
    photo = flat().quantize(4)
    return encoded(photo, "PNG", **({"transparency": 0} if transparent else {}))


SHOWN: dict[str, tuple[Callable[[], bytes], tuple[int, int, int]]] = {
    "baseline JPEG": (lambda: encoded(flat(), "JPEG", quality=95), ORANGE),
    "progressive JPEG": (lambda: encoded(flat(), "JPEG", quality=95, progressive=True), ORANGE),
    "JPEG stored as RGB": (lambda: encoded(flat(), "JPEG", quality=95, keep_rgb=True), ORANGE),
    "grey JPEG": (lambda: encoded(flat("L", 90), "JPEG"), (90, 90, 90)),
    "inverted CMYK JPEG": (lambda: encoded(flat("CMYK", (0, 255, 255, 0)), "JPEG", quality=95), (255, 0, 0)),
    "PNG": (lambda: encoded(flat(), "PNG"), ORANGE),
    "PNG with alpha": (lambda: encoded(flat("RGBA", (0, 0, 0, 0)), "PNG"), (255, 255, 255)),
    "PNG half transparent": (lambda: encoded(flat("RGBA", (0, 0, 0, 128)), "PNG"), (127, 127, 127)),
    "PNG grey with alpha": (lambda: encoded(flat("LA", (0, 0)), "PNG"), (255, 255, 255)),
    "PNG 16 bits grey": (lambda: encoded(sixteen_bits(128 * 257), "PNG"), (128, 128, 128)),
    "PNG 16 bits": (lambda: deep_png(ORANGE), ORANGE),
    "PNG 16 bits with alpha": (lambda: deep_png((0, 0, 0, 0)), (255, 255, 255)),
    "PNG 16 bits grey with alpha": (lambda: deep_png((0, 0)), (255, 255, 255)),
    "TIFF 16 bits": (lambda: deep_tiff(ORANGE), ORANGE),
    "PNG palette": (lambda: palette(transparent=False), ORANGE),
    "PNG palette with a transparent colour": (lambda: palette(transparent=True), (255, 255, 255)),
    "PNG with a transparent colour": (lambda: encoded(flat(), "PNG", transparency=ORANGE), (255, 255, 255)),
    "PNG 1 bit": (lambda: encoded(flat("1", 255), "PNG"), (255, 255, 255)),
    "PNG in Display P3": (lambda: encoded(flat(), "PNG", icc_profile=display_p3_profile()), (215, 93, 31)),
    "WebP": (lambda: encoded(flat(), "WEBP", quality=95), ORANGE),
    "WebP with alpha": (lambda: encoded(flat("RGBA", (0, 0, 0, 0)), "WEBP", lossless=True), (255, 255, 255)),
    "animated WebP": (lambda: encoded(flat(), "WEBP", save_all=True, append_images=[flat(colour=0)]), ORANGE),
    "TIFF": (lambda: encoded(flat(), "TIFF"), ORANGE),
    "TIFF LZW": (lambda: encoded(flat(), "TIFF", compression="tiff_lzw"), ORANGE),
    "TIFF with JPEG inside": (lambda: encoded(flat(), "TIFF", compression="jpeg"), ORANGE),
    "TIFF CMYK": (lambda: encoded(flat("CMYK", (0, 255, 255, 0)), "TIFF"), (255, 0, 0)),
    "TIFF LAB": (lambda: encoded(flat("LAB", (255, 128, 128)), "TIFF"), (255, 255, 255)),
    "TIFF 16 bits grey": (lambda: encoded(sixteen_bits(64 * 257), "TIFF"), (64, 64, 64)),
    "TIFF of several pages": (lambda: encoded(flat(), "TIFF", save_all=True, append_images=[flat(colour=0)]), ORANGE),
    "HEIC": (lambda: encoded(flat(), "HEIF", quality=95), ORANGE),
    "HEIC in Display P3": (
        lambda: encoded(flat(), "HEIF", quality=95, icc_profile=display_p3_profile()),
        (215, 93, 31),
    ),
    "HEIC in Display P3 by number": (lambda: encoded(flat(), "HEIF", quality=95, color_primaries=12), (215, 93, 31)),
    "AVIF": (lambda: encoded(flat(), "AVIF", quality=95), ORANGE),
    "AVIF with alpha": (lambda: encoded(flat("RGBA", (0, 0, 0, 0)), "AVIF", quality=95), (255, 255, 255)),
    "MPO of a phone": (lambda: encoded(flat(), "MPO", save_all=True, append_images=[flat(colour=0)]), ORANGE),
    "motion photo": (lambda: encoded(flat(), "JPEG", quality=95) + b"\0\0\0\x18ftypmp42\xff\xd9" + bytes(500), ORANGE),
    "JPEG in Adobe RGB": (
        lambda: encoded(flat(), "JPEG", quality=95, icc_profile=adobe_rgb_profile()),
        (227, 100, 42),
    ),
    "JPEG in Adobe RGB by EXIF alone": (
        lambda: camera_jpeg(jpeg=encoded(flat(), "JPEG", quality=95), interop=b"R03\0"),
        (227, 100, 42),
    ),
    "JPEG with a garbled profile": (
        lambda: encoded(flat(), "JPEG", quality=95, icc_profile=adobe_rgb_profile()[:200] + bytes(228)),
        ORANGE,
    ),
    "JPEG with a profile for ink": (
        lambda: encoded(flat(), "JPEG", quality=95, icc_profile=SRGB[:16] + b"CMYK" + SRGB[20:]),
        ORANGE,
    ),
    "JPEG with broken EXIF": (lambda: with_segments(encoded(flat(), "JPEG"), b"\xff\xe1\0\x0cExif\0\0II*\0"), ORANGE),
    "JPEG that is also a ZIP": (lambda: encoded(flat(), "JPEG", quality=95) + b"PK\x03\x04" + bytes(200), ORANGE),
}


@pytest.mark.parametrize("oddity", SHOWN)
def test_it_is_shown_in_its_true_colours(oddity: str) -> None:
    make, colour = SHOWN[oddity]
    photo = made(make())
    assert (photo.width, photo.height) == (64, 48)
    assert all(alike(middle(body), colour, 6) for body in photo.variants.values())


@pytest.mark.parametrize("oddity", SHOWN)
def test_its_processed_form_is_one_plain_jpeg(oddity: str) -> None:
    processed = Image.open(io.BytesIO(made(SHOWN[oddity][0]()).processed))
    assert processed.format == "JPEG"
    assert processed.size == (64, 48)
    assert (
        not set(processed.info)
        - {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "icc_profile"}
        - {
            "adobe",
            "adobe_transform",
            "progressive",
            "progression",
        }
    )


# ImageMagick and libvips agree: whether the segment is there or not, ink in a JPEG is stored inverted.
@pytest.mark.parametrize(
    ("ink", "shown"),
    [((0, 255, 255, 0), (255, 0, 0)), ((0, 0, 0, 255), (0, 0, 0)), ((0, 0, 0, 0), (255, 255, 255))],
    ids=["red", "black", "white"],
)
@pytest.mark.parametrize("options", [{}, {"progressive": True}], ids=["baseline", "progressive"])
def test_ink_without_an_adobe_segment_looks_like_adobes(
    ink: tuple[int, ...], shown: tuple[int, ...], options: dict[str, Any]
) -> None:
    plain = without_adobe_segment(encoded(flat("CMYK", ink), "JPEG", quality=95, **options))
    photo = made(plain)
    assert all(alike(middle(body), shown) for body in photo.variants.values())
    assert b"Adobe" not in photo.processed
    assert pixels(photo.processed) == pixels(plain)


def test_the_processed_jpeg_is_the_upload_bit_for_bit_but_for_its_metadata() -> None:
    upload = camera_jpeg(6)
    photo = made(upload)
    assert pixels(photo.processed) == pixels(encoded(scene(), "JPEG", quality=88))
    assert (photo.width, photo.height) == (64, 96)
    assert not [mark for mark in PRIVATE if mark in photo.processed]


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_other_formats_lose_their_private_metadata(kind: str) -> None:
    options = {} if kind == "TIFF" else {"exif": camera_exif(1), "xmp": xmp().split(b"\0", 1)[1]}
    if kind == "TIFF":
        options = {"exif": tiff({0x013B: PRIVATE[1], 0x8825: {0x001C: PRIVATE[2]}})}
    photo = made(encoded(scene(), kind, **options))
    assert not [mark for mark in PRIVATE for body in (photo.processed, *photo.variants.values()) if mark in body]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("HEIF", {"quality": 95}),
        ("AVIF", {"quality": 95}),
    ],
)
def test_orientation_of_other_formats_is_honoured_once(kind: str, options: dict[str, Any]) -> None:
    turned = compass().transpose(Image.Transpose.ROTATE_90)  # stored on its side
    photo = made(encoded(turned, kind, exif=exif.orientation_only(6).removeprefix(exif.PREFIX), **options))
    assert (photo.width, photo.height) == (120, 80)
    shown = opened(photo.variants["large"])
    assert all(alike(found, wanted, 16) for found, wanted in zip(corners(shown), CORNERS, strict=True))


def test_other_formats_keep_a_wide_gamut_in_their_processed_form() -> None:
    photo = made(encoded(flat(), "PNG", icc_profile=display_p3_profile()))
    assert opened(photo.processed).info["icc_profile"] == display_p3_profile()
    assert alike(middle(photo.processed), ORANGE)


def test_ink_in_other_formats_becomes_srgb_at_once() -> None:
    photo = made(encoded(flat("CMYK", (0, 255, 255, 0)), "TIFF"))
    processed = opened(photo.processed)
    assert processed.mode == "RGB"
    assert "icc_profile" not in processed.info


def tiff_with(tags: dict[int, int | bytes | str]) -> bytes:
    directory = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, value in tags.items():
        directory.tagtype[tag] = {bytes: 1, str: 2, int: 4}[type(value)]
        directory[tag] = value
    return encoded(scene(), "TIFF", tiffinfo=directory)


REFUSED: dict[str, tuple[Callable[[], bytes], AssetErrorCode]] = {
    "empty": (lambda: b"", AssetErrorCode.IMAGE_CORRUPT),
    "one byte": (lambda: b"\xff", AssetErrorCode.UNSUPPORTED_MEDIA),
    "text": (lambda: b"this is no photo", AssetErrorCode.UNSUPPORTED_MEDIA),
    "GIF": (lambda: encoded(scene().quantize(8), "GIF"), AssetErrorCode.UNSUPPORTED_MEDIA),
    "BMP": (lambda: encoded(scene(), "BMP"), AssetErrorCode.UNSUPPORTED_MEDIA),
    "JPEG 2000": (lambda: encoded(scene(), "JPEG2000"), AssetErrorCode.UNSUPPORTED_MEDIA),
    "SVG": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", AssetErrorCode.UNSUPPORTED_MEDIA),
    "PDF that also holds a JPEG": (
        lambda: b"%PDF-1.7\n" + encoded(scene(), "JPEG"),
        AssetErrorCode.UNSUPPORTED_MEDIA,
    ),
    "Canon raw": (lambda: b"II*\0\x10\0\0\0CR\x02\0" + bytes(100), AssetErrorCode.UNSUPPORTED_MEDIA),
    "DNG": (lambda: tiff_with({50706: b"\x01\x04\0\0"}), AssetErrorCode.UNSUPPORTED_MEDIA),
    "raw whose first photo is a preview": (lambda: tiff_with({254: 1}), AssetErrorCode.UNSUPPORTED_MEDIA),
    "TIFF with words for a number": (lambda: tiff_with({254: "none"}), AssetErrorCode.IMAGE_CORRUPT),
    "TIFF of floating point": (lambda: encoded(Image.new("F", (8, 8)), "TIFF"), AssetErrorCode.UNSUPPORTED_MEDIA),
    "TIFF of 32 bits": (lambda: encoded(Image.new("I", (8, 8)), "TIFF"), AssetErrorCode.UNSUPPORTED_MEDIA),
    "JPEG of 12 bits": (
        lambda: hostile.other_precision(encoded(scene(), "JPEG"), 12),
        AssetErrorCode.UNSUPPORTED_MEDIA,
    ),
    "JPEG cut off": (lambda: encoded(scene(), "JPEG")[:-700], AssetErrorCode.IMAGE_CORRUPT),
    "PNG cut off": (lambda: encoded(scene(), "PNG")[:-900], AssetErrorCode.IMAGE_CORRUPT),
    "PNG with a wrong checksum": (
        lambda: encoded(scene(), "PNG").replace(b"IDAT", b"IDAU", 1),
        AssetErrorCode.IMAGE_CORRUPT,
    ),
    "WebP cut off": (lambda: encoded(scene(), "WEBP")[:-200], AssetErrorCode.IMAGE_CORRUPT),
    "TIFF cut off": (lambda: encoded(scene(), "TIFF", compression="tiff_lzw")[:3000], AssetErrorCode.IMAGE_CORRUPT),
    "HEIC cut off": (lambda: encoded(scene(), "HEIF")[:-300], AssetErrorCode.IMAGE_CORRUPT),
    "AVIF cut off": (lambda: encoded(scene(), "AVIF")[:-300], AssetErrorCode.IMAGE_CORRUPT),
    "signature alone": (lambda: b"\x89PNG\r\n\x1a\n", AssetErrorCode.IMAGE_CORRUPT),
    **{name: (make, AssetErrorCode.IMAGE_TOO_LARGE) for name, make in BOMBS.items()},
}


@pytest.mark.parametrize("oddity", REFUSED)
def test_it_is_refused_with_its_reason(oddity: str) -> None:
    make, code = REFUSED[oddity]
    with pytest.raises(AssetError) as refused:
        made(make())
    assert refused.value.code is code
    assert refused.value.message
    assert TRAILER.decode() not in refused.value.message


def test_bombs_are_refused_before_they_take_memory() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.support.corpus.bombs"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    told = json.loads(run.stdout)
    assert set(told["codes"].values()) == {"IMAGE_TOO_LARGE"}
    assert told["grown_mib"] < 32


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_file_cut_anywhere_has_an_error_code(kind: str) -> None:
    data = encoded(scene(), kind)
    for end in range(0, len(data) - 13, 97):
        with pytest.raises(AssetError):
            made(data[:end])


def test_memory_beyond_what_there_is_makes_a_photo_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError

    data = encoded(scene(), "PNG")
    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load_prepare", exhausted)
    with pytest.raises(AssetError) as refused:
        made(data)
    assert refused.value.code is AssetErrorCode.IMAGE_TOO_LARGE
