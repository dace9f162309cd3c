"""Photos as cameras, phones and editors write them: one row for each kind of trouble. TIFF layouts: `tiffs`."""

import struct
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from PIL import Image, ImageCms

from conformance.corpus import Case
from conformance.tiffs import TIFFS
from handlers.thumbnails.icc import adobe_rgb_profile, display_p3_profile
from tests.support.corpus import camera, deep_colour, icc_profiles, rare_jpegs
from tests.support.corpus.photos import compass, encoded, scene

_P3, _BT2020, _BT709 = 12, 9, 1  # colour primaries of ITU-T H.273
_SRGB, _PQ, _HLG = 13, 16, 18  # its transfer characteristics
_SECRET: Final = camera.COMMENT

type Make = Callable[[], bytes]


def _jpeg(photo: Image.Image | None = None, **options: Any) -> bytes:
    return encoded(photo or compass(), "JPEG", quality=95, subsampling="4:4:4", **options)


def _png(photo: Image.Image | None = None, **options: Any) -> bytes:
    return encoded(photo or compass(), "PNG", **options)


def png_with(png: bytes, *chunks: tuple[bytes, bytes], crc: int = 0) -> bytes:
    """The PNG with chunks right behind its header; `crc` is added to theirs, to make it wrong."""
    made = b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content) ^ crc)
        for kind, content in chunks
    )
    return png[:33] + made + png[33:]


def with_nclx(file: bytes, primaries: int, transfer: int) -> bytes:
    """The HEIF or AVIF whose colour box names other colours (ISO/IEC 14496-12, 12.1.5)."""
    at = file.index(b"nclx") + 4
    return file[:at] + struct.pack(">HH", primaries, transfer) + file[at + 4 :]


def _camera(*arguments: Any, **options: Any) -> bytes:
    # The corpus' JUMBF segment is none, and exiftool takes ten seconds to find out: its number is a text.
    return camera.camera_jpeg(*arguments, **options).replace(b"JP\0\0" + camera.VENDOR, b"JQ\0\0" + camera.VENDOR)


def _cmyk(*, adobe: bool) -> bytes:
    quarters = compass().convert("CMYK")
    darker = Image.merge("CMYK", (*quarters.split()[:3], Image.new("L", quarters.size, 60)))
    jpeg = encoded(darker, "JPEG", quality=95)
    return jpeg if adobe else rare_jpegs.without_adobe_segment(jpeg)


def _cut_off(jpeg: bytes, share: float) -> bytes:
    scan = jpeg.rindex(b"\xff\xda")
    return jpeg[: scan + round((len(jpeg) - scan) * share)]


def _behind_last_block(jpeg: bytes) -> bytes:
    return jpeg[:-2] + _SECRET + jpeg[-2:]


def _grey_profile() -> bytes:
    """A grey profile of gamma 1.0, so that leaving it out shows."""
    content = {
        b"wtpt": b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061),
        b"kTRC": b"curv" + bytes(4) + struct.pack(">IH", 1, 256) + bytes(2),
    }
    header = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()[:128]
    return icc_profiles.profile_of(header[:16] + b"GRAYXYZ " + header[24:], content)


def _grey_png_with_transparency() -> bytes:
    grey = compass().getchannel("G")
    return png_with(_png(grey), (b"tRNS", struct.pack(">H", grey.getpixel((0, 0)))))


def _avif_with_broken_exif() -> bytes:
    return encoded(compass(), "AVIF", quality=95, exif=camera.camera_exif()).replace(b"II*\0", b"XXXX", 1)


def _jpegs() -> Iterator[tuple[str, Make]]:
    for orientation in range(1, 9):
        yield f"jpeg-orientation-{orientation}", partial(_camera, orientation, _jpeg())
    yield "jpeg-exif-big-endian", partial(_camera, 6, _jpeg(), order=">")
    yield "jpeg-progressive", partial(_jpeg, progressive=True)
    yield "jpeg-grey", lambda: _jpeg(compass().convert("L"))
    yield "jpeg-subsampled-odd-size", lambda: encoded(compass(121, 83), "JPEG", quality=95, subsampling="4:2:0")
    yield "jpeg-arithmetic", lambda: rare_jpegs.ARITHMETIC
    yield "jpeg-4-4-0", lambda: rare_jpegs.SUBSAMPLED_4_4_0
    yield "jpeg-4-1-1", lambda: rare_jpegs.SUBSAMPLED_4_1_1
    yield "jpeg-one-scan-per-component", lambda: rare_jpegs.ONE_SCAN_PER_COMPONENT
    yield "jpeg-display-p3", lambda: _jpeg(icc_profile=display_p3_profile())
    yield "jpeg-adobe-rgb", lambda: _jpeg(icc_profile=adobe_rgb_profile())
    yield "jpeg-adobe-rgb-by-interop", partial(_camera, 1, _jpeg(), b"R03\0")
    yield "jpeg-profile-of-a-screen", lambda: _jpeg(icc_profile=icc_profiles.of_a_screen(display_p3_profile()))
    yield "jpeg-cmyk-with-adobe", partial(_cmyk, adobe=True)
    yield "jpeg-cmyk-without-adobe", partial(_cmyk, adobe=False)
    yield "jpeg-without-end", lambda: _jpeg()[:-2]
    yield "jpeg-without-end-but-trailer", lambda: _jpeg()[:-2] + b"SEFHe" + camera.TRAILER
    yield "jpeg-progressive-without-end", lambda: _jpeg(progressive=True)[:-2]
    yield "jpeg-cut-off", lambda: _cut_off(_jpeg(scene()), 0.5)
    yield "jpeg-cut-off-and-ended", lambda: _cut_off(_jpeg(scene()), 0.5) + b"\xff\xd9"
    yield "jpeg-progressive-cut-off", lambda: _cut_off(_jpeg(scene(), progressive=True), 0.3)
    yield "jpeg-secret-behind-last-block", lambda: _behind_last_block(_jpeg())
    yield "jpeg-trailer", lambda: _jpeg() + camera.TRAILER


def _pngs() -> Iterator[tuple[str, Make]]:
    yield "png-rgb", _png
    yield "png-16-bit", partial(deep_colour.deep_png, (200, 60, 120))
    yield "png-16-bit-alpha", partial(deep_colour.deep_png, (200, 60, 120, 128))
    yield "png-16-bit-grey", partial(deep_colour.deep_png, (200,))
    yield "png-palette", lambda: _png(compass().quantize(8))
    yield "png-orientation-6", partial(_png, exif=camera.camera_exif(6))
    yield "png-grey-profile", lambda: _png(compass().getchannel("G"), icc_profile=_grey_profile())
    yield (
        "png-grey-profile-and-alpha",
        lambda: _png(
            Image.merge("LA", (compass().getchannel("G"), Image.new("L", compass().size, 255))),
            icc_profile=_grey_profile(),
        ),
    )
    yield "png-grey-transparency", _grey_png_with_transparency
    for name, primaries, transfer in (
        ("p3", _P3, _SRGB), ("bt2020", _BT2020, 14), ("pq", _BT2020, _PQ), ("hlg", _BT2020, _HLG),
    ):  # fmt: skip
        yield f"png-cicp-{name}", partial(_png_with, b"cICP", bytes((primaries, transfer, 0, 1)))
    adobe = struct.pack(">8I", 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)
    yield "png-gama-1", lambda: png_with(_png(), (b"gAMA", struct.pack(">I", 100_000)))
    yield "png-gama-and-chrm", lambda: png_with(_png(), (b"gAMA", struct.pack(">I", 45_455)), (b"cHRM", adobe))
    yield "png-wrong-crc-of-text", lambda: png_with(_png(), (b"tEXt", b"Comment\0" + _SECRET), crc=1)
    yield "png-text-of-8-mib", lambda: png_with(_png(), (b"tEXt", b"Comment\0" + bytes(8 * 2**20)))
    yield "png-unfolding-text", lambda: png_with(_png(), (b"zTXt", b"Comment\0\0" + zlib.compress(bytes(70 * 2**20))))
    for kind in (b"pHYs", b"gAMA", b"tRNS", b"cHRM", b"sRGB"):
        yield f"png-short-{kind.decode().lower()}", partial(_png_with, kind, b"" if kind == b"sRGB" else b"\1")
    yield (
        "png-profile-of-unknown-method",
        lambda: png_with(_png(), (b"iCCP", b"mine\0\7" + zlib.compress(display_p3_profile()))),
    )


def _others() -> Iterator[tuple[str, str, Make]]:
    yield "webp", ".webp", partial(encoded, compass(), "WEBP", quality=95, exif=camera.camera_exif(6))
    yield "webp-alpha", ".webp", partial(_half_transparent, "WEBP", lossless=True)
    yield "webp-display-p3", ".webp", lambda: encoded(compass(), "WEBP", quality=95, icc_profile=display_p3_profile())
    yield "tiff-lab", ".tif", lambda: encoded(scene().convert("LAB"), "TIFF")
    yield "tiff-orientation-6", ".tif", lambda: encoded(compass(), "TIFF", tiffinfo={274: 6})
    yield "tiff-jpeg-inside", ".tif", lambda: encoded(compass(), "TIFF", compression="jpeg")
    for kind, suffix in (("HEIF", ".heic"), ("AVIF", ".avif")):
        name = suffix[1:]
        yield name, suffix, partial(encoded, compass(), kind, quality=95)
        yield f"{name}-orientation-6", suffix, partial(encoded, compass(), kind, quality=95, exif=camera.camera_exif(6))
        yield f"{name}-alpha", suffix, partial(_half_transparent, kind, quality=95)
        yield (
            f"{name}-display-p3",
            suffix,
            partial(encoded, compass(), kind, quality=95, icc_profile=display_p3_profile()),
        )
        for colours, primaries, transfer in (
            ("p3", _P3, _SRGB), ("bt2020", _BT2020, _BT709), ("pq", _BT2020, _PQ), ("hlg", _BT2020, _HLG),
        ):  # fmt: skip
            yield (
                f"{name}-nclx-{colours}",
                suffix,
                partial(_with_nclx, kind, primaries, transfer),
            )
    yield "avif-broken-exif", ".avif", _avif_with_broken_exif


def _half_transparent(kind: str, **options: Any) -> bytes:
    photo = compass().convert("RGBA")
    photo.putalpha(128)
    return encoded(photo, kind, **options)


def _png_with(kind: bytes, content: bytes) -> bytes:
    return png_with(_png(), (kind, content))


def _with_nclx(kind: str, primaries: int, transfer: int) -> bytes:
    return with_nclx(encoded(compass(), kind, quality=95), primaries, transfer)


PHOTOS: Final = (
    *(Case(name, ".jpg", make, refused="-cut-off" in name) for name, make in _jpegs()),
    *(Case(name, ".png", make) for name, make in _pngs()),
    *(Case(*row) for row in _others()),
    *TIFFS,
)
