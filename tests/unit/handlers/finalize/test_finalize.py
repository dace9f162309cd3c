"""listing-media-finalize: whatever the states left behind, there is one result, and the same again."""

import json
from collections.abc import Callable, Collection, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handlers.contract.batch import Asset, AssetResult, Batch
from handlers.contract.errors import BatchRefusedError
from handlers.contract.media_types import MediaType
from handlers.contract.names import ManifestFile, chunk_file, video_failure_file, video_result_file
from handlers.files.transcode import output_keys
from handlers.finalize import handler as finalize
from handlers.runtime.store import MediaStore, media_store
from tests.support.builders import BUCKET, EXECUTION, JPEG, announced, message, raw_key

type Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    media_store.cache_clear()
    yield
    media_store.cache_clear()


class Attempt:
    """The manifests of one attempt, as the states before finalize leave them."""

    def __init__(self, store: MediaStore, batch: Batch, context: Any) -> None:
        self.store, self.batch, self.context = store, batch, context
        self.photo = Asset(0, raw_key("a.jpg"), "PHOTO_HORIZONTAL", "image/jpeg", 9, "0" * 64, 1)
        video = raw_key("v.mp4", MediaType.VIDEO_HORIZONTAL)
        self.video = Asset(1, video, "VIDEO_HORIZONTAL", "video/mp4", 9, "0" * 64, 2, duration_seconds=5)

    def validated(self, *assets: Asset) -> None:
        lines = [asset.to_json() for asset in assets or (self.photo, self.video)]
        self.store.put_json(self.batch.file(ManifestFile.ASSETS), {"assets": lines, "chunked": [0]})

    def rendered(self) -> None:
        result = AssetResult(0, {"processed": "p", "thumbnail": "t"}, bytes=8)
        self.store.put_json(self.batch.file(chunk_file(0, 0)), {"results": [result.to_json()]})

    def transcoded(self, *, without: Collection[str] = ()) -> None:
        """Write the video's outputs, save some, and what MediaConvert says of its job."""
        details = [{"DurationInMs": 5040, "VideoDetails": {"WidthInPx": 1280, "HeightInPx": 720}}] * 2
        job = {"Id": "job-1", "Status": "COMPLETE", "OutputGroupDetails": [{"OutputDetails": details}]}
        self.store.put_json(self.batch.file(video_result_file(1)), {"index": 1, "status": "COMPLETE", "job": job})
        for name, key in output_keys(self.video.raw).items():
            if name not in without:
                self.store.client.put_object(Bucket=BUCKET, Key=key, Body=b"f" * 777)

    def zipped(self) -> None:
        record = {"bundles": [{"key": "z", "bytes": 1, "entries": 2}], "zipSizeBytes": 1, "unzippedSizeBytes": 1}
        self.store.put_json(
            self.batch.file(ManifestFile.ZIP), record | {"partial": False, "missing": [], "error": None}
        )

    def finalize(self, failure: dict[str, Any] | None = None, state: dict[str, Any] | None = None) -> dict[str, Any]:
        given = state or {"batch": self.batch.to_state(), "chunks": [], "videos": [], "valid": 2}
        event = {"state": given | ({"failure": failure} if failure else {}), "execution": EXECUTION}
        return dict(finalize.handler(event, self.context))

    def result(self) -> dict[str, Any]:
        found: dict[str, Any] = self.store.get_json(self.batch.file(ManifestFile.RESULT))
        return found


@pytest.fixture
def attempt(store: MediaStore, batch: Batch, context: Any) -> Attempt:
    return Attempt(store, batch, context)


def test_a_good_batch_is_told_in_full(attempt: Attempt, batch: Batch) -> None:
    attempt.validated()
    attempt.rendered()
    attempt.transcoded()
    attempt.zipped()
    key = batch.file(ManifestFile.RESULT)
    assert attempt.finalize() == {"batch": batch.to_state(), "status": "SUCCEEDED", "resultKey": key}
    photo, video = attempt.result()["outputs"]
    assert (photo["processedKey"], photo["bytes"]) == ("p", 8)
    assert (video["bytes"], video["width"], video["durationSeconds"]) == (777, 1280, 5)
    assert video["thumbnailKey"].endswith("v-poster.0000000.jpg")
    assert [job["externalJobId"] for job in attempt.result()["jobs"]] == [EXECUTION["arn"], "job-1"]


def test_finalizing_again_changes_and_counts_nothing(attempt: Attempt, log_lines: Lines) -> None:
    attempt.validated(attempt.photo)
    attempt.rendered()
    attempt.finalize()
    first = attempt.result()
    assert any("Photos" in line for line in log_lines())
    attempt.finalize()
    assert attempt.result() == first
    assert not any("Photos" in line for line in log_lines())


def test_a_video_that_is_not_in_the_bucket_was_not_transcoded(attempt: Attempt) -> None:
    attempt.validated()
    attempt.rendered()
    attempt.transcoded(without={"1080p"})
    attempt.finalize()
    video = attempt.result()["outputs"][1]
    assert (video["errorCode"], video["outputs"]) == ("TRANSCODE_FAILED", {})
    assert video["errorMessage"] == "MediaConvert reported success, but there is no 1080p in the bucket"


@pytest.mark.parametrize("missing", [["720p"], ["poster"], ["720p", "poster"]])
def test_an_output_of_a_video_that_is_not_in_the_bucket_is_reported_and_not_linked(
    attempt: Attempt, missing: list[str]
) -> None:
    attempt.validated()
    attempt.rendered()
    attempt.transcoded(without=missing)
    assert attempt.finalize()["status"] == "SUCCEEDED"
    video = attempt.result()["outputs"][1]
    assert video["errorCode"] == "TRANSCODE_FAILED"
    assert video["errorMessage"].endswith(f"there is no {', no '.join(missing)} in the bucket")
    there = {name: key for name, key in output_keys(attempt.video.raw).items() if name not in missing}
    assert video["outputs"] == there
    assert (video["thumbnailKey"] is None) == ("poster" in missing)
    assert (video["bytes"], video["width"]) == (777, 1280)


def test_trouble_with_s3_is_not_a_missing_video(attempt: Attempt, monkeypatch: pytest.MonkeyPatch) -> None:
    attempt.validated()
    attempt.transcoded()

    def fail(**_arguments: Any) -> None:
        raise ClientError({"Error": {"Code": "503", "Message": "Slow Down"}}, "HeadObject")

    monkeypatch.setattr(media_store().client, "head_object", fail)
    with pytest.raises(ClientError):
        attempt.finalize()


def test_a_video_that_failed_says_so(attempt: Attempt) -> None:
    attempt.validated()
    attempt.rendered()
    error = {"Error": "MediaConvert.Job", "Cause": json.dumps({"Job": {"ErrorMessage": "no decoder"}})}
    result = {"index": 1, "status": "ERROR", "error": error}
    attempt.store.put_json(attempt.batch.file(video_failure_file(1)), result)
    assert attempt.finalize()["status"] == "SUCCEEDED"
    video = attempt.result()["outputs"][1]
    assert (video["errorCode"], video["errorMessage"]) == ("TRANSCODE_FAILED", "no decoder")


def test_a_step_that_was_given_up_fails_the_batch_with_what_is_there(attempt: Attempt, log_lines: Lines) -> None:
    attempt.validated(attempt.photo)
    attempt.rendered()
    assert attempt.finalize({"Error": "Lambda.Unknown", "Cause": "killed"})["status"] == "PROCESSING_FAILED"
    assert attempt.result()["error"]["code"] == "STEP_FAILED"
    assert attempt.result()["outputs"][0]["processedKey"] == "p"
    assert any(line.get("message") == "a step was given up" for line in log_lines())


def test_a_batch_refused_as_a_whole_lists_its_assets(attempt: Attempt, batch: Batch) -> None:
    asset = announced(JPEG)
    attempt.store.put_json(batch.file(ManifestFile.INPUT), batch.to_state() | {"assets": [asset | {"title": None}]})
    state = batch.to_state()
    failure = {"Error": "BatchRefusedError", "Cause": json.dumps({"errorMessage": "at most 50 videos"})}
    assert attempt.finalize(failure, state)["status"] == "VALIDATION_FAILED"
    (output,) = attempt.result()["outputs"]
    assert (output["rawKey"], output["errorCode"]) == (asset["key"], "PROCESSING_FAILED")
    assert attempt.result()["failureReason"] == "at most 50 videos"


def test_an_execution_by_hand_with_malformed_assets_is_told_too(attempt: Attempt) -> None:
    state = message(assets=[{"key": raw_key("a.jpg")}])
    failure = {"Error": "BatchRefusedError", "Cause": "data.assets[0]"}
    assert attempt.finalize(failure, state)["status"] == "VALIDATION_FAILED"
    assert attempt.result()["outputs"] == []


def test_an_input_that_names_no_batch_can_be_told_to_nobody(attempt: Attempt) -> None:
    with pytest.raises(BatchRefusedError, match="names no batch"):
        attempt.finalize({"Error": "BatchRefusedError", "Cause": ""}, {"hello": "world"})


def test_the_business_view_is_measured(attempt: Attempt, log_lines: Lines) -> None:
    attempt.validated(attempt.photo, attempt.video)
    attempt.rendered()
    attempt.finalize()
    measured: dict[str, Any] = {}
    for line in log_lines():
        measured |= {name: value for name, value in line.items() if "_aws" in line}
    assert (measured["Photos"], measured["Videos"], measured["Documents"]) == ([1.0], [0.0], [0.0])
    assert len(measured["BatchSeconds"]) == 1
    assert (measured["Status"], measured["Batches"]) == ("SUCCEEDED", [1.0])
    assert (measured["ErrorCode"], measured["AssetErrors"]) == ("PROCESSING_FAILED", [1.0])
