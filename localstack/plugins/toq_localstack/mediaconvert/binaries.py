"""Where ffmpeg is."""

import os
import shutil
from functools import cache


class FfmpegMissingError(Exception):
    """There is no ffmpeg; the text says what to set."""


@cache
def ffmpeg() -> str:
    """Path of ffmpeg: FFMPEG_BINARY, else the PATH.

    Raises
    ------
    FfmpegMissingError
        Neither gives an executable.
    """
    configured = os.environ.get("FFMPEG_BINARY", "ffmpeg")
    if found := shutil.which(configured):
        return found
    raise FfmpegMissingError(f"{configured} is no executable: set FFMPEG_BINARY to an ffmpeg, or put one on the PATH")


def threads() -> int:
    """Threads of one encoder: MEDIACONVERT_THREADS, else two, so that a small machine stays usable."""
    return int(os.environ.get("MEDIACONVERT_THREADS") or min(2, os.cpu_count() or 1))
