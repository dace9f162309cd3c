"""The state machine as Amazon States Language and as the requirements describe it (section 1.4)."""

import json
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest

from handlers.contract.names import State
from modules.environments import config
from modules.workflow import state_machine
from tests.support.workflow.pauses import longest_pauses

REQUIRED = [
    State.VALIDATE_RAW_ASSETS,
    State.PARALLEL_PROCESSING,
    State.ZIP_BUNDLE,
    State.FINALIZE_METADATA,
    State.CALLBACK_BACKEND,
]


def plain(environment: str) -> dict[str, Any]:
    """The machine as JSON has it."""
    return dict(json.loads(json.dumps(state_machine.readable(config.load(environment)))))


@pytest.fixture(scope="module")
def machine() -> dict[str, Any]:
    return plain("prod")


def every_state(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """All states at every depth, with their names."""
    for name, state in machine["States"].items():
        yield name, state
        for inner in [*state.get("Branches", []), *([state["ItemProcessor"]] if "ItemProcessor" in state else [])]:
            yield from every_state(inner)


def path(machine: dict[str, Any]) -> list[str]:
    """Required states in the order of a batch without faults."""
    order, name = [], machine["StartAt"]
    while name:
        order.append(name)
        state = machine["States"][name]
        name = state.get("Next") or state.get("Default", "")
    return [name for name in order if name in list(State)]


def test_it_is_valid_amazon_states_language(machine: dict[str, Any]) -> None:
    from statelint.linter import Linter  # type: ignore[import-untyped]

    assert Linter.validate(machine) == []


def test_states_follow_each_other_as_required(machine: dict[str, Any]) -> None:
    assert path(machine) == REQUIRED
    branches = [branch["StartAt"] for branch in machine["States"][State.PARALLEL_PROCESSING]["Branches"]]
    assert branches == [State.IMAGE_THUMBNAILS, State.VIDEO_TRANSCODE]


def test_an_execution_takes_an_hour_at_most(machine: dict[str, Any]) -> None:
    assert machine["TimeoutSeconds"] == 3600


def test_every_failure_of_processing_still_concludes_the_batch(machine: dict[str, Any]) -> None:
    for name in (State.VALIDATE_RAW_ASSETS, State.PARALLEL_PROCESSING, State.ZIP_BUNDLE):
        [catch] = machine["States"][name]["Catch"]
        expected = {"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": State.FINALIZE_METADATA}
        assert catch == expected


def test_one_asset_never_fails_the_others(machine: dict[str, Any]) -> None:
    for branch in machine["States"][State.PARALLEL_PROCESSING]["Branches"]:
        for name, state in every_state(branch):
            if state["Type"] == "Task":
                assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"], name


def test_every_task_has_a_time_limit_or_is_a_single_request(machine: dict[str, Any]) -> None:
    for name, state in every_state(machine):
        if state["Type"] == "Task" and ("lambda:invoke" in state["Resource"] or state["Resource"].endswith(".sync")):
            assert state["TimeoutSeconds"] > 0, name


def test_every_retry_has_full_jitter_a_limit_and_an_end(machine: dict[str, Any]) -> None:
    for name, state in every_state(machine):
        for retry in state.get("Retry", []):
            if retry["MaxAttempts"]:
                assert retry["JitterStrategy"] == "FULL", name
                assert retry["MaxDelaySeconds"] <= 300, name
                assert 1 < retry["MaxAttempts"] <= 12, name


def test_a_throttled_task_waits_its_turn_instead_of_losing_media(machine: dict[str, Any]) -> None:
    # Bursts of batches share the functions' reserved concurrency; a ZIP alone may hold its share for 15 minutes.
    for name, state in every_state(machine):
        if state.get("Resource", "").endswith(":lambda:invoke") and name != State.CALLBACK_BACKEND:
            [throttled] = [each for each in state["Retry"] if "TooManyRequests" in str(each["ErrorEquals"])]
            assert longest_pauses(throttled) / 2 > 900, name  # full jitter halves them


@pytest.mark.parametrize(
    "error",
    [
        "ResourceNotReadyException",
        "EC2ThrottledException",
        "EC2UnexpectedException",
        "ENILimitReachedException",
        "ENINotReadyException",
        "SubnetIPAddressLimitReachedException",
    ],
)
def test_a_function_whose_network_is_not_there_yet_is_waited_for(machine: dict[str, Any], error: str) -> None:
    operation = botocore.session.get_session().get_service_model("lambda").operation_model("Invoke")
    assert error in {shape.name for shape in operation.error_shapes}, "the API's own name"
    for name, state in every_state(machine):
        if state.get("Resource", "").endswith(":lambda:invoke") and name != State.CALLBACK_BACKEND:
            [waiting] = [each for each in state["Retry"] if f"Lambda.{error}" in each["ErrorEquals"]]
            assert longest_pauses(waiting) / 2 > 120, name


def test_a_busy_mediaconvert_is_asked_again(machine: dict[str, Any]) -> None:
    operation = botocore.session.get_session().get_service_model("mediaconvert").operation_model("CreateJob")
    names = {shape.name for shape in operation.error_shapes}
    [waiting] = dict(every_state(machine))["TranscodeVideo"]["Retry"]
    [again] = dict(every_state(machine))["TranscodeVideoAgain"]["Retry"]
    for error in ("TooManyRequestsException", "ServiceQuotaExceededException"):
        assert error in names
        assert f"MediaConvert.{error}" in waiting["ErrorEquals"]
    assert "InternalServerErrorException" in names
    assert "MediaConvert.InternalServerErrorException" in again["ErrorEquals"]
    unmodelled = {"MediaConvert.AWSMediaConvertException", "MediaConvert.MediaConvertException"}
    assert unmodelled < set(again["ErrorEquals"]), "502 to 504"
    assert longest_pauses(waiting) / 2 > 60


def test_only_a_dead_function_has_its_chunk_taken_with_care(machine: dict[str, Any]) -> None:
    dead, other = dict(every_state(machine))["ThumbnailsOfChunk"]["Catch"]
    assert dead["Next"] == "ThumbnailsWithCare"
    assert {"Lambda.Unknown", "Sandbox.Timedout", "Runtime.OutOfMemory", "States.Timeout"} < set(dead["ErrorEquals"])
    assert "States.TaskFailed" not in dead["ErrorEquals"]
    assert (other["ErrorEquals"], other["Next"]) == (["States.ALL"], "ChunkWithoutResult")


def test_only_a_job_that_was_certainly_not_created_is_asked_for_again_after_a_while(machine: dict[str, Any]) -> None:
    first = dict(every_state(machine))["TranscodeVideo"]
    repeated = {error for retry in first["Retry"] for error in retry["ErrorEquals"]}
    assert repeated == {"MediaConvert.TooManyRequestsException", "MediaConvert.ServiceQuotaExceededException"}
    uncertain = first["Catch"][0]
    assert uncertain["Next"] == "TranscodeVideoAgain"
    assert set(uncertain["ErrorEquals"]) == {
        "MediaConvert.InternalServerErrorException",
        "MediaConvert.AWSMediaConvertException",
        "MediaConvert.MediaConvertException",
        "MediaConvert.SdkClientException",
    }


def test_a_job_that_may_exist_is_asked_for_again_only_while_its_token_is_known(machine: dict[str, Any]) -> None:
    """One minute ("Preventing duplicate jobs"); half of it is left for the requests themselves."""
    states = dict(every_state(machine))
    first, again = states["TranscodeVideo"], states["TranscodeVideoAgain"]
    assert again["Parameters"] == first["Parameters"]
    # One retrier: each has a count of its own, and the pauses of two would add up.
    [retry] = again["Retry"]
    assert set(retry["ErrorEquals"]) >= {*first["Catch"][0]["ErrorEquals"], *first["Retry"][0]["ErrorEquals"]}
    assert longest_pauses(retry) <= 31


def test_a_refused_callback_is_not_repeated(machine: dict[str, Any]) -> None:
    first = machine["States"][State.CALLBACK_BACKEND]["Retry"][0]
    assert first == {"ErrorEquals": ["CallbackRefused"], "MaxAttempts": 0}


def test_an_undelivered_callback_is_kept_with_its_reason(machine: dict[str, Any]) -> None:
    [catch] = machine["States"][State.CALLBACK_BACKEND]["Catch"]
    kept = machine["States"][catch["Next"]]
    assert kept["Resource"] == "arn:aws:states:::sqs:sendMessage"
    assert set(kept["Parameters"]["MessageAttributes"]) >= {"ErrorCode", "ErrorReason", "BatchId", "ListingId"}
    assert machine["States"][kept["Next"]]["Type"] == "Fail"


def test_a_failed_batch_fails_its_execution_after_the_callback(machine: dict[str, Any]) -> None:
    outcome = machine["States"][machine["States"][State.CALLBACK_BACKEND]["Next"]]
    succeeded = outcome["Choices"][0]
    assert succeeded["StringEquals"] == "SUCCEEDED"
    assert machine["States"][succeeded["Next"]]["Type"] == "Succeed"
    assert machine["States"][outcome["Default"]]["Type"] == "Fail"


def test_what_grows_with_a_batch_stays_out_of_the_state(machine: dict[str, Any]) -> None:
    # Whatever the maps give back is dropped, and what an iteration gives back has a constant size.
    for branch in machine["States"][State.PARALLEL_PROCESSING]["Branches"]:
        [mapped] = branch["States"].values()
        assert mapped["ResultPath"] is None
        for name, state in every_state(mapped["ItemProcessor"]):
            if state.get("End"):
                assert state.keys() & {"OutputPath", "ResultSelector", "Result"}, name
    assert machine["States"][State.PARALLEL_PROCESSING]["ResultPath"] is None
    assert machine["States"][State.ZIP_BUNDLE]["ResultPath"] is None


def test_transcoding_uses_template_queue_and_role(machine: dict[str, Any]) -> None:
    transcode = dict(every_state(machine))["TranscodeVideo"]
    assert transcode["Resource"] == "arn:aws:states:::mediaconvert:createJob.sync"
    parameters = transcode["Parameters"]
    assert parameters["JobTemplate"] == "toq-media-video-preset"
    assert parameters["Queue"].endswith("queues/toq-media-queue")
    assert parameters["Role"].endswith("role/MediaConvert_Default_Role")


def test_the_machine_has_the_same_states_in_every_environment() -> None:
    shapes = set()
    for name in config.names():
        machine = plain(name)
        shapes.add(tuple(state for state, _ in every_state(machine)))
    assert len(shapes) == 1
