"""What the reconciler meets: the callback function, an execution, events, and what states left behind."""

import io
import json
from typing import Any

import pytest

from handlers.contract.batch import Asset, AssetResult, Batch
from handlers.contract.media_types import MediaType
from handlers.contract.names import ManifestFile, chunk_file
from handlers.runtime.store import MediaStore
from tests.support.builders import EXECUTION_ARN, raw_key

STARTED = 1_772_359_200_000  # milliseconds, as EventBridge tells it
PHOTO = Asset(0, raw_key("a.jpg"), "PHOTO_HORIZONTAL", "image/jpeg", 9, "0" * 64, 1)
VIDEO = Asset(1, raw_key("v.mp4", MediaType.VIDEO_HORIZONTAL), "VIDEO_HORIZONTAL", "video/mp4", 9, "0" * 64, 2)


class CallbackFunction:
    """listing-media-callback-dispatch, as the reconciler sees it."""

    def __init__(self, store: MediaStore) -> None:
        self.store = store
        self.events: list[dict[str, Any]] = []
        self.error: dict[str, str] | None = None

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:
        assert FunctionName == "listing-media-callback-dispatch"
        event = json.loads(Payload)
        self.events.append(event)
        if self.error:
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(json.dumps(self.error).encode())}
        batch = Batch.from_state(event["batch"])
        self.store.put_json(batch.file(ManifestFile.RECEIPT), {"eventId": self.result(batch)["eventId"]})
        return {"Payload": io.BytesIO(b"{}")}

    def result(self, batch: Batch) -> dict[str, Any]:
        found: dict[str, Any] = self.store.get_json(batch.file(ManifestFile.RESULT))
        return found


class Executions:
    """The one execution, as `states:DescribeExecution` tells of it."""

    def __init__(self, batch: Batch) -> None:
        self.answer: dict[str, Any] = {
            "executionArn": EXECUTION_ARN,
            "status": "TIMED_OUT",
            "startDate": STARTED / 1000,
            "input": json.dumps(batch.to_state()),
        }

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:
        assert executionArn == EXECUTION_ARN
        return self.answer


@pytest.fixture
def callback(store: MediaStore) -> CallbackFunction:
    return CallbackFunction(store)


@pytest.fixture
def executions(batch: Batch) -> Executions:
    return Executions(batch)


@pytest.fixture
def validated(store: MediaStore, batch: Batch) -> None:
    """A photo that is done, and a video of which nothing is known yet."""
    lines = [PHOTO.to_json(), VIDEO.to_json()]
    store.put_json(batch.file(ManifestFile.ASSETS), {"assets": lines, "chunked": [0]})
    done = AssetResult(0, {"processed": "p", "thumbnail": "t"})
    store.put_json(batch.file(chunk_file(0, 0)), {"results": [done.to_json()]})


def execution_event(batch: Batch, status: str = "TIMED_OUT", **detail: Any) -> dict[str, Any]:
    return {
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": {
            "executionArn": EXECUTION_ARN,
            "name": batch.execution_name,
            "status": status,
            "startDate": STARTED,
            "stopDate": STARTED + 3_600_000,
            "input": json.dumps(batch.to_state()),
            "inputDetails": {"included": True},
            "output": None,
            **detail,
        },
    }


def video_event(batch: Batch, status: str = "COMPLETE", **metadata: Any) -> dict[str, Any]:
    details = [{"durationInMs": 5_040, "videoDetails": {"widthInPx": 1280, "heightInPx": 720}}] * 2
    ended = {"outputGroupDetails": [{"outputDetails": details, "type": "FILE_GROUP"}]}
    failed = {"errorCode": 1040, "errorMessage": "no decoder for this video"}
    return {
        "source": "aws.mediaconvert",
        "detail-type": "MediaConvert Job State Change",
        "detail": {
            "timestamp": STARTED,
            "jobId": "job-1",
            "status": status,
            "userMetadata": {
                "assetIndex": "1",
                "manifestPrefix": batch.manifest_prefix,
                "executionArn": EXECUTION_ARN,
                **metadata,
            },
            **(ended if status == "COMPLETE" else failed),
        },
    }
