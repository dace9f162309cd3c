"""The largest batch with everything going wrong stays within what a history takes."""

import json
from typing import Any

import pytest

from handlers.contract.names import State
from handlers.validate.fan_out import MAX_CHUNKS
from handlers.validate.limits import Limits
from modules.environments import config
from modules.workflow import state_machine
from modules.workflow.video_budget import VIDEO_CONCURRENCY
from tests.support.workflow.history_events import QUOTA, attempts, most_events

MOST = 20_000  # a fifth stays free for what the counting may not know


@pytest.fixture(scope="module")
def machine() -> dict[str, Any]:
    return dict(json.loads(json.dumps(state_machine.readable(config.load("prod")))))


def test_the_worst_case_of_every_limit_stays_below_the_quota(machine: dict[str, Any]) -> None:
    # Every chunk and every video uses up every retrier of every state, and so does what comes before and after them.
    items = {State.IMAGE_THUMBNAILS: MAX_CHUNKS, State.VIDEO_TRANSCODE: VIDEO_CONCURRENCY}
    assert Limits().batch_videos <= VIDEO_CONCURRENCY
    assert most_events(machine, items) < MOST < QUOTA


def test_events_are_counted_by_the_costliest_way() -> None:
    retry = [{"ErrorEquals": ["A"], "MaxAttempts": 2}, {"ErrorEquals": ["B"]}]
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Retry": retry}
    machine = {
        "StartAt": "Each",
        "States": {
            "Each": {"Type": "Map", "ItemProcessor": {"StartAt": "Call", "States": {"Call": task}}, "Next": "Which"},
            "Which": {"Type": "Choice", "Choices": [{"Next": "Long"}], "Default": "End"},
            "Long": {"Type": "Pass", "Next": "End"},
            "End": {"Type": "Succeed"},
        },
    }
    assert attempts(task) == 1 + 2 + 3
    assert most_events(machine, {"Each": 10}) == 2 + (4 + 10 * (2 + 2 + 6 * 3)) + 2 + 2 + 2
