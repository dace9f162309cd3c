"""EventBridge events of a job, shaped as in the user guide's "List of MediaConvert EventBridge events"."""

import json
import time
from typing import Any

from localstack.aws.connect import connect_to

from toq_localstack.mediaconvert.probe import MediaInfo
from toq_localstack.mediaconvert.shapes import Document

_CODECS = {"h264": "H_264", "hevc": "H_265", "aac": "AAC", "mpeg4": "MPEG4", "vp9": "VP9", "prores": "PRORES"}


class JobEvents:
    """Sends the events of one account and region."""

    def __init__(self, account: str, region: str) -> None:
        self._account = account
        self._client = connect_to(aws_access_key_id=account, region_name=region).events

    def send(self, job: Document, status: str, **details: Any) -> None:
        """Put ``MediaConvert Job State Change`` with this status; `details` are the status's own members."""
        detail = {
            "timestamp": int(time.time() * 1000),
            "accountId": self._account,
            "queue": job["Queue"],
            "jobId": job["Id"],
            "status": status,
            "userMetadata": job.get("UserMetadata") or {},
            **details,
        }
        self._client.put_events(
            Entries=[
                {
                    "Source": "aws.mediaconvert",
                    "DetailType": "MediaConvert Job State Change",
                    "Resources": [job["Arn"]],
                    "Detail": json.dumps(detail),
                }
            ]
        )


def input_details(uri: str, info: MediaInfo) -> list[Document]:
    """``inputDetails`` of INPUT_INFORMATION."""
    details: Document = {"id": 1, "uri": uri}
    if info.audio_codec:
        details["audio"] = [{"codec": _CODECS.get(info.audio_codec, info.audio_codec.upper()), "streamId": 2}]
    if info.video_codec:
        details["video"] = [
            {
                "codec": _CODECS.get(info.video_codec, info.video_codec.upper()),
                "frameRate": info.frame_rate,
                "height": info.height,
                "width": info.width,
                "streamId": 1,
            }
        ]
    return [details]


def progress(phase: str, percent: int, frames: int) -> Document:
    """``jobProgress`` and its neighbour of STATUS_UPDATE."""
    phases = ("PROBING", "TRANSCODING", "UPLOADING")
    current = phases.index(phase)
    return {
        "framesDecoded": frames,
        "jobProgress": {
            "phaseProgress": {
                name: {
                    "status": "COMPLETE" if at < current else "PROGRESSING" if at == current else "PENDING",
                    "percentComplete": 100 if at < current else percent if at == current else 0,
                }
                for at, name in enumerate(phases)
            },
            "jobPercentComplete": percent,
            "currentPhase": phase,
            "retryCount": 0,
        },
    }
