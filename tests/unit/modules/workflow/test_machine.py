"""The state machine with the functions' own code: every way through it ends in a result and a callback."""

import json
from typing import Any

import pytest

from handlers.callback_dispatch import handler as dispatch
from handlers.contract.batch import Batch
from handlers.contract.names import CALLBACK_UNDELIVERED, ManifestFile
from modules.workflow.media_states import CULPRITS
from operations.dead_letters import DeadLetter, Route
from tests.support.builders import message
from tests.support.lambda_context import LambdaContext
from tests.unit.modules.workflow.conftest import Backend, Pipeline

STATE_LIMIT = 32 * 1024  # bytes; Step Functions carries 256 KiB


def codes(result: dict[str, Any]) -> list[str | None]:
    return [output["errorCode"] for output in result["outputs"]]


def test_a_good_batch_goes_all_the_way(pipeline: Pipeline, batch: Batch, backend: Backend) -> None:
    pipeline.photos(25)
    pipeline.videos(1)
    run = pipeline.run(pipeline.take(message(*pipeline.assets)))
    assert run.status == "SUCCEEDED", (run.error, run.cause)
    assert run.path[-3:] == ["CallbackBackend", "BatchOutcome", "BatchSucceeded"]
    (body,) = backend.bodies
    assert (body["status"], body["assetsZipped"], len(body["outputs"])) == ("SUCCEEDED", 26, 26)
    assert codes(body) == [None] * 26
    assert [job["provider"] for job in body["jobs"]] == ["STEP_FUNCTIONS", "MEDIACONVERT"]
    assert body["zipBundles"] == ["42/zip/complete/2026-03-01/batch-7.zip"]
    assert run.calls["ThumbnailsOfChunk"] == 2


def test_an_execution_by_hand_gives_the_same_result(pipeline: Pipeline, batch: Batch) -> None:
    pipeline.photos(2)
    pipeline.run(pipeline.take(message(*pipeline.assets)))
    first = pipeline.result(batch)
    pipeline.run(message(*pipeline.assets))
    assert pipeline.result(batch) == first


def test_running_an_attempt_again_calls_back_once(pipeline: Pipeline, backend: Backend) -> None:
    pipeline.photos(2)
    state = pipeline.take(message(*pipeline.assets))
    assert pipeline.run(state).status == pipeline.run(state).status == "SUCCEEDED"
    assert len(backend.bodies) == 1


def test_a_photo_that_kills_its_function_is_lost_alone(pipeline: Pipeline, batch: Batch, backend: Backend) -> None:
    pipeline.photos(25)
    pipeline.kills = {"00007.jpg"}
    run = pipeline.run(pipeline.take(message(*pipeline.assets)))
    assert run.status == "SUCCEEDED"
    assert [index for index, code in enumerate(codes(backend.bodies[0])) if code] == [7]
    assert codes(backend.bodies[0])[7] == "PROCESSING_FAILED"
    assert run.calls["ThumbnailsWithCare"] == 2
    assert backend.bodies[0]["zipBundles"] == ["42/zip/partial/2026-03-01/batch-7-partial.zip"]


def test_photos_that_kill_their_function_are_lost_until_its_tries_are_used_up(
    pipeline: Pipeline, batch: Batch, backend: Backend
) -> None:
    pipeline.photos(9)
    pipeline.kills = {f"{number:05d}.jpg" for number in range(1, 8)}
    run = pipeline.run(pipeline.take(message(*pipeline.assets)))
    assert run.calls["ThumbnailsWithCare"] == 1 + CULPRITS
    assert codes(backend.bodies[0]) == [None] + ["PROCESSING_FAILED"] * 8


def test_an_error_that_is_of_no_single_photo_is_not_repeated_photo_by_photo(
    pipeline: Pipeline, backend: Backend
) -> None:
    pipeline.photos(25)
    pipeline.errors = {"thumbnails": "ClientError"}
    run = pipeline.run(pipeline.take(message(*pipeline.assets)))
    assert run.calls["ThumbnailsOfChunk"] == 2 * 3
    assert "ThumbnailsWithCare" not in run.calls
    assert codes(backend.bodies[0]) == ["PROCESSING_FAILED"] * 25


@pytest.mark.parametrize("error", ["Lambda.ResourceNotReadyException", "Lambda.EniLimitReachedException"])
def test_a_function_that_was_idle_in_its_vpc_is_waited_for_in_every_state(
    pipeline: Pipeline, backend: Backend, error: str
) -> None:
    pipeline.photos(1)
    pipeline.videos(1)
    pipeline.waking = dict.fromkeys(("validate", "thumbnails", "zip", "finalize", "callback_dispatch"), 3)
    pipeline.waking_error = error
    run = pipeline.run(pipeline.take(message(*pipeline.assets)))
    assert run.status == "SUCCEEDED", (run.error, run.cause)
    assert run.calls["FinalizeMetadata"] == 4
    assert codes(backend.bodies[0]) == [None, None]


def test_a_video_that_cannot_be_transcoded_is_lost_alone(pipeline: Pipeline, backend: Backend) -> None:
    pipeline.videos(2)
    pipeline.broken_videos = {"00000.mp4"}
    assert pipeline.run(pipeline.take(message(*pipeline.assets))).status == "SUCCEEDED"
    first, second = backend.bodies[0]["outputs"]
    assert (first["errorCode"], first["errorMessage"]) == ("TRANSCODE_FAILED", "no decoder")
    assert second["errorCode"] is None
    assert [job["status"] for job in backend.bodies[0]["jobs"]] == ["SUCCEEDED", "ERROR", "COMPLETE"]


def test_a_job_that_may_have_been_created_is_asked_for_again_with_the_same_token(pipeline: Pipeline) -> None:
    pipeline.videos(1)
    throttled, uncertain = "MediaConvert.TooManyRequestsException", "MediaConvert.InternalServerErrorException"
    pipeline.mediaconvert_errors = [throttled] * 7 + [uncertain, throttled, uncertain]
    run = pipeline.run(pipeline.take(message(*pipeline.assets)))
    assert run.status == "SUCCEEDED"
    assert (run.calls["TranscodeVideo"], run.calls["TranscodeVideoAgain"]) == (8, 3)


def test_a_video_whose_job_may_exist_is_given_up_before_its_token_is_forgotten(
    pipeline: Pipeline, backend: Backend
) -> None:
    pipeline.videos(2)
    pipeline.mediaconvert_errors = ["MediaConvert.SdkClientException"] * 7
    run = pipeline.run(pipeline.take(message(*pipeline.assets)))
    assert run.calls["TranscodeVideoAgain"] == 6
    assert codes(backend.bodies[0]) == ["TRANSCODE_FAILED", None]


def test_a_batch_without_valid_assets_skips_to_its_end(pipeline: Pipeline, backend: Backend) -> None:
    pipeline.missing(3)
    run = pipeline.run(pipeline.take(message(*pipeline.assets)))
    assert (run.status, run.error) == ("FAILED", "BatchFailed")
    assert "ParallelProcessing" not in run.path
    assert backend.bodies[0]["status"] == "VALIDATION_FAILED"
    assert codes(backend.bodies[0]) == ["NOT_FOUND"] * 3


def test_a_batch_over_its_limit_is_told_so(
    pipeline: Pipeline, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_BATCH_ASSETS", "2")
    from handlers.validate import handler as validate

    validate._limits.cache_clear()
    pipeline.photos(3)
    run = pipeline.run(pipeline.take(message(*pipeline.assets)))
    validate._limits.cache_clear()
    assert run.status == "FAILED"
    assert backend.bodies[0]["status"] == "VALIDATION_FAILED"
    assert backend.bodies[0]["failureReason"] == "the batch has 3 assets, at most 2 are allowed"


@pytest.mark.parametrize("broken", ["validate", "zip"])
def test_a_function_that_dies_fails_its_batch_and_the_backend_hears_of_it(
    pipeline: Pipeline, backend: Backend, broken: str
) -> None:
    pipeline.photos(2)
    pipeline.broken_functions = {broken}
    run = pipeline.run(pipeline.take(message(*pipeline.assets)))
    assert (run.status, run.error) == ("FAILED", "BatchFailed")
    assert backend.bodies[0]["status"] == "PROCESSING_FAILED"
    assert backend.bodies[0]["error"]["code"] == "STEP_FAILED"
    assert len(backend.bodies[0]["outputs"]) == 2


def test_without_finalize_the_execution_fails_for_the_reconciler(pipeline: Pipeline, backend: Backend) -> None:
    pipeline.photos(1)
    pipeline.broken_functions = {"finalize"}
    run = pipeline.run(pipeline.take(message(*pipeline.assets)))
    assert (run.status, run.error) == ("FAILED", "Lambda.Unknown")
    assert backend.bodies == []


def test_a_refused_callback_ends_in_the_dead_letter_queue_and_can_be_redriven(
    pipeline: Pipeline, batch: Batch, backend: Backend
) -> None:
    pipeline.photos(1)
    backend.refuses = True
    run = pipeline.run(pipeline.take(message(*pipeline.assets)))
    assert (run.status, run.error) == ("FAILED", CALLBACK_UNDELIVERED)
    assert run.calls["CallbackBackend"] == 1
    (letter,) = pipeline.dead_letters
    assert letter["MessageAttributes"]["ErrorCode"]["StringValue"] == "CallbackRefused"
    received = DeadLetter("m", "r", 0.0, json.dumps(letter["MessageBody"]), letter["MessageAttributes"])
    assert (received.route, received.reason) == (Route.CALLBACK, "CallbackRefused: HTTP 410 from the backend")
    backend.refuses = False
    dispatch.handler(received.callback_event, LambdaContext())
    assert backend.bodies[0]["batchId"] == batch.batch_id
    assert pipeline.store.find_json(batch.file(ManifestFile.RECEIPT)) is not None


def test_ten_thousand_assets_travel_in_a_small_state(large_pipeline: Pipeline, batch: Batch, backend: Backend) -> None:
    large_pipeline.photos(9_950)
    large_pipeline.videos(40)
    large_pipeline.missing(10)
    large_pipeline.store.put_json("42/raw/batch-7.json", {"assets": large_pipeline.assets})
    body = message(manifestKey="42/raw/batch-7.json")
    del body["assets"]
    run = large_pipeline.run(large_pipeline.take(body))
    assert run.status == "SUCCEEDED", (run.error, run.cause)
    assert run.largest < STATE_LIMIT
    (told,) = backend.bodies
    assert len(told["outputs"]) == 10_000
    assert codes(told).count(None) == 9_990
    assert codes(told).count("NOT_FOUND") == 10
    assert run.calls["ThumbnailsOfChunk"] <= 120
    assert run.calls["TranscodeVideo"] == 40
