"""The files of the batch, made here: photos, a silent video, an HDR video, odd names, one damaged photo.

Photos and the silent video carry a marker wherever a camera puts a serial number, an owner or a position, so that it
can be looked for in the bytes of everything that was made of them.
"""

import io
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from toolchain.errors import SetupError

MARKER: Final = "ACCEPTANCE-SERIAL-0001"
POSITION: Final = "-23.5503-046.6339"  # ISO 6709, as phones write it into a video
_EXIF_ORIENTATION, _EXIF_ARTIST, _EXIF_FOLDER, _EXIF_SERIAL, _EXIF_GPS = 0x0112, 0x013B, 0x8769, 0xA431, 0x8825
_XMP: Final = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><o aux:SerialNumber="{MARKER}"/></x:xmpmeta>'
_PICTURE: Final = (1600, 1200)  # wider than the widest variant
_VIDEO_SECONDS: Final = 2


@dataclass(frozen=True, slots=True)
class Sample:
    """One file of the batch.

    Parameters
    ----------
    name
        File name as a photographer gives it.
    upright
        Width and height in pixels as a viewer shows it; of a video, as it is.
    expected_error
        Asset error code that the pipeline must report; None for a good file.
    """

    name: str
    asset_type: str
    content_type: str
    content: bytes
    upright: tuple[int, int]
    expected_error: str | None = None

    @property
    def kind(self) -> str:
        """``photo`` or ``video``."""
        return self.asset_type.split("_", maxsplit=1)[0].lower()


def make_samples() -> list[Sample]:
    """All files, in listing order.

    Raises
    ------
    SetupError
        ffmpeg is missing, or lacks an encoder.
    """
    front = _photo("JPEG", 1)
    return [
        Sample("fachada.jpg", "PHOTO_HORIZONTAL", "image/jpeg", front, _PICTURE),
        Sample(
            "Sala de estar (1) [à noite] çãé.jpg", "PHOTO_VERTICAL", "image/jpeg", _photo("JPEG", 6), _PICTURE[::-1]
        ),
        Sample("vista 100% #2 +mar.png", "PHOTO_HORIZONTAL", "image/png", _photo("PNG", 1), _PICTURE),
        # A card that broke, an upload that was cut: whole at the front, nothing behind.
        Sample("defeito.jpg", "PHOTO_HORIZONTAL", "image/jpeg", front[: len(front) // 2], _PICTURE, "IMAGE_CORRUPT"),
        # What a URI or a shell would take for something else: MediaConvert gets keys as they are.
        Sample("tour sem som [1] +50% #2 à noite?.mp4", "VIDEO_HORIZONTAL", "video/mp4", silent_video(), (1280, 720)),
        Sample("varanda hdr.mp4", "VIDEO_VERTICAL", "video/mp4", hdr_video(), (720, 1280)),
    ]


def _photo(form: str, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[_EXIF_ORIENTATION], exif[_EXIF_ARTIST] = orientation, MARKER
    exif.get_ifd(_EXIF_FOLDER)[_EXIF_SERIAL] = MARKER
    exif.get_ifd(_EXIF_GPS).update({1: "S", 2: (23.0, 33.0, 1.0), 3: "W", 4: (46.0, 38.0, 2.0)})
    picture = Image.linear_gradient("L").resize(_PICTURE)
    channels = (picture, picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT), Image.effect_noise(_PICTURE, 30))
    file = io.BytesIO()
    options = {"quality": 92, "xmp": _XMP.encode(), "comment": MARKER} if form == "JPEG" else {}
    Image.merge("RGB", channels).save(file, form, exif=exif, **options)
    return file.getvalue()


def silent_video(size: str = "1280x720") -> bytes:
    """H.264 without a sound track, with a position and a serial number as phones write them."""
    source = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate=24:duration={_VIDEO_SECONDS}"]
    codec = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    return _encode([*source, *codec, "-metadata", f"location={POSITION}/", "-metadata", f"comment={MARKER}"])


def hdr_video() -> bytes:
    """HEVC of 10 bits, BT.2020, PQ (HDR10), upright, with sound: what recent phones record."""
    picture = ["-f", "lavfi", "-i", f"testsrc2=size=720x1280:rate=24:duration={_VIDEO_SECONDS}"]
    tone = ["-f", "lavfi", "-i", f"sine=duration={_VIDEO_SECONDS}"]
    colour = "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:hdr10=1:max-cll=1000,400:log-level=error"
    codec = [
        "-c:v",
        "libx265",
        "-preset",
        "ultrafast",
        "-pix_fmt",
        "yuv420p10le",
        "-x265-params",
        colour,
        "-tag:v",
        "hvc1",
    ]
    # Phones name the colours in the container too (`colr`), as ffmpeg does of frames that it was told about.
    told = "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc:range=tv"
    return _encode([*picture, *tone, "-vf", told, *codec, "-c:a", "aac", "-shortest"])


def _encode(arguments: list[str]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "video.mp4"
        command = ["ffmpeg", "-y", "-loglevel", "error", *arguments, str(file)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            raise SetupError("no ffmpeg on the PATH: call it by make, which provides one") from None
        if done.returncode:
            reason = done.stderr.strip().splitlines() or ["no reason given"]
            raise SetupError(f"ffmpeg cannot make a sample ({reason[0]}): one with libx264, libx265 and aac is needed")
        return file.read_bytes()
