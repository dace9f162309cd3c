"""Programs that show photos, none of which shares our code: each writes a PNG, which is then looked at."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageCms

from conformance.pipeline import view_picture
from conformance.views import PhotoView, Refusal, View

_SECONDS: Final = 60
_EVERY: Final = frozenset({".jpg", ".png", ".webp", ".tif", ".heic", ".avif"})
_SWAPPED: Final = (90, 270)

type Converter = Callable[[str, Path, Path], list[str]]
"""Program, source and PNG to write -> the command."""


@dataclass(frozen=True, slots=True)
class PhotoDecoder:
    """One program.

    Parameters
    ----------
    programs
        Names under which it is installed; the first that there is counts.
    suffixes
        Of the files that it is asked about.
    command
        Writes a PNG.
    """

    name: str
    programs: tuple[str, ...]
    suffixes: frozenset[str]
    command: Converter

    @property
    def program(self) -> str | None:
        """Where it is installed; None when it is not."""
        return next(filter(None, map(shutil.which, self.programs)), None)

    def see(self, files: Iterable[Path]) -> dict[Path, View]:
        """How each file looks that is of its kinds."""
        return {file: self._see(file) for file in files if file.suffix in self.suffixes}

    def _see(self, file: Path) -> View:
        with tempfile.TemporaryDirectory(prefix="toq-conformance-") as folder:
            picture = Path(folder) / "seen.png"
            assert self.program  # noqa: S101 - asked for before
            failure = _run(self.command(self.program, file, picture))
            if not picture.exists():
                return Refusal(failure or "it writes nothing")
            return view_picture(picture.read_bytes())


@dataclass(frozen=True, slots=True)
class ExifTool:
    """Sizes and orientations as exiftool reads them."""

    name: str = "exiftool"

    @property
    def program(self) -> str | None:
        """Where it is installed; None when it is not."""
        return shutil.which("exiftool")

    def see(self, files: Iterable[Path]) -> dict[Path, View]:
        """The size of each file that it can measure."""
        paths = {str(file): file for file in files if file.suffix in _EVERY}
        tags = ("-ImageWidth", "-ImageHeight", "-Orientation", "-Rotation")
        answer = subprocess.run(
            ["exiftool", "-json", "-n", *tags, *paths], capture_output=True, text=True, check=False, timeout=_SECONDS
        ).stdout
        found = {paths[row["SourceFile"]]: row for row in json.loads(answer or "[]")}
        return {file: _upright(row) for file, row in found.items() if "ImageWidth" in row}


def _upright(row: Mapping[str, int]) -> PhotoView:
    width, height = row["ImageWidth"], row["ImageHeight"]
    swapped = row.get("Orientation", 1) >= 5 if "Rotation" not in row else row["Rotation"] in _SWAPPED
    return PhotoView(height, width) if swapped else PhotoView(width, height)


def _run(command: list[str]) -> str:
    """What a command that fails says at last; empty when it succeeds."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        return f"no answer within {_SECONDS} s"
    return (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1] if done.returncode else ""


def _libvips(program: str, source: Path, target: Path) -> list[str]:
    # A thumbnail that is never smaller: upright. It keeps the file's profile.
    return [program, "thumbnail", str(source), str(target), "100000", "--size", "down"]


def _imagemagick(program: str, source: Path, target: Path) -> list[str]:
    profile = target.with_name("srgb.icc")
    profile.write_bytes(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    to_srgb = ["-colorspace", "sRGB"] if _profile(source) is None else ["-profile", str(profile)]
    shown = ["-auto-orient", *to_srgb, "-background", "white", "-alpha", "remove", "-alpha", "off", "-depth", "8"]
    return [program, f"{source}[0]", *shown, "-strip", f"PNG24:{target}"]


def _profile(file: Path) -> bytes | None:
    """The profile in a file; with none, ImageMagick would only name the target's."""
    try:
        with Image.open(file) as opened:
            profile: bytes | None = opened.info.get("icc_profile")
            return profile
    except (OSError, SyntaxError, ValueError):
        return None


def _libheif(program: str, source: Path, target: Path) -> list[str]:
    return [program, str(source), str(target)]


PHOTO_DECODERS: Final = (
    PhotoDecoder("libvips", ("vips",), _EVERY, _libvips),
    PhotoDecoder("imagemagick", ("magick", "convert"), _EVERY, _imagemagick),
    PhotoDecoder("libheif", ("heif-convert", "heif-dec"), frozenset({".heic", ".avif"}), _libheif),
    ExifTool(),
)
