"""The worst batch of videos that validate accepts is transcoded, zipped and called back within the execution's hour."""

import json
from typing import Any

import pytest

from handlers.validate.limits import Limits
from modules.environments import config
from modules.workflow import state_machine
from modules.workflow.video_budget import (
    EXECUTION_SECONDS,
    QUEUE_WAIT_SECONDS,
    VIDEO_CONCURRENCY,
    VIDEO_TIMEOUT_SECONDS,
    fits,
    transcoding_seconds,
)
from tests.support.workflow.pauses import longest_pauses


def videos(environment: str) -> dict[str, Any]:
    """The map over videos."""
    machine = json.loads(json.dumps(state_machine.readable(config.load(environment))))
    found: dict[str, Any] = machine["States"]["ParallelProcessing"]["Branches"][1]["States"]["VideoTranscode"]
    return found


def branch_seconds(processor: dict[str, Any]) -> float:
    """The longest that a video may take: the job's time limit, and all pauses between the tries of its states."""
    names = ("ReadJobRequest", "TranscodeVideo", "TranscodeVideoAgain", "RecordFailedVideo")
    states = [processor["States"][name] for name in names]
    return VIDEO_TIMEOUT_SECONDS + sum(longest_pauses(each) for state in states for each in state["Retry"])


@pytest.mark.parametrize("environment", config.names())
def test_slow_videos_leave_time_for_the_zip_and_the_callback(environment: str) -> None:
    sizes = config.load(environment).functions
    others = sum(sizes[each].timeout_seconds + 10 for each in ("validate", "zip", "finalize", "callback_dispatch"))
    mapped = videos(environment)
    assert mapped["ItemProcessor"]["States"]["TranscodeVideo"]["TimeoutSeconds"] == VIDEO_TIMEOUT_SECONDS
    assert others + branch_seconds(mapped["ItemProcessor"]) <= EXECUTION_SECONDS


def test_every_video_of_a_batch_starts_at_once() -> None:
    # Otherwise the last ones' time would begin when the first ones' has ended.
    assert videos("prod")["MaxConcurrency"] == VIDEO_CONCURRENCY == 40
    assert Limits().batch_videos <= VIDEO_CONCURRENCY


def test_the_largest_batch_that_validate_accepts_is_transcoded_in_time() -> None:
    limits = Limits()
    assert fits(limits.batch_video_seconds, limits.video_seconds)
    assert not fits(limits.batch_video_seconds + 60, limits.video_seconds)
    assert not fits(limits.batch_video_seconds, limits.video_seconds + 60)


def test_one_long_video_takes_as_long_as_itself_and_many_short_ones_share_the_places() -> None:
    assert transcoding_seconds(600, 1_200) == QUEUE_WAIT_SECONDS + 600
    assert transcoding_seconds(2_000, 100) == QUEUE_WAIT_SECONDS + 100 + 95


def test_a_video_that_does_not_make_it_is_recorded_and_the_others_go_on() -> None:
    for name in ("TranscodeVideo", "TranscodeVideoAgain"):
        caught = videos("prod")["ItemProcessor"]["States"][name]["Catch"][-1]
        assert (caught["ErrorEquals"], caught["Next"]) == (["States.ALL"], "RecordFailedVideo")
