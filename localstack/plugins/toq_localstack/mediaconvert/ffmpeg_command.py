"""From a job's outputs to ffmpeg's arguments: one process decodes once and writes every output."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toq_localstack.mediaconvert.binaries import ffmpeg, threads
from toq_localstack.mediaconvert.probe import INPUT_GUARD, MediaInfo
from toq_localstack.mediaconvert.settings import extension

_DEFAULT_QUALITY_LEVEL = 7  # "Tips for specifying QVBR": the middle of what AWS suggests for 1080p
_GOP_FRAMES = 90  # the service's default GopSize
_CHANNELS = {"CODING_MODE_1_0": 1, "CODING_MODE_1_1": 2, "CODING_MODE_2_0": 2, "CODING_MODE_5_1": 6}
# Linear light in which 1 is HDR's reference white of 203 nits (ITU-R BT.2408), so that it becomes SDR's; what is
# brighter is rolled off.
_TO_SDR = [
    "zscale=transfer=linear:npl=203",
    "format=gbrpf32le",
    "zscale=primaries=bt709",
    "tonemap=mobius:desat=0",
    "zscale=transfer=bt709:matrix=bt709:range=tv",
    "format=yuv420p",
]
_TURNS = {0: [], 90: ["transpose=clock"], 180: ["hflip", "vflip"], 270: ["transpose=cclock"]}


@dataclass(frozen=True)
class PlannedOutput:
    """One output of a job on its way.

    Parameters
    ----------
    group, position
        Indexes of the output group and of the output in it.
    settings
        The API's Output structure.
    file
        Where ffmpeg writes it; with ``%07d`` for captured frames.
    """

    group: int
    position: int
    settings: Mapping[str, Any]
    file: Path

    @property
    def frame_capture(self) -> bool:
        """Whether it is a series of captured frames."""
        return _codec(self.settings) == "FRAME_CAPTURE"


def plan(output_groups: list[Mapping[str, Any]], folder: Path) -> list[PlannedOutput]:
    """Give each output a file in `folder`."""
    planned = []
    for group, settings in enumerate(output_groups):
        for position, output in enumerate(settings["Outputs"]):
            sequence = ".%07d" if _codec(output) == "FRAME_CAPTURE" else ""
            file = folder / f"{group}-{position}{sequence}.{_format_extension(output)}"
            planned.append(PlannedOutput(group, position, output, file))
    return planned


def command(source: Path, info: MediaInfo, rotate: str, outputs: list[PlannedOutput]) -> list[str]:
    """ffmpeg's whole command line.

    Parameters
    ----------
    rotate
        ``Inputs[].VideoSelector.Rotate``: AUTO follows the file's own rotation; without the setting the service turns
        nothing, whatever the file says.
    """
    arguments = [ffmpeg(), "-hide_banner", "-nostdin", "-y", "-loglevel", "error", "-progress", "pipe:1", "-nostats"]
    arguments += ["-threads", str(threads()), *INPUT_GUARD, "-i", f"file:{source}"]
    turn = _TURNS[_extra_turn(info, rotate)]
    size = upright_size(info, rotate)
    for output in outputs:
        arguments += _output_arguments(output, info, turn, size)
    return arguments


def upright_size(info: MediaInfo, rotate: str) -> tuple[int, int]:
    """Width and height of the video after the rotation that the job asks for."""
    wanted = info.rotation if rotate == "AUTO" else _degrees(rotate)
    return (info.height, info.width) if wanted in (90, 270) else (info.width, info.height)


def _extra_turn(info: MediaInfo, rotate: str) -> int:
    """Degrees to turn after ffmpeg has turned the video upright by the file's own rotation, which it always does."""
    return 0 if rotate == "AUTO" else (_degrees(rotate) - info.rotation) % 360


def _degrees(rotate: str) -> int:
    return int(rotate.rsplit("_", 1)[-1])


def _output_arguments(output: PlannedOutput, info: MediaInfo, turn: list[str], size: tuple[int, int]) -> list[str]:
    settings = output.settings
    video = settings.get("VideoDescription")
    arguments: list[str] = []
    if video:
        codec = video["CodecSettings"]
        filters = [*turn, *scaling(video, size), *(_TO_SDR if info.hdr and _forces_709(video) else [])]
        if output.frame_capture:
            capture, select = _frame_capture(codec.get("FrameCaptureSettings") or {})
            filters = [select, *filters]
            arguments += ["-map", "0:v:0", "-an", *capture]
        else:
            h264 = codec.get("H264Settings") or {}
            arguments += ["-map", "0:v:0", *_h264(h264, info)]
            if h264.get("ParControl") == "SPECIFIED":
                filters.append(f"setsar={h264.get('ParNumerator', 1)}/{h264.get('ParDenominator', 1)}")
        arguments += ["-vf", ",".join(filters)] if filters else []
    if (audio := settings.get("AudioDescriptions")) and info.audio_codec:
        arguments += ["-map", "0:a:0", *_aac((audio[0]["CodecSettings"]).get("AacSettings") or {})]
    container = settings["ContainerSettings"]
    mp4 = container.get("Mp4Settings") or container.get("MovSettings") or {}
    if mp4.get("MoovPlacement") == "PROGRESSIVE_DOWNLOAD":
        arguments += ["-movflags", "+faststart"]
    muxer = {"MP4": "mp4", "MOV": "mov"}.get(container["Container"], "image2")
    return [*arguments, "-map_metadata", "-1", "-f", muxer, str(output.file)]


def _forces_709(video: Mapping[str, Any]) -> bool:
    corrector = (video.get("VideoPreprocessors") or {}).get("ColorCorrector") or {}
    return corrector.get("ColorSpaceConversion") == "FORCE_709"


def scaling(video: Mapping[str, Any], size: tuple[int, int]) -> list[str]:
    """Filters that bring the upright video to Width and Height ("Video scaling").

    One side alone keeps the proportions; both sides letterbox, stretch, fit or fill as ScalingBehavior says; neither
    keeps the source's size. H.264 with 4:2:0 wants even sides, so odd ones lose a pixel.
    """
    width, height = video.get("Width"), video.get("Height")
    if not width and not height:
        return ["scale=trunc(iw/2)*2:trunc(ih/2)*2"] if any(side % 2 for side in size) else []
    if not (width and height):
        return [f"scale={width or -2}:{height or -2}"]
    inside = "force_original_aspect_ratio=decrease:force_divisible_by=2"
    by_behaviour = {
        "DEFAULT": [f"scale={width}:{height}:{inside}", f"pad={width}:{height}:-1:-1", "setsar=1"],
        "STRETCH_TO_OUTPUT": [f"scale={width}:{height}", "setsar=1"],
        "FILL": [f"scale={width}:{height}:force_original_aspect_ratio=increase", f"crop={width}:{height}", "setsar=1"],
        "FIT": [f"scale={width}:{height}:{inside}"],
        "FIT_NO_UPSCALE": [f"scale='min({width},iw)':'min({height},ih)':{inside}"],
    }
    return by_behaviour[video.get("ScalingBehavior", "DEFAULT")]


def _h264(h264: Mapping[str, Any], info: MediaInfo) -> list[str]:
    arguments = ["-c:v", "libx264", "-preset", "veryfast", "-threads", str(threads()), "-pix_fmt", "yuv420p"]
    if profile := {"BASELINE": "baseline", "MAIN": "main", "HIGH": "high"}.get(h264.get("CodecProfile", "HIGH")):
        arguments += ["-profile:v", profile]
    arguments += _rate_control(h264)
    arguments += _gop(h264, info)
    if h264.get("FramerateControl") == "SPECIFIED":
        arguments += ["-r", f"{h264['FramerateNumerator']}/{h264['FramerateDenominator']}"]
    if h264.get("NumberBFramesBetweenReferenceFrames") is not None:
        arguments += ["-bf", str(h264["NumberBFramesBetweenReferenceFrames"])]
    return arguments


def _rate_control(h264: Mapping[str, Any]) -> list[str]:
    if h264["RateControlMode"] == "QVBR":
        most = h264["MaxBitrate"]
        level = (h264.get("QvbrSettings") or {}).get("QvbrQualityLevel", _DEFAULT_QUALITY_LEVEL)
        # x264's rate factor: level 10 is visually lossless (17), each level below costs two steps.
        buffer = h264.get("HrdBufferSize") or 2 * most
        return ["-crf", str(37 - 2 * level), "-maxrate", str(most), "-bufsize", str(buffer)]
    rate = h264["Bitrate"]
    most = rate if h264["RateControlMode"] == "CBR" else h264.get("MaxBitrate", rate)
    return ["-b:v", str(rate), "-maxrate", str(most), "-bufsize", str(h264.get("HrdBufferSize") or 2 * most)]


def _gop(h264: Mapping[str, Any], info: MediaInfo) -> list[str]:
    size, units = h264.get("GopSize"), h264.get("GopSizeUnits", "FRAMES")
    if units == "AUTO" or not size:
        return ["-g", str(_GOP_FRAMES)]
    if units == "FRAMES":
        return ["-g", str(max(1, round(size)))]
    rate = info.frame_rate or 30.0
    if h264.get("FramerateControl") == "SPECIFIED":
        rate = h264["FramerateNumerator"] / h264["FramerateDenominator"]
    return ["-g", str(max(1, round(size * rate)))]


def _aac(aac: Mapping[str, Any]) -> list[str]:
    arguments = ["-c:a", "aac", "-ar", str(aac["SampleRate"])]
    if aac.get("Bitrate"):
        arguments += ["-b:a", str(aac["Bitrate"])]
    if channels := _CHANNELS.get(aac["CodingMode"]):
        arguments += ["-ac", str(channels)]
    return arguments


def _frame_capture(capture: Mapping[str, Any]) -> tuple[list[str], str]:
    """Arguments, and the filter that picks frames: the first, then one every denominator / numerator seconds."""
    every = capture.get("FramerateDenominator", 1) / capture.get("FramerateNumerator", 30)
    quality = capture.get("Quality", 80)
    arguments = ["-c:v", "mjpeg", "-q:v", str(round(31 - quality * 29 / 100)), "-fps_mode", "vfr", "-start_number", "0"]
    arguments += ["-pix_fmt", "yuvj420p", "-frames:v", str(capture.get("MaxCaptures", 10_000_000))]
    return arguments, f"select='isnan(prev_selected_t)+gte(t-prev_selected_t\\,{every:.6f}-0.0005)'"


def _codec(output: Mapping[str, Any]) -> str | None:
    codec = ((output.get("VideoDescription") or {}).get("CodecSettings") or {}).get("Codec")
    return None if codec is None else str(codec)


def _format_extension(output: Mapping[str, Any]) -> str:
    return "jpg" if _codec(output) == "FRAME_CAPTURE" else extension(output)
