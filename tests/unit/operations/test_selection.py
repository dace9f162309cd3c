"""Of many messages, those are worked on that were asked for."""

import argparse
import time

import pytest

from operations.selection import Selection, moment

LETTER = {"moment": 1_000.0, "reason": "CallbackRefused: HTTP 410", "batch_id": "7"}


@pytest.mark.parametrize(
    ("selection", "taken"),
    [
        (Selection(), True),
        (Selection(since=1_000.0), True),
        (Selection(since=1_000.5), False),
        (Selection(reason="http 410"), True),
        (Selection(reason="HTTP 411"), False),
        (Selection(batch_id="7"), True),
        (Selection(batch_id="77"), False),
        (Selection(since=1.0, reason="refused", batch_id="8"), False),
    ],
)
def test_each_condition_has_to_hold(selection: Selection, taken: bool) -> None:
    assert selection.takes(**LETTER) is taken  # type: ignore[arg-type]


@pytest.mark.parametrize(("text", "seconds"), [("90m", 5_400), ("12h", 43_200), ("3d", 259_200)])
def test_a_span_ends_now(text: str, seconds: int) -> None:
    assert moment(text) == pytest.approx(time.time() - seconds, abs=60)


@pytest.mark.parametrize("text", ["1970-01-01T00:16:40Z", "1969-12-31T21:16:40-03:00"])
def test_a_time_has_its_zone(text: str) -> None:
    assert moment(text) == 1_000.0


@pytest.mark.parametrize("text", ["", "yesterday", "3", "3w", "-3d", "\uff12d", "2026-11-25T08:00", "2026-11-25"])
def test_anything_else_is_refused_with_both_forms(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="neither 90m, 12h or 3d nor a time with its zone"):
        moment(text)
