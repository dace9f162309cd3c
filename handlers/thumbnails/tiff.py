"""A TIFF's photo: which page it is, and its pixels by the way that `tiff_layouts` names."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageFile

from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.thumbnails import limits
from handlers.thumbnails import tiff_directory as tags
from handlers.thumbnails.slices import Slices
from handlers.thumbnails.tiff_directory import Directory, NewDirectory, TiffFile, with_directories
from handlers.thumbnails.tiff_layouts import (
    ASSOCIATED,
    BLACK_IS_ZERO,
    CMYK,
    PALETTE,
    RGB,
    UNSPECIFIED,
    WHITE_IS_ZERO,
    Layout,
    Way,
    layout_of,
    unsupported,
)

_MIN_TILE_PIXELS: Final = 16 * limits.MEGAPIXEL
_NO_COMPRESSION: Final = 1
_REDUCED, _MASK = 1, 4  # bits of NewSubfileType
_OLD_REDUCED: Final = 2
_SENSOR_COLOURS: Final = {32803, 34892}  # photometric interpretations CFA (TIFF/EP) and LinearRaw (DNG)
_SENSOR_COMPRESSIONS: Final = {32767, 32769, 34713, 34892, 65535}  # Sony, Epson, Nikon, lossy DNG, Pentax


@dataclass(frozen=True, slots=True)
class TiffPhoto:
    """An opened TIFF; no pixel is decoded yet.

    Parameters
    ----------
    size
        In stored orientation.
    """

    file: TiffFile
    page: Directory
    layout: Layout
    size: tuple[int, int]
    format: str = "TIFF"

    @property
    def width(self) -> int:
        """Pixels of a stored row."""
        return self.size[0]

    @property
    def height(self) -> int:
        """Stored rows."""
        return self.size[1]

    @property
    def copied(self) -> bool:
        """Whether the file is there twice while it is decoded: libtiff wants a compressed one in one piece."""
        return self.layout.compression != _NO_COMPRESSION

    @property
    def taken_apart(self) -> bool:
        """Whether all samples are decoded as one picture, to be taken apart into planes."""
        layout = self.layout
        return layout.way is Way.PLANES and not layout.planar and layout.colours + len(layout.extras) > 1

    def read(self) -> tuple[Image.Image, int]:
        """Decode the photo.

        Returns
        -------
        tuple
            The photo in a mode of at most 8 bits, with its profile in ``info``; and the orientation that remains to
            be applied.
        """
        orientation = self.page.number(tags.ORIENTATION, 1)
        image = self._whole() if self.layout.way is Way.PILLOW else _merged(list(self._planes()), self.layout)
        if tags.ICC_PROFILE in self.page:
            image.info = {"icc_profile": self.page.fields[tags.ICC_PROFILE].content}
        return image, orientation if 1 <= orientation <= 8 else 1

    def _whole(self) -> Image.Image:
        """What Pillow makes of the page, told the layout in the words that it knows."""
        layout = self.layout
        samples = layout.colours + len(layout.extras)
        changes: dict[int, list[int] | None] = dict.fromkeys((tags.SAMPLE_FORMAT, tags.ORIENTATION, tags.ICC_PROFILE))
        changes |= {tags.BITS: [layout.bits] * samples, tags.EXTRA_SAMPLES: list(layout.extras) or None}
        changes[tags.PLANAR] = [2 if layout.planar else 1]  # one plane is none: Pillow misreads it
        if layout.photometric == PALETTE:
            changes[tags.COLOR_MAP] = self._palette()
        with self._opened([NewDirectory(self.page, changes)]) as image:
            image.load()
        return image.convert("LA") if image.mode == "La" else image

    def _palette(self) -> list[int]:
        """Shades of 16 bits; old writers gave 8 ("Assuming 8-bit colormap" in libtiff's tif_getimage.c)."""
        shades = self.page.numbers(tags.COLOR_MAP)
        if not shades:
            raise ValueError("palette without colours")
        return [shade * 257 for shade in shades] if max(shades) < 256 else list(shades)

    def _planes(self) -> Iterator[Image.Image]:
        """Each sample that is shown, as a picture of mode L."""
        layout, samples = self.layout, self.layout.colours + len(self.layout.extras)
        shown = range(layout.colours + (layout.extras[:1] > (UNSPECIFIED,)))
        if not self.taken_apart:
            with self._opened([self._plane(index, samples) for index in shown]) as image:
                for index in shown:
                    image.seek(index)
                    image.load()
                    yield _eight_bits(image, layout.bits)
            return
        with self._opened([self._stretched(samples)]) as image:
            image.load()
        for index in shown:
            # Every n-th pixel of the row, from the index on; Pillow looks at the middle of the n.
            columns = (samples, 0, index + 0.5 - samples / 2, 0, 1, 0)
            plane = image.transform(self.size, Image.Transform.AFFINE, columns, Image.Resampling.NEAREST)
            yield _eight_bits(plane, layout.bits)

    def _plane(self, index: int, samples: int) -> NewDirectory:
        """One plane as a page of its own."""
        changes = self._as_grey()
        for tag in (tags.STRIP_OFFSETS, tags.STRIP_COUNTS, tags.TILE_OFFSETS, tags.TILE_COUNTS):
            if tag in self.page:
                values = self.page.numbers(tag)
                if len(values) % samples:
                    raise ValueError(f"{len(values)} strips or tiles for {samples} planes")
                each = len(values) // samples
                changes[tag] = list(values[index * each : (index + 1) * each])
        return NewDirectory(self.page, changes)

    def _stretched(self, samples: int) -> NewDirectory:
        """All samples of a row one after the other, as pixels of a wider picture."""
        changes = self._as_grey()
        changes[tags.WIDTH] = [self.width * samples]
        if tags.TILE_WIDTH in self.page:
            changes[tags.TILE_WIDTH] = [self.page.number(tags.TILE_WIDTH, 0) * samples]
        return NewDirectory(self.page, changes)

    def _as_grey(self) -> dict[int, list[int] | None]:
        dropped = (tags.EXTRA_SAMPLES, tags.SAMPLE_FORMAT, tags.ORIENTATION, tags.ICC_PROFILE, tags.PLANAR)
        said = {tags.PHOTOMETRIC: [BLACK_IS_ZERO], tags.SAMPLES: [1], tags.BITS: [self.layout.bits]}
        return {**dict.fromkeys(dropped), **said}

    @contextmanager
    def _opened(self, directories: list[NewDirectory]) -> Iterator[ImageFile.ImageFile]:
        """Pillow's view of the samples; a copy of the file, where it takes one, is gone afterwards."""
        from PIL import TiffImagePlugin  # not before the first TIFF: most invocations see none

        order = self.file.order if self.layout.bits == 16 else "<"  # see with_directories; Pillow knows more of these
        parts = with_directories(self.file.data, order, directories)
        with io.BytesIO(b"".join(parts)) if self.copied else io.BufferedReader(Slices(parts)) as file:
            yield TiffImagePlugin.TiffImageFile(file)


def open_tiff(data: bytes) -> TiffPhoto:
    """Find the photo of a TIFF.

    Raises
    ------
    AssetError
        ``UNSUPPORTED_MEDIA`` for camera raw files and for layouts that no way is known for; ``IMAGE_TOO_LARGE``.
    ValueError
        The file is damaged.
    """
    file = TiffFile(data)
    pages = list(file.pages())
    _refuse_raw(file, pages)
    page = next((page for page in pages if not _is_lesser(page)), None)
    if page is None:
        raise unsupported("a reduced copy alone, as camera raw files have it,")
    size = (page.number(tags.WIDTH, 0), page.number(tags.LENGTH, 0))
    limits.check_sides(*size)
    limits.check_pixels(*size, limits.MAX_DECODED_PIXELS)
    tile = page.number(tags.TILE_WIDTH, 1) * page.number(tags.TILE_LENGTH, 1)
    if tile > max(_MIN_TILE_PIXELS, 4 * size[0] * size[1]):
        raise AssetError(AssetErrorCode.IMAGE_TOO_LARGE, f"TIFF with tiles of {tile:,} pixels")
    return TiffPhoto(file, page, layout_of(page), size)


def _is_lesser(page: Directory) -> bool:
    """Whether a page is a reduced copy or the mask of another (TIFF 6.0, section 8)."""
    return bool(page.number(tags.NEW_SUBFILE_TYPE, 0) & (_REDUCED | _MASK)) or (
        page.number(tags.OLD_SUBFILE_TYPE, 0) == _OLD_REDUCED
    )


def _refuse_raw(file: TiffFile, pages: list[Directory]) -> None:
    """Refuse camera raw files, of which only a preview would be shown: some page holds what a sensor saw."""
    children = [child for page in pages for child in file.children(page)]
    for page in (*pages, *children):
        if (
            tags.DNG_VERSION in page
            or page.number(tags.PHOTOMETRIC, 0) in _SENSOR_COLOURS
            or page.number(tags.COMPRESSION, 0) in _SENSOR_COMPRESSIONS
        ):
            raise AssetError(
                AssetErrorCode.UNSUPPORTED_MEDIA, "a camera raw file is not supported; export it as JPEG, TIFF or HEIC"
            )


def _eight_bits(plane: Image.Image, bits: int) -> Image.Image:
    """A plane as mode L, a picture of its own. Of 16 bits the upper 8, as Pillow takes them of colours."""
    if bits == 8:
        return plane.copy()
    if bits == 12:
        return plane.convert("I").point(lambda shade: shade * (1 / 16)).convert("L")
    form = "L;16B" if plane.mode == "I;16B" else "L;16"
    return Image.frombytes("L", plane.size, plane.tobytes(), "raw", form)


def _merged(planes: list[Image.Image], layout: Layout) -> Image.Image:
    """Planes of mode L as one picture."""
    if layout.photometric == WHITE_IS_ZERO:
        planes[0] = planes[0].point(lambda shade: 255 - shade)
    alpha, kind = planes[layout.colours :], layout.extras[0] if layout.extras else UNSPECIFIED
    if layout.photometric == CMYK:
        ink = Image.merge("CMYK", planes[:4])
        if not alpha or kind == ASSOCIATED:
            return ink  # multiplied by alpha it is what lies on white paper
        paper = Image.new("CMYK", ink.size)
        paper.paste(ink, mask=alpha[0])
        return paper
    if not alpha:
        return Image.merge("RGB", planes) if layout.photometric == RGB else planes[0]
    mode = {(RGB, False): "RGBA", (RGB, True): "RGBa"}.get((layout.photometric, kind == ASSOCIATED))
    if mode:
        merged = Image.merge(mode, planes)
        return merged.convert("RGBA") if mode == "RGBa" else merged
    return Image.merge("La", planes).convert("LA") if kind == ASSOCIATED else Image.merge("LA", planes)
