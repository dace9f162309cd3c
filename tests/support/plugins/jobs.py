"""MediaConvert jobs under test: settings in small, and a job's way to its end."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from mypy_boto3_mediaconvert import MediaConvertClient

Settings = Any
"""Job settings; the client's typed dictionaries would forbid those that are wrong on purpose."""


def stereo() -> Settings:
    """An audio description of the one selector that `job_settings` makes."""
    aac = {"Bitrate": 96_000, "CodingMode": "CODING_MODE_2_0", "SampleRate": 48_000}
    return {"AudioSourceName": "Audio Selector 1", "CodecSettings": {"Codec": "AAC", "AacSettings": aac}}


def film(modifier: str = "-film", *, sound: bool = True, h264: Mapping[str, Any] = {}, **video: Any) -> Settings:
    """An MP4 output; keyword arguments go to its video description."""
    rate = {"RateControlMode": "QVBR", "MaxBitrate": 2_000_000, "QvbrSettings": {"QvbrQualityLevel": 7}}
    output: Settings = {
        "NameModifier": modifier,
        "ContainerSettings": {"Container": "MP4", "Mp4Settings": {"MoovPlacement": "PROGRESSIVE_DOWNLOAD"}},
        "VideoDescription": {"CodecSettings": {"Codec": "H_264", "H264Settings": {**rate, **h264}}, **video},
    }
    if sound:
        output["AudioDescriptions"] = [stereo()]
    return output


def stills(modifier: str = "-still", **capture: int) -> Settings:
    """A frame capture output; keyword arguments are frame capture settings."""
    codec = {"Codec": "FRAME_CAPTURE", "FrameCaptureSettings": capture}
    return {
        "NameModifier": modifier,
        "ContainerSettings": {"Container": "RAW"},
        "VideoDescription": {"CodecSettings": codec},
    }


def group(destination: str, *outputs: Settings, **file_group: Any) -> Settings:
    """A file output group."""
    settings = {"Destination": destination, **file_group}
    kind = {"Type": "FILE_GROUP_SETTINGS", "FileGroupSettings": settings}
    return {"Name": "File Group", "OutputGroupSettings": kind, "Outputs": list(outputs)}


def job_settings(source: str, *groups: Settings, rotate: str = "AUTO") -> Settings:
    """Settings of a job with one input."""
    selectors = {"Audio Selector 1": {"DefaultSelection": "DEFAULT"}}
    entry = {"FileInput": source, "AudioSelectors": selectors, "VideoSelector": {"Rotate": rotate}}
    return {"Inputs": [entry], "OutputGroups": list(groups)}


def finished(client: "MediaConvertClient", job_id: str, timeout: float = 60) -> Any:
    """The job when it has ended, however it ended."""
    ended = ("COMPLETE", "ERROR", "CANCELED")

    def job() -> Any:
        found = client.get_job(Id=job_id)["Job"]
        return found if found["Status"] in ended else None

    return wait_until(job, timeout)
