"""Job settings: how a job's own settings lie over its template's, and what the transcoder refuses beyond the model.

The service checks dependencies between settings that its API model cannot state ("Creating your AWS Elemental
MediaConvert job specification": "this validation is more complex than the schema"). Checked here are the rules of the
settings that this emulation honours; a feature that it does not have is refused too, never silently ignored.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from toq_localstack.mediaconvert.shapes import Document

_CONTAINERS = {"MP4", "MOV", "RAW"}
_VIDEO_CODECS = {"H_264", "FRAME_CAPTURE"}


def merge(template: Mapping[str, Any], job: Mapping[str, Any]) -> Document:
    """Lay a job's settings over its template's.

    A member that the job gives replaces the template's; structures are merged member by member, and list entries by
    their position, so that a job can give just ``Inputs[0].FileInput`` and ``OutputGroups[0]…Destination``. AWS does
    not document the rule ("Working with job templates" only says that a job's settings override the template's): a
    job that states its whole output groups gets the same result under any reading of it.
    """
    merged: Document = dict(template)
    for name, value in job.items():
        merged[name] = _merge_value(merged.get(name), value)
    return merged


def _merge_value(below: Any, above: Any) -> Any:
    if isinstance(below, dict) and isinstance(above, dict):
        return merge(below, above)
    if isinstance(below, list) and isinstance(above, list) and all(isinstance(e, dict) for e in [*below, *above]):
        shared = [_merge_value(b, a) for b, a in zip(below, above, strict=False)]
        return shared + below[len(above) :] + above[len(below) :]
    return above


def job_violations(settings: Mapping[str, Any]) -> Iterator[str]:
    """Why the transcoder would refuse merged settings, as ``/path: reason`` in the wire's camelCase."""
    inputs = settings.get("Inputs") or []
    if not inputs:
        yield "/inputs: Should have at least 1 items"
    if len(inputs) > 1:
        yield "/inputs: The local MediaConvert takes one input; it does not join several"
    for index, source in enumerate(inputs):
        if not source.get("FileInput"):
            yield f"/inputs/{index}: Should have required property 'fileInput'"
        elif not source["FileInput"].startswith("s3://"):
            yield f"/inputs/{index}/fileInput: The local MediaConvert reads s3:// inputs only"
        if source.get("InputClippings"):
            yield f"/inputs/{index}/inputClippings: The local MediaConvert does not clip inputs"
    groups = settings.get("OutputGroups") or []
    if not groups:
        yield "/outputGroups: Should have at least 1 items"
    for index, group in enumerate(groups):
        yield from _group_violations(group, settings, f"/outputGroups/{index}")
    codecs = [_video_codec(output) for group in groups for output in group.get("Outputs") or []]
    if codecs and all(codec == "FRAME_CAPTURE" for codec in codecs):
        yield "/outputGroups: A job with frame capture outputs must also have an output of another kind"


def _group_violations(group: Mapping[str, Any], settings: Mapping[str, Any], path: str) -> Iterator[str]:
    kind = (group.get("OutputGroupSettings") or {}).get("Type")
    if kind is None:
        yield f"{path}/outputGroupSettings: Should have required property 'type'"
        return
    if kind != "FILE_GROUP_SETTINGS":
        yield f"{path}/outputGroupSettings/type: The local MediaConvert writes file groups only, not {kind}"
        return
    destination = (group["OutputGroupSettings"].get("FileGroupSettings") or {}).get("Destination")
    if not destination:
        yield f"{path}/outputGroupSettings/fileGroupSettings: Should have required property 'destination'"
    outputs = group.get("Outputs") or []
    if not outputs:
        yield f"{path}/outputs: Should have at least 1 items"
    names = [(output.get("NameModifier"), extension(output)) for output in outputs]
    for index, output in enumerate(outputs):
        if len(outputs) > 1 and not output.get("NameModifier"):
            yield f"{path}/outputs/{index}: Should have required property 'nameModifier' in a group of several outputs"
        elif names.index(names[index]) != index:
            yield f"{path}/outputs/{index}/nameModifier: Outputs of a group should have different names"
        yield from _output_violations(output, settings, f"{path}/outputs/{index}")


def _output_violations(output: Mapping[str, Any], settings: Mapping[str, Any], path: str) -> Iterator[str]:
    container = (output.get("ContainerSettings") or {}).get("Container")
    if container is None:
        yield f"{path}: Should have required property 'containerSettings'"
    elif container not in _CONTAINERS:
        yield f"{path}/containerSettings/container: The local MediaConvert does not write {container}"
    for unsupported in ("Preset", "CaptionDescriptions"):
        if output.get(unsupported):
            name = unsupported[0].lower() + unsupported[1:]
            yield f"{path}/{name}: The local MediaConvert does not support this setting"
    codec = _video_codec(output)
    if codec is None and not output.get("AudioDescriptions"):
        yield f"{path}: Should have required property 'videoDescription' or 'audioDescriptions'"
    if (codec == "FRAME_CAPTURE") != (container == "RAW"):
        yield f"{path}/containerSettings/container: Frame capture outputs, and they alone, use the container RAW"
    if output.get("VideoDescription"):
        yield from _video_violations(output["VideoDescription"], f"{path}/videoDescription")
    for index, audio in enumerate(output.get("AudioDescriptions") or []):
        yield from _audio_violations(audio, settings, f"{path}/audioDescriptions/{index}")


def _video_violations(video: Mapping[str, Any], path: str) -> Iterator[str]:
    codec = (video.get("CodecSettings") or {}).get("Codec")
    if codec is None:
        yield f"{path}/codecSettings: Should have required property 'codec'"
        return
    if codec not in _VIDEO_CODECS:
        yield f"{path}/codecSettings/codec: The local MediaConvert does not encode {codec}"
        return
    for side in ("Width", "Height"):
        if (video.get(side) or 0) % 2:
            yield f"{path}/{side.lower()}: Should be multiple of 2"
    yield from _preprocessor_violations(video.get("VideoPreprocessors") or {}, f"{path}/videoPreprocessors")
    if codec == "H_264":
        h264 = video["CodecSettings"].get("H264Settings") or {}
        yield from _h264_violations(h264, f"{path}/codecSettings/h264Settings")


def _preprocessor_violations(preprocessors: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, settings in preprocessors.items():
        wire = name[0].lower() + name[1:]
        if name != "ColorCorrector":
            yield f"{path}/{wire}: The local MediaConvert does not support this setting"
            continue
        others = sorted(set(settings) - {"ColorSpaceConversion"})
        if others or settings.get("ColorSpaceConversion", "NONE") not in ("NONE", "FORCE_709"):
            yield f"{path}/{wire}: The local MediaConvert converts HDR to FORCE_709, and corrects no other colors"


def _h264_violations(h264: Mapping[str, Any], path: str) -> Iterator[str]:
    mode = h264.get("RateControlMode")
    if mode is None:
        yield f"{path}: Should have required property 'rateControlMode'"
    elif mode == "QVBR":
        if not h264.get("MaxBitrate"):
            yield f"{path}: Should have required property 'maxBitrate' when rateControlMode is QVBR"
        if h264.get("Bitrate"):
            yield f"{path}/bitrate: Should not be set when rateControlMode is QVBR"
    else:
        if not h264.get("Bitrate"):
            yield f"{path}: Should have required property 'bitrate' when rateControlMode is {mode}"
        if h264.get("QvbrSettings"):
            yield f"{path}/qvbrSettings: Should not be set unless rateControlMode is QVBR"
    if mode == "CBR" and h264.get("MaxBitrate"):
        yield f"{path}/maxBitrate: Should not be set when rateControlMode is CBR"
    if (h264.get("MaxBitrate") or h264.get("Bitrate") or 0) < (h264.get("Bitrate") or 0):
        yield f"{path}/maxBitrate: Should be >= bitrate"
    if h264.get("FramerateControl") == "SPECIFIED" and not (
        h264.get("FramerateNumerator") and h264.get("FramerateDenominator")
    ):
        yield f"{path}: Should have 'framerateNumerator' and 'framerateDenominator' when framerateControl is SPECIFIED"


def _audio_violations(audio: Mapping[str, Any], settings: Mapping[str, Any], path: str) -> Iterator[str]:
    codec = (audio.get("CodecSettings") or {}).get("Codec")
    if codec != "AAC":
        yield f"{path}/codecSettings/codec: The local MediaConvert encodes AAC, not {codec}"
        return
    aac = audio["CodecSettings"].get("AacSettings") or {}
    for name, wire in (("CodingMode", "codingMode"), ("SampleRate", "sampleRate")):
        if not aac.get(name):
            yield f"{path}/codecSettings/aacSettings: Should have required property '{wire}'"
    if aac.get("RateControlMode", "CBR") == "CBR" and not aac.get("Bitrate"):
        yield f"{path}/codecSettings/aacSettings: Should have required property 'bitrate'"
    source_name = audio.get("AudioSourceName")
    for index, source in enumerate(settings.get("Inputs") or []):
        selectors = {**(source.get("AudioSelectors") or {}), **(source.get("AudioSelectorGroups") or {})}
        if source_name and source_name not in selectors:
            yield f"{path}/audioSourceName: Input {index} has no audio selector named '{source_name}'"


def _video_codec(output: Mapping[str, Any]) -> str | None:
    codec = ((output.get("VideoDescription") or {}).get("CodecSettings") or {}).get("Codec")
    return None if codec is None else str(codec)


def extension(output: Mapping[str, Any]) -> str:
    """File name extension of an output without its dot (API reference, Output: Extension)."""
    if output.get("Extension"):
        return str(output["Extension"]).removeprefix(".")
    container = (output.get("ContainerSettings") or {}).get("Container")
    return {"MP4": "mp4", "MOV": "mov"}.get(str(container), "jpg")


def output_uri(destination: str, file_input: str, output: Mapping[str, Any], sequence: str = "") -> str:
    """Where an output is written (user guide, "File name and path").

    Parameters
    ----------
    destination
        ``s3://bucket/path/base``; one that ends with a slash takes the input's file name as base.
    sequence
        ``.0000000`` and so on for captured frames, which stand between name modifier and extension.
    """
    input_name = file_input.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    base = destination + input_name if destination.endswith("/") else destination
    name = base + (output.get("NameModifier") or "")
    return f"{name.replace('$fn$', input_name)}{sequence}.{extension(output)}"
