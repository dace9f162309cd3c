"""The one builder of MediaConvert settings: the job template's and each video's job.

Quality and cost: H.264 High by QVBR in a single pass of high quality. Multi-pass, HEVC, accelerated transcoding and
FrameFormer would each move the outputs from the Basic to the Professional price tier (page "AWS Elemental MediaConvert
pricing"; API reference, ``qualityTuningLevel``: multi-pass HQ outputs "incur pro-tier pricing").

An HDR video becomes SDR with the color corrector (page "Color space conversion"), assumed to be of the Professional
tier, and only then: what phones record as HLG or Dolby Vision would else be 8 bits of HDR, pale in every player.

A job names its template and repeats every output in full, so that the result is the same whichever way the lists of a
template and a job are merged. A job for a source without sound has no audio description: at worst, a merge adds a
silent track.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from handlers.contract.batch import Batch
from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.contract.keys import MediaKey, Stage
from handlers.files.isobmff import VideoProbe

Settings = dict[str, Any]

RENDITIONS: Final[Mapping[str, int]] = {
    "1080p": 1080,
    "720p": 720,
}  # name to lines (the short side of a vertical video)
POSTER: Final = "poster"
POSTER_LINES: Final = 720
MAX_LONG_SIDE: Final = 4096  # pixels; what H.264's levels and browsers' decoders carry
MAX_FRAME_RATE: Final = 60  # frames a second; slow-motion sources are thinned out evenly

# Peak bits a second and quality level, as in the solution "Video on Demand on AWS" (page "MediaConvert templates").
_QVBR: Final[Mapping[str, tuple[int, int]]] = {"1080p": (8_500_000, 8), "720p": (6_000_000, 8)}
_AUDIO_SELECTOR: Final = "Audio Selector 1"
_EXPANDED_BY_MEDIACONVERT: Final = "$"  # "Using format identifiers with MediaConvert": $fn$, $dt$, ...


def output_keys(raw: MediaKey) -> dict[str, str]:
    """Where a video's outputs stand: ``1080p``, ``720p`` and ``poster``.

    The poster's name ends in the number of the captured frame, as MediaConvert writes it (API reference,
    ``FrameCaptureSettings``: ``filename.NNNNNNN.jpg``).
    """
    keys = {name: str(raw.at(Stage.PROCESSED, f"{raw.stem}-{name}.mp4")) for name in RENDITIONS}
    keys[POSTER] = str(raw.at(Stage.THUMB, f"{raw.stem}-{POSTER}.0000000.jpg"))
    return keys


def template_settings() -> Settings:
    """Settings of the job template ``toq-media-video-preset``: a horizontal video with sound, no source, no place."""
    boxes = {name: (lines * 16 // 9, lines) for name, lines in RENDITIONS.items()}
    return {
        "TimecodeConfig": {"Source": "ZEROBASED"},
        "Inputs": [_input(has_sound=True)],
        "OutputGroups": _output_groups(boxes, (POSTER_LINES * 16 // 9, POSTER_LINES), None, has_sound=True),
    }


def job_request(  # noqa: PLR0913 - each is a different thing that the job depends on
    raw: MediaKey, bucket: str, probe: VideoProbe, batch: Batch, index: int, execution_arn: str
) -> dict[str, Any]:
    """What ``mediaconvert:createJob`` needs for one video, beside template, queue and role.

    Parameters
    ----------
    raw
        Key of the uploaded video.
    probe
        Its measures; they decide about size, sound and frame rate of the outputs.
    index
        Position of the asset in the batch.
    execution_arn
        ARN of the execution that waits for the job; the reconciler finds it by the job's metadata.

    Returns
    -------
    dict
        ``{"Settings", "UserMetadata", "ClientRequestToken"}``; the same input gives the same token, so that a repeated
        request within MediaConvert's window starts no second job.

    Raises
    ------
    AssetError
        ``KEY_NOT_ALLOWED`` when the file name holds ``$``: MediaConvert would expand it into another key.
    """
    if _EXPANDED_BY_MEDIACONVERT in str(raw):
        raise AssetError(AssetErrorCode.KEY_NOT_ALLOWED, "the file name of a video must not contain $")
    boxes = {name: fitted(probe, lines) for name, lines in RENDITIONS.items()}
    groups = _output_groups(boxes, fitted(probe, POSTER_LINES), probe.frame_rate, has_sound=probe.has_sound)
    source = _input(has_sound=probe.has_sound)
    if probe.hdr:
        # The file's own metadata first; what its bitstream leaves out, as the container says.
        source["VideoSelector"] |= {"ColorSpace": probe.hdr.value, "ColorSpaceUsage": "FALLBACK"}
        _convert_to_sdr(groups)
    for group, stage in zip(groups, (Stage.PROCESSED, Stage.THUMB), strict=True):
        place = group["OutputGroupSettings"]["FileGroupSettings"]
        place["Destination"] = f"s3://{bucket}/{raw.at(stage, raw.stem)}"
    return {
        "Settings": {
            "TimecodeConfig": {"Source": "ZEROBASED"},
            "Inputs": [{"FileInput": f"s3://{bucket}/{raw}", **source}],
            "OutputGroups": groups,
        },
        "UserMetadata": _metadata(batch, index, execution_arn),
        "ClientRequestToken": hashlib.sha256(f"{batch.manifest_prefix}{index}".encode()).hexdigest(),
    }


def settings_version(request: Mapping[str, Any]) -> str:
    """Digest of everything that decides about a job's outputs: the template and the job's own settings.

    Parameters
    ----------
    request
        As `job_request` makes it.
    """
    document = json.dumps([template_settings(), request["Settings"]], sort_keys=True)
    return hashlib.sha256(document.encode()).hexdigest()


def _metadata(batch: Batch, index: int, execution_arn: str) -> dict[str, str]:
    """By which `handlers.reconcile` knows whose job it was; MediaConvert takes texts only."""
    return {
        "batchId": str(batch.batch_id),
        "listingId": str(batch.listing_id),
        "attempt": str(batch.attempt),
        "assetIndex": str(index),
        "manifestPrefix": batch.manifest_prefix,
        "executionArn": execution_arn,
        "traceparent": batch.traceparent,
    }


def fitted(probe: VideoProbe, lines: int) -> tuple[int, int]:
    """Width and height in which a video has at most so many lines on its short side; never larger than the source.

    Both are even, as 4:2:0 chroma needs, and at least 32, MediaConvert's least.
    """
    short, long = sorted((probe.width, probe.height))
    scale = min(1.0, lines / short, MAX_LONG_SIDE / long)
    return _even(probe.width * scale), _even(probe.height * scale)


def _even(length: float) -> int:
    return max(32, int(length + 0.001) // 2 * 2)


def _input(*, has_sound: bool) -> Settings:
    settings: Settings = {"TimecodeSource": "ZEROBASED", "VideoSelector": {"Rotate": "AUTO"}}
    if has_sound:
        settings["AudioSelectors"] = {_AUDIO_SELECTOR: {"DefaultSelection": "DEFAULT"}}
    return settings


def _output_groups(
    boxes: Mapping[str, tuple[int, int]], poster: tuple[int, int], frame_rate: float | None, *, has_sound: bool
) -> list[Settings]:
    videos = [_rendition(name, box, frame_rate, has_sound=has_sound) for name, box in boxes.items()]
    return [_file_group("videos", videos), _file_group(POSTER, [_poster(poster)])]


def _convert_to_sdr(groups: list[Settings]) -> None:
    """BT.709 by tone mapping; how it maps is left to MediaConvert, which fixes it for HLG (``HdrToSdrToneMapper``)."""
    for group in groups:
        for output in group["Outputs"]:
            corrector = {"ColorSpaceConversion": "FORCE_709"}
            output["VideoDescription"]["VideoPreprocessors"] = {"ColorCorrector": corrector}


def _file_group(name: str, outputs: list[Settings]) -> Settings:
    # Encryption is left to the bucket's default: SSE-KMS with TOQ's own key.
    return {
        "Name": "File Group",
        "CustomName": name,
        "OutputGroupSettings": {"Type": "FILE_GROUP_SETTINGS", "FileGroupSettings": {}},
        "Outputs": outputs,
    }


def _frame(box: tuple[int, int]) -> Settings:
    # FIT_NO_UPSCALE neither pads nor stretches nor enlarges, also where our measures of the source are wrong.
    return {"Width": box[0], "Height": box[1], "ScalingBehavior": "FIT_NO_UPSCALE"}


def _rendition(name: str, box: tuple[int, int], frame_rate: float | None, *, has_sound: bool) -> Settings:
    peak, level = _QVBR[name]
    h264: Settings = {
        "RateControlMode": "QVBR",
        "MaxBitrate": peak,
        "QvbrSettings": {"QvbrQualityLevel": level},
        "QualityTuningLevel": "SINGLE_PASS_HQ",
        "CodecProfile": "HIGH",
        "CodecLevel": "AUTO",
        "SceneChangeDetect": "TRANSITION_DETECTION",
        "InterlaceMode": "PROGRESSIVE",
        "ParControl": "SPECIFIED",
        "ParNumerator": 1,
        "ParDenominator": 1,
        **_frame_rate(frame_rate),
    }
    output: Settings = {
        "NameModifier": f"-{name}",
        "ContainerSettings": {"Container": "MP4", "Mp4Settings": {"MoovPlacement": "PROGRESSIVE_DOWNLOAD"}},
        "VideoDescription": _frame(box) | {"CodecSettings": {"Codec": "H_264", "H264Settings": h264}},
    }
    if has_sound:
        output["AudioDescriptions"] = [_stereo()]
    return output


def _frame_rate(source: float | None) -> Settings:
    """Follow the source up to 60 frames a second; of a faster one keep every second, third, ... frame."""
    if source is None or source <= MAX_FRAME_RATE + 0.5:
        return {"FramerateControl": "INITIALIZE_FROM_SOURCE"}
    kept = source / -(-source // MAX_FRAME_RATE)
    # Rates of 59.94 and its kind are fractions over 1001; the rest are whole.
    exact = abs(kept - round(kept)) < abs(kept - round(kept) * 1000 / 1001)
    numerator, denominator = (round(kept), 1) if exact else (round(kept) * 1000, 1001)
    return {
        "FramerateControl": "SPECIFIED",
        "FramerateNumerator": numerator,
        "FramerateDenominator": denominator,
        "FramerateConversionAlgorithm": "DUPLICATE_DROP",
    }


def _stereo() -> Settings:
    aac = {"Bitrate": 160_000, "CodingMode": "CODING_MODE_2_0", "SampleRate": 48_000, "CodecProfile": "LC"}
    return {"AudioSourceName": _AUDIO_SELECTOR, "CodecSettings": {"Codec": "AAC", "AacSettings": aac}}


def _poster(box: tuple[int, int]) -> Settings:
    capture = {"FramerateNumerator": 1, "FramerateDenominator": 1, "MaxCaptures": 1, "Quality": 85}
    return {
        "NameModifier": f"-{POSTER}",
        "Extension": "jpg",
        "ContainerSettings": {"Container": "RAW"},
        "VideoDescription": _frame(box)
        | {"CodecSettings": {"Codec": "FRAME_CAPTURE", "FrameCaptureSettings": capture}},
    }
