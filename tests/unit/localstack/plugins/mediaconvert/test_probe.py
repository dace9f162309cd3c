import pytest
from toq_localstack.mediaconvert.probe import ProbeError, parse

PHONE = """Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'file:/tmp/in.mp4':
  Duration: 00:01:02.50, start: 0.000000, bitrate: 5000 kb/s
  Stream #0:0[0x1](und): Video: hevc (Main) (hvc1 / 0x31637668), yuv420p(tv, bt709), 1920x1080, 5000 kb/s, 59.94 fps
      Side data:
        displaymatrix: rotation of -90.00 degrees
  Stream #0:1[0x2](und): Audio: aac (LC) (mp4a / 0x6134706D), 48000 Hz, mono, fltp, 96 kb/s (default)
"""


def test_a_phones_video_is_read_from_what_ffmpeg_says() -> None:
    info = parse(PHONE)

    assert (info.width, info.height, info.rotation, info.frame_rate) == (1920, 1080, 90, 59.94)
    assert (info.duration, info.video_codec, info.audio_codec) == (62.5, "hevc", "aac")


def test_the_reason_of_a_file_that_cannot_be_opened_is_kept() -> None:
    with pytest.raises(ProbeError, match="moov atom not found"):
        parse("[mov,mp4 @ 0x1] moov atom not found\n")


def test_an_album_cover_is_no_video() -> None:
    sound = "Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'x':\n  Stream #0:0: Audio: aac\n"
    cover = "  Stream #0:1: Video: mjpeg, yuvj420p, 500x500, 90k tbr (attached pic)\n"

    assert parse(sound + cover).video_codec is None
