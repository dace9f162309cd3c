"""listing-media-reconcile: batches that the state machine could not bring to their end get there, once."""

import datetime
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from aws_lambda_powertools.utilities.batch.exceptions import BatchProcessingError

from handlers.contract import names
from handlers.contract.batch import Batch
from handlers.contract.callback_body import Execution
from handlers.contract.errors import BatchRefusedError
from handlers.contract.names import ManifestFile, video_failure_file, video_result_file
from handlers.files.transcode import output_keys
from handlers.reconcile import handler as reconcile
from handlers.reconcile.events import EventMalformedError, VideoEnded
from handlers.reconcile.reconciliation import CallbackFailedError, ExecutionRunningError, Reconciliation
from handlers.result.asset_results import load_results, video_results
from handlers.result.batch_result import write_result
from handlers.runtime.store import MediaStore, media_store
from tests.support.builders import BUCKET, EXECUTION_ARN
from tests.support.lambda_context import LambdaContext
from tests.unit.handlers.reconcile.conftest import (
    PHOTO,
    VIDEO,
    CallbackFunction,
    Executions,
    execution_event,
    video_event,
)

BUILD = reconcile._reconciliation  # as it is before the tests put their own in its place


@pytest.fixture(autouse=True)
def _reconciliation(
    store: MediaStore, callback: CallbackFunction, executions: Executions, monkeypatch: pytest.MonkeyPatch
) -> None:
    working: Any = Reconciliation(store, executions, callback, "listing-media-callback-dispatch")  # type: ignore[arg-type]
    monkeypatch.setattr(reconcile, "_reconciliation", lambda: working)


def queued(*events: dict[str, Any]) -> dict[str, Any]:
    """Events as the queue hands them to the function."""
    records = [
        {"messageId": f"m{number}", "body": json.dumps(event), "eventSource": "aws:sqs", "attributes": {}}
        for number, event in enumerate(events)
    ]
    return {"Records": records}


def handled(event: dict[str, Any]) -> bool:
    """Hand over one event; whether anything was to be done. Its own error is raised."""
    answers: list[bool] = []
    work = reconcile.reconcile
    with (
        patch.object(reconcile, "reconcile", lambda given: answers.append(work(given))),
        own_error(),
    ):
        assert reconcile.handler(queued(event), LambdaContext()) == {"batchItemFailures": []}
    return answers[0]


@contextmanager
def own_error() -> Iterator[None]:
    """What the one event failed with, in place of what the batch is said to have failed with."""
    try:
        yield
    except BatchProcessingError as error:
        raise error.child_exceptions[0][1] from None


@pytest.mark.usefixtures("validated")
def test_of_several_events_those_that_fail_are_delivered_again(batch: Batch, callback: CallbackFunction) -> None:
    answer = reconcile.handler(queued({"detail-type": "Unknown Event"}, execution_event(batch)), LambdaContext())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert len(callback.events) == 1


def test_events_that_all_fail_fail_the_function_which_its_alarm_sees() -> None:
    with pytest.raises(BatchProcessingError):
        reconcile.handler(queued({"detail-type": "Unknown Event"}), LambdaContext())


@pytest.mark.usefixtures("validated")
@pytest.mark.parametrize(("status", "code"), [("TIMED_OUT", "TIMED_OUT"), ("ABORTED", "ABORTED")])
def test_an_execution_that_was_cut_off_gets_its_callback(
    batch: Batch, callback: CallbackFunction, status: str, code: str
) -> None:
    assert handled(execution_event(batch, status))
    (event,) = callback.events
    assert event["batch"] == batch.to_state()
    assert (event["status"], event["execution"]) == ("PROCESSING_FAILED", {"arn": EXECUTION_ARN})
    result = callback.result(batch)
    assert (result["error"]["code"], result["jobs"][0]["status"]) == (code, status)
    assert [output["errorCode"] for output in result["outputs"]] == [None, "PROCESSING_FAILED"]


@pytest.mark.usefixtures("validated")
def test_a_failed_execution_says_what_failed(batch: Batch, callback: CallbackFunction) -> None:
    assert handled(execution_event(batch, "FAILED", error="States.Runtime", cause="no $.batch"))
    error = callback.result(batch)["error"]
    assert (error["code"], error["message"]) == ("STEP_FAILED", "no $.batch")


@pytest.mark.usefixtures("validated")
def test_the_same_event_twice_is_one_callback(batch: Batch, callback: CallbackFunction) -> None:
    assert handled(execution_event(batch))
    assert not handled(execution_event(batch))
    assert len(callback.events) == 1


def test_a_batch_that_failed_in_the_usual_way_has_had_its_callback(
    store: MediaStore, batch: Batch, callback: CallbackFunction
) -> None:
    store.put_json(batch.file(ManifestFile.RECEIPT), {"eventId": "x"})
    assert not handled(execution_event(batch, "FAILED", error="BatchFailed"))
    assert callback.events == []


def test_a_callback_in_the_dead_letter_queue_is_left_to_redrive(batch: Batch, callback: CallbackFunction) -> None:
    assert not handled(execution_event(batch, "FAILED", error="CallbackUndelivered"))
    assert callback.events == []


@pytest.mark.usefixtures("validated")
def test_a_result_that_was_there_before_is_told_as_it_was(
    store: MediaStore, batch: Batch, callback: CallbackFunction
) -> None:
    handled(execution_event(batch, "FAILED", error="Lambda.Unknown", cause="killed"))
    first = callback.result(batch)
    store.client.delete_object(Bucket=BUCKET, Key=batch.file(ManifestFile.RECEIPT))
    handled(execution_event(batch, "FAILED", error="States.Runtime", cause="something else"))
    assert callback.result(batch) == first
    assert len(callback.events) == 2


@pytest.mark.usefixtures("validated")
def test_a_batch_without_valid_assets_stays_one_that_failed_validation(
    store: MediaStore, batch: Batch, callback: CallbackFunction
) -> None:
    missing = PHOTO.to_json() | {"error_code": "NOT_FOUND"}
    store.put_json(batch.file(ManifestFile.ASSETS), {"assets": [missing], "chunked": []})
    store.put_json(batch.file(ManifestFile.RESULT), {"eventId": "e", "error": {"details": {}, "message": "none"}})
    handled(execution_event(batch, "ABORTED"))
    assert callback.events[0]["status"] == "VALIDATION_FAILED"


@pytest.mark.usefixtures("validated")
def test_a_callback_that_fails_is_tried_again_with_the_event(batch: Batch, callback: CallbackFunction) -> None:
    callback.error = {"errorType": "CallbackUnavailable", "errorMessage": "HTTP 503"}
    with pytest.raises(CallbackFailedError, match="CallbackUnavailable"):
        handled(execution_event(batch))
    callback.error = None
    assert handled(execution_event(batch))


def test_an_execution_by_hand_with_assets_in_its_input_is_found(batch: Batch, callback: CallbackFunction) -> None:
    given = {"batchId": 7, "listingId": 42, "assets": [{"key": PHOTO.key}]}
    assert handled(execution_event(batch, input=json.dumps(given)))
    assert callback.events[0]["batch"]["manifestPrefix"] == batch.manifest_prefix


@pytest.mark.parametrize("text", [None, "", "{broken"])
def test_an_event_without_the_input_cannot_be_worked_on(batch: Batch, text: str | None) -> None:
    with pytest.raises(EventMalformedError, match="no readable input"):
        handled(execution_event(batch, input=text))


def test_an_execution_that_is_about_no_batch_cannot_be_worked_on(batch: Batch) -> None:
    with pytest.raises(BatchRefusedError):
        handled(execution_event(batch, input="{}"))


def test_an_unknown_event_is_refused() -> None:
    with pytest.raises(EventMalformedError, match="Unknown"):
        handled({"detail-type": "Unknown Event", "detail": {}})


@pytest.mark.usefixtures("validated")
def test_a_video_that_ends_after_its_execution_changes_the_result(
    store: MediaStore, batch: Batch, callback: CallbackFunction
) -> None:
    handled(execution_event(batch))
    before = callback.result(batch)
    write_outputs(store)
    assert handled(video_event(batch))
    after = callback.result(batch)
    assert before["outputs"][1]["errorCode"] == "PROCESSING_FAILED"
    assert after["outputs"][1]["errorCode"] is None
    assert (after["outputs"][1]["width"], after["outputs"][1]["bytes"]) == (1280, 4)
    assert (after["status"], after["error"]) == (before["status"], before["error"])
    assert after["jobs"][1]["externalJobId"] == "job-1"
    assert after["eventId"] != before["eventId"]
    assert len(callback.events) == 2


@pytest.mark.usefixtures("validated")
def test_the_same_video_event_twice_is_one_callback(batch: Batch, callback: CallbackFunction) -> None:
    assert handled(video_event(batch))
    assert not handled(video_event(batch))
    assert len(callback.events) == 1


@pytest.mark.usefixtures("validated")
def test_news_of_a_video_that_did_not_reach_the_backend_is_sent_with_the_repeated_event(
    store: MediaStore, batch: Batch, callback: CallbackFunction
) -> None:
    handled(execution_event(batch))
    write_outputs(store)
    callback.error = {"errorType": "CallbackUnavailable", "errorMessage": "HTTP 503"}
    with pytest.raises(CallbackFailedError):
        handled(video_event(batch))
    callback.error = None
    assert handled(video_event(batch))
    receipt = store.get_json(batch.file(ManifestFile.RECEIPT))
    assert receipt["eventId"] == callback.result(batch)["eventId"]
    assert callback.result(batch)["outputs"][1]["errorCode"] is None
    assert not handled(video_event(batch))


@pytest.mark.usefixtures("validated")
def test_a_video_that_fails_late_is_recorded_with_its_reason(
    store: MediaStore, batch: Batch, callback: CallbackFunction
) -> None:
    assert handled(video_event(batch, "ERROR"))
    output = callback.result(batch)["outputs"][1]
    assert (output["errorCode"], output["errorMessage"]) == ("TRANSCODE_FAILED", "no decoder for this video")
    assert store.get_json(batch.file(video_failure_file(1)))["status"] == "ERROR"


@pytest.mark.usefixtures("validated")
def test_a_video_that_the_machine_gave_up_may_still_be_done(
    store: MediaStore, batch: Batch, callback: CallbackFunction, executions: Executions
) -> None:
    give_up(store, batch)
    write_outputs(store)
    executions.answer["status"] = "SUCCEEDED"
    assert handled(video_event(batch))
    result = callback.result(batch)
    assert (result["status"], result["outputs"][1]["errorCode"]) == ("SUCCEEDED", None)
    assert not handled(video_event(batch, "ERROR"))


def give_up(store: MediaStore, batch: Batch) -> None:
    """Write what the state machine writes when a video's task has timed out."""
    gone = {"index": 1, "status": "ERROR", "error": {"Error": "States.Timeout", "Cause": ""}}
    store.put_json(batch.file(video_failure_file(1)), gone)


def test_while_the_execution_runs_a_failure_is_left_to_the_machine(
    store: MediaStore, batch: Batch, executions: Executions
) -> None:
    executions.answer["status"] = "RUNNING"
    assert not handled(video_event(batch, "ERROR"))
    assert store.list_keys(batch.file("videos/")) == []


@pytest.mark.usefixtures("validated")
def test_a_video_that_completes_after_its_task_timed_out_is_in_the_result_of_the_running_execution(
    store: MediaStore,
    batch: Batch,
    callback: CallbackFunction,
    executions: Executions,
    log_lines: Callable[[], list[dict[str, Any]]],
) -> None:
    give_up(store, batch)
    write_outputs(store)
    executions.answer["status"] = "RUNNING"
    assert handled(video_event(batch))
    assert callback.events == []
    video = load_results(store, batch)[1]
    assert (video.error_code, video.width) == (None, 1280)
    assert any(line.get("LateVideos") == [1.0] for line in log_lines())


@pytest.mark.usefixtures("validated")
def test_a_video_that_completes_while_its_task_times_out_is_not_undone_by_the_failure(
    store: MediaStore, batch: Batch, executions: Executions
) -> None:
    executions.answer["status"] = "RUNNING"
    assert handled(video_event(batch))
    give_up(store, batch)
    assert video_results(store, batch)[1]["status"] == "COMPLETE"


@pytest.mark.usefixtures("validated")
def test_what_the_machine_wrote_of_a_finished_video_stays(
    store: MediaStore, batch: Batch, callback: CallbackFunction, executions: Executions
) -> None:
    written = {"index": 1, "status": "COMPLETE", "job": {"Id": "job-1"}}
    store.put_json(batch.file(video_result_file(1)), written)
    for status in ("RUNNING", "SUCCEEDED"):
        executions.answer["status"] = status
        assert not handled(video_event(batch))
    assert store.get_json(batch.file(video_result_file(1))) == written
    assert callback.events == []


@pytest.mark.usefixtures("validated")
def test_a_video_that_the_running_execution_has_left_out_of_its_result_gets_a_second_callback_after_its_end(
    store: MediaStore, batch: Batch, callback: CallbackFunction, executions: Executions
) -> None:
    give_up(store, batch)
    executions.answer["status"] = "RUNNING"
    failed = finalized(store, batch)
    write_outputs(store)
    with pytest.raises(ExecutionRunningError, match="has not ended"):
        handled(video_event(batch))
    assert callback.events == []
    executions.answer["status"] = "SUCCEEDED"
    assert handled(video_event(batch))
    assert len(callback.events) == 1
    result = callback.result(batch)
    assert (failed["outputs"][1]["errorCode"], result["outputs"][1]["errorCode"]) == ("TRANSCODE_FAILED", None)
    assert not handled(video_event(batch))


@pytest.mark.usefixtures("validated")
def test_a_video_that_ends_between_finalize_s_reading_and_its_writing_is_in_the_result(
    store: MediaStore, batch: Batch, executions: Executions, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_up(store, batch)
    write_outputs(store)
    executions.answer["status"] = "RUNNING"
    put_json = store.put_json

    def put_after_the_video(key: str, value: Any) -> None:
        monkeypatch.undo()
        assert handled_by(store, executions, video_event(batch))
        put_json(key, value)

    monkeypatch.setattr(store, "put_json", put_after_the_video)
    assert finalized(store, batch)["outputs"][1]["errorCode"] is None


def handled_by(store: MediaStore, executions: Executions, event: dict[str, Any]) -> bool:
    """Handle a video's event without the handler, whose clients a test has taken away."""
    video = VideoEnded.from_detail(event["detail"])
    assert video
    functions: Any = None
    clients: Any = executions
    return Reconciliation(store, clients, functions, "unused").end_video(video)


def finalized(store: MediaStore, batch: Batch) -> dict[str, Any]:
    """The result as finalize writes it while the execution runs."""
    now = datetime.datetime.now(datetime.UTC)
    written = write_result(store, batch, Execution(EXECUTION_ARN, "2026-03-01T10:00:00Z"), None, now)
    return dict(store.get_json(written.result_key))


def write_outputs(store: MediaStore) -> None:
    for key in output_keys(VIDEO.raw).values():
        store.client.put_object(Bucket=BUCKET, Key=key, Body=b"done")


@pytest.mark.parametrize("metadata", [{"assetIndex": "x"}, {"assetIndex": None}])
def test_a_job_of_somebody_else_is_left_alone(
    batch: Batch, callback: CallbackFunction, metadata: dict[str, Any]
) -> None:
    event = video_event(batch, **metadata)
    if metadata["assetIndex"] is None:
        del event["detail"]["userMetadata"]
    assert not handled(event)
    assert callback.events == []


def test_a_job_that_points_to_another_batch_is_refused(batch: Batch) -> None:
    with pytest.raises(EventMalformedError, match="manifestPrefix"):
        handled(video_event(batch, manifestPrefix="43/processed/manifest/2026-03-01/batch-9-0/"))


@pytest.mark.usefixtures("validated")
def test_what_was_reconciled_is_logged_and_counted(batch: Batch, log_lines: Callable[[], list[dict[str, Any]]]) -> None:
    handled(execution_event(batch))
    handled(video_event(batch, "ERROR"))
    lines = log_lines()
    assert any(line.get("BatchesReconciled") == [1.0] for line in lines)
    assert any(line.get("LateVideos") == [1.0] for line in lines)
    told = next(line for line in lines if line.get("message") == "batch reconciled")
    assert (told["batchId"], told["executionArn"]) == (7, EXECUTION_ARN)


def test_the_function_builds_its_clients_from_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(names.CALLBACK_FUNCTION_NAME, "listing-media-callback-dispatch")
    assert isinstance(BUILD(), Reconciliation)
    assert BUILD() is BUILD()
    for cache in (BUILD, media_store):
        cache.cache_clear()
