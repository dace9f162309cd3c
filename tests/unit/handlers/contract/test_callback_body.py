"""The callback's body, member by member, and why a batch did not succeed."""

import datetime
import json
from typing import Any

import pytest

from handlers.contract import callback_body as bodies
from handlers.contract.batch import Asset, AssetResult, Batch
from handlers.contract.callback_body import BatchError, BatchResult, Execution, Status, callback_body, failure_of
from handlers.contract.errors import BatchErrorCode
from handlers.contract.media_types import MediaType
from tests.support.batch_results import NOW, ZIP, combined, made, photo
from tests.support.builders import EXECUTION_ARN, STARTED_AT, raw_key


def body(batch: Batch, given: BatchResult, status: str | None = None, now: datetime.datetime = NOW) -> dict[str, Any]:
    return callback_body(batch, Execution(EXECUTION_ARN, STARTED_AT, status), given, now)


@pytest.mark.parametrize(
    ("failure", "code", "status"),
    [
        ({"Error": "BatchRefusedError", "Cause": "over"}, BatchErrorCode.BATCH_REFUSED, Status.VALIDATION_FAILED),
        ({"Error": "TIMED_OUT", "Cause": ""}, BatchErrorCode.TIMED_OUT, Status.PROCESSING_FAILED),
        ({"Error": "States.Timeout"}, BatchErrorCode.TIMED_OUT, Status.PROCESSING_FAILED),
        ({"Error": "ABORTED", "Cause": "by hand"}, BatchErrorCode.ABORTED, Status.PROCESSING_FAILED),
        ({"Error": "Lambda.Unknown", "Cause": "x"}, BatchErrorCode.STEP_FAILED, Status.PROCESSING_FAILED),
        ({}, BatchErrorCode.STEP_FAILED, Status.PROCESSING_FAILED),
    ],
)
def test_a_failure_decides_over_everything_else(failure: dict[str, Any], code: BatchErrorCode, status: Status) -> None:
    error = BatchError.from_failure(failure)
    assert (error.code, error.status) == (code, status)
    assert error.message


def test_people_read_the_sentence_and_not_the_stack_trace() -> None:
    cause = json.dumps({"errorMessage": "at most 5", "errorType": "BatchRefusedError", "stackTrace": ["line 1"]})
    assert BatchError.from_failure({"Error": "BatchRefusedError", "Cause": cause}).message == "at most 5"


@pytest.mark.parametrize("cause", [json.dumps([1]), json.dumps("text"), "{}", None])
def test_any_cause_makes_a_sentence(cause: str | None) -> None:
    assert BatchError.from_failure({"Error": "X", "Cause": cause}).message


def test_an_error_leads_back_to_its_failure() -> None:
    failure = {"Error": "Lambda.Unknown", "Cause": "died"}
    error = BatchError.from_failure(failure)
    assert failure_of(error.to_json()) == failure
    assert BatchError.from_failure(failure_of(error.to_json()) or {}) == error
    assert failure_of(None) is None
    found = combined([photo(error_code="NOT_FOUND")], {}).error
    assert found is not None
    assert failure_of(found.to_json()) is None


def test_the_callback_has_every_member_of_the_contract(batch: Batch) -> None:
    found = body(
        batch,
        combined([photo(0, title="Kitchen"), photo(1, error_code="NOT_FOUND")], {0: made()}),
    )
    assert set(found) == {
        "executionArn", "startedAt", "jobId", "listingIdentityId", "externalId", "status", "provider", "traceparent",
        "outputs", "assetsZipped", "zipBundles", "zipSizeBytes", "unzippedSizeBytes", "failureReason", "error",
        "eventId", "batchId", "listingId", "attempt", "jobs",
    }  # fmt: skip
    assert (found["batchId"], found["listingId"], found["externalId"]) == (7, 42, "batch-7-0")
    assert (found["zipBundles"], found["assetsZipped"]) == ([ZIP["bundles"][0]["key"]], 2)  # type: ignore[index]
    assert (found["error"], found["failureReason"]) == (None, None)
    assert found["outputs"][0] == {
        "rawKey": raw_key("0.jpg"),
        "processedKey": "p0",
        "thumbnailKey": "t0",
        "outputs": {"processed": "p0", "thumbnail": "t0", "large": "l0"},
        "errorCode": None,
        "errorMessage": None,
        "assetType": "PHOTO_HORIZONTAL",
        "sequence": 1,
        "bytes": 8,
        "checksumSha256": None,
        "contentType": "image/jpeg",
        "width": 1200,
        "height": 800,
        "durationSeconds": None,
    }
    assert found["outputs"][1]["errorCode"] == "NOT_FOUND"
    assert found["outputs"][1]["processedKey"] is None


def test_a_listings_page_is_told_what_to_show_beside_the_files(batch: Batch) -> None:
    sphere = made(
        1, placeholder="data:image/webp;base64,UklGRg==", dominant_colour="#0a0b0c", projection="equirectangular"
    )
    assets = [photo(0, content="a"), photo(1, content="b"), photo(2, content="a")]
    outputs = body(batch, combined(assets, {0: made(0), 1: sphere, 2: made(2)}))["outputs"]
    page = ("duplicateOf", "projection", "placeholder", "dominantColour")
    assert [{member: output[member] for member in page if member in output} for output in outputs] == [
        {},
        {
            "projection": "equirectangular",
            "placeholder": "data:image/webp;base64,UklGRg==",
            "dominantColour": "#0a0b0c",
        },
        {"duplicateOf": 1},
    ]


def test_a_body_that_would_be_too_large_leaves_the_previews_out(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    preview = {"placeholder": "data:image/webp;base64,UklGRg==", "dominant_colour": "#0a0b0c"}
    results = {index: made(index, projection="equirectangular", **preview) for index in range(3)}
    given = combined([photo(index, content=str(index)) for index in range(3)], results)
    whole = body(batch, given)
    size = len(json.dumps({name: whole[name] for name in whole if name != "eventId"}, separators=(",", ":")))
    monkeypatch.setattr(bodies, "MAX_BODY_WITH_PREVIEWS", size)
    assert body(batch, given) == whole
    monkeypatch.setattr(bodies, "MAX_BODY_WITH_PREVIEWS", size - 1)
    bare = body(batch, given)
    assert [output["projection"] for output in bare["outputs"]] == ["equirectangular"] * 3
    assert not any("placeholder" in output or "dominantColour" in output for output in bare["outputs"])
    assert bare["eventId"] != whole["eventId"]


def test_the_largest_batch_passes_api_gateway(batch: Batch) -> None:
    key = "123456/{stage}/photo/horizontal/2026-03-01/1234567-{index:05d}-DSC_{index:05d}{ending}"
    names = {"processed": ".jpg", "thumbnail": "-thumbnail.jpg", "small": "-small.jpg", "medium": "-medium.jpg"}
    names["large"] = "-large.jpg"
    assets, results = [], {}
    for index in range(10_000):
        outputs = {name: key.format(stage="thumb", index=index, ending=ending) for name, ending in names.items()}
        raw = key.format(stage="raw", index=index, ending=".jpg")
        assets.append(photo(index, content=str(index), key=raw))
        preview: dict[str, Any] = {"placeholder": "p" * 400, "dominant_colour": "#0a0b0c", "checksum_sha256": "0" * 64}
        results[index] = AssetResult(index, outputs, 9_000_000, "image/jpeg", 6000, 4000, **preview)
    whole = body(batch, combined(assets, results))
    assert len(json.dumps(whole, separators=(",", ":"))) < 10_000_000


def test_a_video_is_told_by_its_large_rendition_and_its_poster(batch: Batch) -> None:
    key = raw_key("v.mp4", MediaType.VIDEO_VERTICAL)
    asset = Asset(0, key, "VIDEO_VERTICAL", "video/mp4", 9, "0" * 64, 1, width=1080, height=1920, duration_seconds=12)
    result = AssetResult(0, {"1080p": "big", "720p": "small", "poster": "first"}, content_type="video/mp4")
    (output,) = body(batch, combined([asset], {0: result}))["outputs"]
    assert (output["processedKey"], output["thumbnailKey"]) == ("big", "first")
    assert (output["width"], output["height"], output["durationSeconds"]) == (1080, 1920, 12)


def test_a_failed_batch_says_why_with_details_that_are_all_strings(batch: Batch) -> None:
    found = body(batch, combined([photo(error_code="NOT_FOUND")], {}, None))
    assert found["error"]["code"] == "NO_VALID_ASSET"
    assert found["failureReason"] == found["error"]["message"]
    assert all(isinstance(value, str) for value in found["error"]["details"].values())
    assert (found["zipBundles"], found["assetsZipped"], found["zipSizeBytes"]) == ([], 0, 0)


def test_jobs_are_the_execution_and_each_video(batch: Batch) -> None:
    videos = [
        {
            "index": 0,
            "status": "COMPLETE",
            "job": {"Id": "j-1", "Timing": {"StartTime": 1772359210, "FinishTime": 1772359220000}},
        },
        {"index": 1, "status": "ERROR", "error": {"Error": "E", "Cause": json.dumps({"Job": {"Id": "j-2"}})}},
        {"index": 2, "status": "ERROR", "error": {"Error": "E", "Cause": "no JSON"}},
        {"index": 3, "status": "ERROR", "error": {"Error": "E", "Cause": "[]"}},
        {"index": 4, "status": "ERROR", "error": None},
    ]
    execution, first, second, *nameless = body(batch, combined([photo()], {0: made()}, videos=videos))["jobs"]
    assert execution == {
        "provider": "STEP_FUNCTIONS",
        "externalJobId": EXECUTION_ARN,
        "status": "SUCCEEDED",
        "startedAt": STARTED_AT,
        "finishedAt": "2026-03-01T10:01:00.000Z",
    }
    assert (first["startedAt"], first["finishedAt"]) == ("2026-03-01T10:00:10.000Z", "2026-03-01T10:00:20.000Z")
    assert (second["externalJobId"], second["status"]) == ("j-2", "ERROR")
    assert [job["externalJobId"] for job in nameless] == [None, None, None]


@pytest.mark.parametrize(("told", "expected"), [(None, "FAILED"), ("TIMED_OUT", "TIMED_OUT"), ("ABORTED", "ABORTED")])
def test_the_executions_own_end_is_told_where_it_is_known(batch: Batch, told: str | None, expected: str) -> None:
    found = body(batch, combined([photo(error_code="NOT_FOUND")], {}), told)
    assert found["jobs"][0]["status"] == expected


def test_the_same_result_has_the_same_id_whenever_it_is_told(batch: Batch) -> None:
    given = combined([photo()], {0: made()})
    first, later = body(batch, given), body(batch, given, now=NOW + datetime.timedelta(minutes=5))
    assert first["eventId"] == later["eventId"]
    assert first["eventId"].startswith("batch-7-0-")


def test_another_result_has_another_id(batch: Batch) -> None:
    first = body(batch, combined([photo()], {0: made()}))
    assert body(batch, combined([photo()], {0: made(checksum_sha256="1" * 64)}))["eventId"] != first["eventId"]
