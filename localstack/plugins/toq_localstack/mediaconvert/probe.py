"""What a media file holds, read from ``ffmpeg -i``: imageio-ffmpeg carries no ffprobe, so one way serves all."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from toq_localstack.mediaconvert.binaries import ffmpeg

_PROBE_SECONDS = 60
_CONTAINERS = "mov,mp4,matroska,webm,avi,mpegts,mpeg,mxf,flv,asf"

INPUT_GUARD = ("-protocol_whitelist", "file", "-format_whitelist", _CONTAINERS)
"""Options before ``-i``: a playlist or an image that calls itself video must not make ffmpeg read other files."""


class ProbeError(Exception):
    """The file is no media file that can be opened; the text is ffmpeg's reason."""


@dataclass(frozen=True)
class MediaInfo:
    """Facts of a media file.

    Parameters
    ----------
    container
        ffmpeg's name, e.g. ``mov,mp4,m4a,3gp,3g2,mj2``.
    duration
        Seconds; 0 when the container does not say.
    width, height
        Coded pixels, before rotation; 0 without video.
    rotation
        Clockwise degrees by which a player turns the video: 0, 90, 180 or 270.
    frame_rate
        Frames a second; 0 when unknown.
    video_codec, audio_codec
        None when there is no such stream.
    hdr
        Whether the video's transfer is HLG's or PQ's.
    """

    container: str
    duration: float
    width: int = 0
    height: int = 0
    rotation: int = 0
    frame_rate: float = 0.0
    video_codec: str | None = None
    audio_codec: str | None = None
    hdr: bool = False


def probe(path: Path, *, guarded: bool = True) -> MediaInfo:
    """Open a file and read its streams.

    Raises
    ------
    ProbeError
        ffmpeg cannot open it, or it is in a container that MediaConvert does not take.
    """
    command = [ffmpeg(), "-hide_banner", "-nostdin", *(INPUT_GUARD if guarded else ()), "-i", f"file:{path}"]
    result = subprocess.run(command, capture_output=True, timeout=_PROBE_SECONDS, check=False)
    return parse(result.stderr.decode("utf-8", "replace"))


def parse(text: str) -> MediaInfo:
    """Read ffmpeg's description of its input.

    Raises
    ------
    ProbeError
        There is none: the file could not be opened.
    """
    opened = re.search(r"^Input #0, (\S+), from ", text, re.MULTILINE)
    if opened is None:
        reasons = [line.rsplit(": ", 1)[-1] for line in text.splitlines() if line.strip()]
        raise ProbeError(reasons[-1] if reasons else "ffmpeg said nothing")
    video = re.search(r"Stream #0:\d+.*?: Video: (?P<codec>\w+)(?P<rest>.*)", text)
    audio = re.search(r"Stream #0:\d+.*?: Audio: (\w+)", text)
    duration = re.search(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)", text)
    info = MediaInfo(
        container=opened[1].rstrip(","),
        duration=int(duration[1]) * 3600 + int(duration[2]) * 60 + float(duration[3]) if duration else 0.0,
        audio_codec=audio[1] if audio else None,
    )
    if video is None or "attached pic" in video["rest"]:
        return info
    size = re.search(r",\s(\d{2,5})x(\d{2,5})", video["rest"])
    rate = re.search(r"([\d.]+)(k?) fps", video["rest"])
    turned = re.search(r"rotation of (-?[\d.]+) degrees", text[video.start() :])
    return MediaInfo(
        container=info.container,
        duration=info.duration,
        width=int(size[1]) if size else 0,
        height=int(size[2]) if size else 0,
        rotation=_clockwise(float(turned[1])) if turned else 0,
        frame_rate=float(rate[1]) * (1000 if rate[2] else 1) if rate else 0.0,
        video_codec=video["codec"],
        audio_codec=info.audio_codec,
        hdr=bool(re.search(r"arib-std-b67|smpte2084", video["rest"])),
    )


def _clockwise(degrees: float) -> int:
    """ffmpeg counts anticlockwise; MediaConvert knows quarter turns alone ("Rotate": within one degree)."""
    quarter = round(-degrees / 90) * 90
    return quarter % 360 if abs(-degrees - quarter) <= 1 else 0
