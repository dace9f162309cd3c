"""HDR videos as ffmpeg writes them: known as such, and made SDR by the local MediaConvert."""

import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
from toq_localstack.mediaconvert import ffmpeg_command
from toq_localstack.mediaconvert.probe import probe as open_media

from handlers.files.hdr import Hdr
from handlers.files.isobmff import probe
from tests.support.plugins.clips import FFMPEG

_REFERENCE_WHITE: Final = {Hdr.HLG: 721, Hdr.PQ: 573}  # 203 nits in 10 bits: 75 % and 58 % (ITU-R BT.2408, table 1)
_TRANSFER: Final = {Hdr.HLG: "arib-std-b67", Hdr.PQ: "smpte2084"}


@pytest.fixture(params=list(Hdr))
def white(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Hdr, Path]:
    """A video of HDR's reference white, and nothing in it else."""
    hdr: Hdr = request.param
    luma = f"format=yuv420p10le,geq=lum={_REFERENCE_WHITE[hdr]}:cb=512:cr=512"
    tags = f"setparams=color_primaries=bt2020:color_trc={_TRANSFER[hdr]}:colorspace=bt2020nc:range=tv"
    coded = f"log-level=none:colorprim=bt2020:transfer={_TRANSFER[hdr]}:colormatrix=bt2020nc"
    arguments = ["-f", "lavfi", "-i", "color=size=160x120:rate=5:duration=1", "-vf", f"{luma},{tags}"]
    run(*arguments, "-c:v", "libx265", "-x265-params", coded, "-tag:v", "hvc1", str(tmp_path / "hdr.mp4"))
    return hdr, tmp_path / "hdr.mp4"


def run(*arguments: str) -> bytes:
    command = [FFMPEG, "-y", "-loglevel", "error", *arguments]
    return subprocess.run(command, check=True, capture_output=True, timeout=120).stdout


def test_the_container_tells_hdr(white: tuple[Hdr, Path]) -> None:
    hdr, file = white
    content = file.read_bytes()
    assert probe(lambda offset, length: content[offset : offset + length], len(content)).hdr is hdr


def test_reference_white_becomes_a_bright_grey_of_sdr(
    white: tuple[Hdr, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ffmpeg_command, "ffmpeg", lambda: FFMPEG)
    monkeypatch.setattr("toq_localstack.mediaconvert.probe.ffmpeg", lambda: FFMPEG)
    output: dict[str, Any] = {
        "ContainerSettings": {"Container": "MP4"},
        "VideoDescription": {
            "VideoPreprocessors": {"ColorCorrector": {"ColorSpaceConversion": "FORCE_709"}},
            "CodecSettings": {
                "Codec": "H_264",
                "H264Settings": {"RateControlMode": "QVBR", "MaxBitrate": 1_000_000},
            },
        },
    }
    planned = ffmpeg_command.plan([{"Outputs": [output]}], tmp_path)
    command = ffmpeg_command.command(white[1], open_media(white[1]), "AUTO", planned)
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    made = open_media(planned[0].file)
    assert (made.hdr, made.video_codec) == (False, "h264")
    frame = run("-i", str(planned[0].file), "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-")
    assert 190 <= frame[0] <= 235
