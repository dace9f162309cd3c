"""Videos as ffmpeg writes them, measured as Debian's ffprobe 5.1 measures them."""

import subprocess
from pathlib import Path
from typing import Final

import pytest

from handlers.files.isobmff import VideoProbe, probe
from tests.support.plugins.clips import FFMPEG

_PICTURE: Final = ("-f", "lavfi", "-i", "testsrc=size=320x240:rate=30:duration=10")
_ENCODE: Final = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "30", "-pix_fmt", "yuv420p")
_FRAGMENTED: Final = (
    "frag_keyframe",
    "frag_keyframe+empty_moov",
    "frag_keyframe+empty_moov+default_base_moof+global_sidx",
    "frag_keyframe+empty_moov+delay_moov",
    "dash+frag_keyframe",
    "dash+frag_keyframe+skip_trailer",
    "cmaf+frag_keyframe",
    "hybrid_fragmented+frag_keyframe",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("videos")


@pytest.fixture(scope="module")
def plain(folder: Path) -> Path:
    """Ten seconds with B-frames, and so with an edit list that passes over their delay."""
    return ffmpeg(folder / "plain.mp4", *_PICTURE, *_ENCODE, "-bf", "2")


def ffmpeg(file: Path, *arguments: str) -> Path:
    subprocess.run([FFMPEG, "-y", "-loglevel", "error", *arguments, str(file)], check=True, timeout=120)
    return file


def measured(file: Path) -> VideoProbe:
    content = file.read_bytes()
    return probe(lambda offset, length: content[offset : offset + length], len(content))


@pytest.mark.parametrize("flags", _FRAGMENTED)
def test_a_fragmented_video_has_its_whole_length(folder: Path, plain: Path, flags: str) -> None:
    file = ffmpeg(folder / f"{flags}.mp4", "-i", str(plain), "-c", "copy", "-movflags", flags)
    found = measured(file)
    assert (found.duration_seconds, found.frame_rate) == (10.0, 30.0)


@pytest.mark.parametrize(
    ("before", "after", "seconds"),
    [
        (("-ss", "3.5"), (), 6.5),  # cut within a group of pictures: more media than plays
        (("-itsoffset", "2"), (), 10.0),  # begins with nothing
        ((), ("-t", "4"), 4.067),
    ],
)
def test_an_edited_video_is_as_long_as_it_plays(
    folder: Path, plain: Path, before: tuple[str, ...], after: tuple[str, ...], seconds: float
) -> None:
    file = ffmpeg(folder / "edited.mp4", *before, "-i", str(plain), "-c", "copy", *after)
    assert measured(file).duration_seconds == pytest.approx(seconds, abs=0.04)


@pytest.mark.parametrize("name", ["cover.mp4", "cover.mov"])
def test_a_cover_is_not_the_video(folder: Path, plain: Path, name: str) -> None:
    cover = ffmpeg(folder / "cover.jpg", "-f", "lavfi", "-i", "color=size=1600x1600", "-frames:v", "1")
    attached = ("-map", "1", "-map", "0", "-c", "copy", "-disposition:v:0", "attached_pic")
    found = measured(ffmpeg(folder / name, "-i", str(plain), "-i", str(cover), *attached))
    assert (found.width, found.height, found.duration_seconds) == (320, 240, 10.0)


def test_a_track_that_is_not_the_default_is_not_the_video(folder: Path, plain: Path) -> None:
    large = ffmpeg(folder / "large.mp4", "-f", "lavfi", "-i", "testsrc=size=640x480:rate=5:duration=1", *_ENCODE)
    maps = ("-map", "0", "-map", "1", "-c", "copy", "-disposition:v:0", "0", "-disposition:v:1", "default")
    assert measured(ffmpeg(folder / "two.mp4", "-i", str(large), "-i", str(plain), *maps)).width == 320


@pytest.mark.parametrize(("anticlockwise", "size"), [(90, (240, 320)), (180, (320, 240)), (-90, (240, 320))])
def test_a_turned_video_is_upright(folder: Path, plain: Path, anticlockwise: int, size: tuple[int, int]) -> None:
    file = ffmpeg(folder / "turned.mp4", "-display_rotation", str(anticlockwise), "-i", str(plain), "-c", "copy")
    found = measured(file)
    assert (found.width, found.height, found.rotation) == (*size, -anticlockwise % 360)


def test_pixels_that_are_not_square_are_shown_wider(folder: Path) -> None:
    picture = ("-f", "lavfi", "-i", "testsrc=size=352x288:rate=25:duration=1", "-vf", "setsar=16/11")
    found = measured(ffmpeg(folder / "wide.mp4", *picture, *_ENCODE))
    assert (found.width, found.height, found.frame_rate) == (512, 288, 25.0)
    content = (folder / "wide.mp4").read_bytes()
    (folder / "no-pasp.mp4").write_bytes(content.replace(b"pasp", b"free"))
    assert measured(folder / "no-pasp.mp4").width == 512
