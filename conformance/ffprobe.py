"""A video's measures as ffprobe reads them."""

import json
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from conformance.views import Refusal, VideoView, View

_SECONDS: Final = 60
_VIDEOS: Final = frozenset({".mp4", ".mov"})
_TRANSFERS: Final = {"smpte2084": "PQ", "arib-std-b67": "HLG"}
_NO_VIDEO: Final = ("attached_pic", "timed_thumbnails", "still_image")


class Ffprobe:
    """FFmpeg's own view."""

    name = "ffprobe"

    @property
    def program(self) -> str | None:
        """Where it is installed; None when it is not."""
        return shutil.which("ffprobe")

    def see(self, files: Iterable[Path]) -> dict[Path, View]:
        """The measures of each video."""
        return {file: self._see(file) for file in files if file.suffix in _VIDEOS}

    def _see(self, file: Path) -> View:
        done = subprocess.run(
            ["ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_format", str(file)],
            capture_output=True, text=True, check=False, timeout=_SECONDS,
        )  # fmt: skip
        return view_of(json.loads(done.stdout or "{}"))


def view_of(answer: Mapping[str, Any]) -> View:
    """The video that a player would choose, out of ffprobe's JSON."""
    streams = answer.get("streams", [])
    videos = [each for each in streams if each.get("codec_type") == "video" and each.get("width")]
    videos = [each for each in videos if not any(each["disposition"].get(flag) for flag in _NO_VIDEO)]
    if not videos:
        return Refusal("no video stream")
    video = max(videos, key=lambda each: (each["disposition"]["default"], each["width"] * each["height"]))
    turns = [side["rotation"] for side in video.get("side_data_list", []) if "rotation" in side]
    rotation = round(-turns[0]) % 360 if turns else 0
    shape = _fraction(video.get("sample_aspect_ratio", "1:1").replace(":", "/")) or Fraction(1)
    width, height = round(video["width"] * shape), video["height"]
    if rotation in (90, 270):
        width, height = height, width
    length = video.get("duration") or answer.get("format", {}).get("duration")
    rate = _fraction(video.get("avg_frame_rate", "0/0"))
    return VideoView(
        width, height, float(length) if length else None, rotation, float(rate) if rate else None,
        video["codec_tag_string"], _TRANSFERS.get(video.get("color_transfer", ""), "SDR"),
        any(each.get("codec_type") == "audio" for each in streams),
    )  # fmt: skip


def _fraction(text: str) -> Fraction | None:
    """None for what ffprobe does not know: ``0/0``, ``0/1``, ``N/A``."""
    try:
        return Fraction(text) or None
    except (ValueError, ZeroDivisionError):
        return None
