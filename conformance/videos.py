"""Videos as phones, cameras, editors and browsers write them: made with ffmpeg, a few with their boxes changed after.

The codecs are those of the ffmpeg that comes from PyPI, so that every machine makes the same corpus.
"""

import struct
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Final

import imageio_ffmpeg  # type: ignore[import-untyped]

from conformance.corpus import Case

_FFMPEG: Final = imageio_ffmpeg.get_ffmpeg_exe()
_H264: Final = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
_HEVC: Final = ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", "-tag:v", "hvc1")
_AAC: Final = ("-c:a", "aac")
_TONE: Final = ("-f", "lavfi", "-i", "sine=duration=2")
_DISABLED: Final = b"\0\0\0\2"

type Arguments = tuple[str, ...]


@cache
def _made(suffix: str, *arguments: str) -> bytes:
    """What ffmpeg writes with these arguments."""
    with tempfile.TemporaryDirectory(prefix="toq-conformance-") as folder:
        file = Path(folder) / f"made{suffix}"
        _ffmpeg(*arguments, str(file))
        return file.read_bytes()


def _ffmpeg(*arguments: str) -> None:
    command = [_FFMPEG, "-y", "-loglevel", "error", *arguments]
    subprocess.run(command, check=True, timeout=120, stdin=subprocess.DEVNULL, capture_output=True)


def _pattern(size: str = "320x180", rate: str = "30", seconds: float = 2) -> Arguments:
    return ("-f", "lavfi", "-i", f"testsrc=size={size}:rate={rate}:duration={seconds}")


def _clip(*options: str, source: Arguments = (), suffix: str = ".mp4") -> bytes:
    return _made(suffix, *(source or _pattern()), *_H264, *options)


def _again(content: bytes, *options: str, before: Arguments = (), more: Arguments = (), suffix: str = ".mp4") -> bytes:
    """A clip written once more, its streams copied."""
    with tempfile.TemporaryDirectory(prefix="toq-conformance-") as folder:
        source, file = Path(folder) / "source.mp4", Path(folder) / f"made{suffix}"
        source.write_bytes(content)
        _ffmpeg(*before, "-i", str(source), *more, "-c", "copy", *options, str(file))
        return file.read_bytes()


def _turned(degrees: int) -> bytes:
    return _again(_clip(), before=("-display_rotation", str(degrees)))


def _with_header_matrix(content: bytes) -> bytes:
    """A quarter turn in ``mvhd`` (ISO/IEC 14496-12, 8.2.2) in place of the track's."""
    at = content.index(b"mvhd") + 4 + 36
    return content[:at] + struct.pack(">9i", 0, 65536, 0, -65536, 0, 0, 180 << 16, 0, 1 << 30) + content[at + 36 :]


def _first_disabled(content: bytes) -> bytes:
    """The first track switched off by the flags of its ``tkhd``."""
    at = content.index(b"tkhd") + 4
    return content[:at] + _DISABLED + content[at + 4 :]


def _shown_wider(content: bytes) -> bytes:
    """A display size in ``tkhd`` that is wider than the coded one, and no ``pasp``."""
    content = content.replace(b"pasp", b"free")
    at = content.index(b"tkhd") + 4 + 76
    return content[:at] + struct.pack(">II", 427 << 16, 180 << 16) + content[at + 8 :]


def _two_tracks() -> bytes:
    small, large = _pattern("160x90"), _pattern("320x180")
    return _made(".mp4", *small, *large, "-map", "1:v", "-map", "0:v", *_H264, "-disposition:v", "default")


def _with_cover() -> bytes:
    cover = ("-f", "lavfi", "-i", "color=red:size=600x600:duration=0.04:rate=25")
    streams = ("-map", "0:v", "-map", "1:v", "-c:v:0", "libx264", "-pix_fmt:v:0", "yuv420p", "-c:v:1", "mjpeg")
    return _made(".mp4", *_pattern(), *cover, *streams, "-frames:v:1", "1", "-disposition:v:1", "attached_pic")


def _with_chapters() -> bytes:
    text = ";FFMETADATA1\n" + "".join(
        f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={start + 1000}\ntitle=room\n" for start in (0, 1000)
    )
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as chapters:
        chapters.write(text)
        chapters.flush()
        more = ("-f", "ffmetadata", "-i", chapters.name, "-map_metadata", "1", "-map", "0")
        return _again(_clip(), more=more)


def _hevc(transfer: str, *options: str) -> bytes:
    colours = f"colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc:log-level=none"
    named = ("-vf", f"setparams=color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc")
    return _made(".mp4", *_pattern(seconds=0.5), *named, *_HEVC, "-x265-params", colours, *options)


def _without_colour_box(content: bytes) -> bytes:
    """Colours that only the bitstream names."""
    return content.replace(b"colrnclx", b"freenclx")


def _rows() -> Iterator[tuple[str, str, Callable[[], bytes]]]:
    yield "h264-and-sound", ".mp4", partial(_clip, *_AAC, source=(*_pattern(), *_TONE))
    yield "h264-silent", ".mp4", _clip
    yield "h264-quicktime", ".mov", partial(_clip, suffix=".mov")
    yield "h264-faststart", ".mp4", partial(_clip, "-movflags", "+faststart")
    for degrees in (90, 180, 270):
        yield f"turned-{degrees}", ".mp4", partial(_turned, degrees)
    yield "turned-by-movie-header", ".mp4", lambda: _with_header_matrix(_clip())
    for rate in ("24000/1001", "25", "30000/1001", "50", "60000/1001", "120", "240"):
        name = rate.replace("/", "-over-")
        yield f"rate-{name}", ".mp4", partial(_clip, source=_pattern(rate=rate))
    yield "rate-variable", ".mp4", partial(_clip, "-vf", "select='not(mod(n,3))+gt(n,30)'", "-fps_mode", "vfr")
    yield "wide-pixels", ".mp4", partial(_clip, "-vf", "setsar=4/3")
    yield "display-size-without-pasp", ".mp4", lambda: _shown_wider(_clip("-vf", "setsar=4/3"))
    yield "b-frames", ".mp4", partial(_clip, "-preset", "fast", "-bf", "2")
    yield "edit-list-cut-at-start", ".mp4", lambda: _again(_clip("-g", "60"), before=("-ss", "0.7"))
    yield "edit-list-late-start", ".mp4", lambda: _again(_clip(), before=("-itsoffset", "0.5"))
    for name, flags in {
        "plain": "frag_keyframe+empty_moov",
        "moof-base": "frag_keyframe+empty_moov+default_base_moof",
        "first-in-moov": "frag_keyframe",
        "every-frame": "frag_every_frame+empty_moov",
        "sidx": "frag_keyframe+empty_moov+default_base_moof+global_sidx",
        "dash": "dash+frag_keyframe+empty_moov",
    }.items():
        yield f"fragmented-{name}", ".mp4", partial(_clip, "-g", "15", "-movflags", flags)
    sounding = (*_pattern(), *_TONE)
    flags = "frag_keyframe+empty_moov"
    yield "fragmented-and-sound", ".mp4", partial(_clip, *_AAC, "-g", "15", "-movflags", flags, source=sounding)
    yield "cover-art", ".mp4", _with_cover
    yield "chapters", ".mp4", _with_chapters
    yield "two-tracks", ".mp4", _two_tracks
    yield "two-tracks-first-disabled", ".mp4", lambda: _first_disabled(_two_tracks())
    yield "hevc-hlg", ".mp4", partial(_hevc, "arib-std-b67")
    yield "hevc-pq", ".mp4", partial(_hevc, "smpte2084")
    yield "hevc-sdr", ".mp4", partial(_hevc, "bt709")
    yield "hevc-hlg-in-bitstream-alone", ".mp4", lambda: _without_colour_box(_hevc("arib-std-b67"))
    yield "hevc-pq-in-bitstream-alone", ".mp4", lambda: _without_colour_box(_hevc("smpte2084"))
    yield "prores", ".mov", partial(_made, ".mov", *_pattern(), "-c:v", "prores_ks", "-profile:v", "1")
    yield "motion-jpeg", ".mov", partial(_made, ".mov", *_pattern(), "-c:v", "mjpeg", "-pix_fmt", "yuvj420p")
    yield "mpeg4-part-2", ".mp4", partial(_made, ".mp4", *_pattern(), "-c:v", "mpeg4")
    yield "av1", ".mp4", partial(_made, ".mp4", *_pattern(), "-c:v", "libsvtav1", "-preset", "12")
    yield "vp9", ".mp4", partial(_made, ".mp4", *_pattern(), "-c:v", "libvpx-vp9", "-deadline", "realtime")
    for codec in ("libopus", "flac", "alac", "ac3", "libmp3lame"):
        options = ("-c:a", codec, "-strict", "-2")
        yield f"sound-{codec}", ".mp4", partial(_clip, *options, source=sounding)
    yield "sound-pcm", ".mov", partial(_clip, "-c:a", "pcm_s16le", source=sounding, suffix=".mov")
    yield "sound-alone", ".mp4", partial(_made, ".mp4", *_TONE, *_AAC)


VIDEOS: Final = tuple(Case(f"video-{name}", suffix, make) for name, suffix, make in _rows())
