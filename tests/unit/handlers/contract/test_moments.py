"""Moments and dates in one form."""

import datetime
from typing import Any

import pytest

from handlers.contract.moments import date_of, iso

NOW = datetime.datetime(2026, 3, 1, 10, 1, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (None, None),
        ("2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z"),
        (1772359200, "2026-03-01T10:00:00.000Z"),
        (1772359200123, "2026-03-01T10:00:00.123Z"),
        (NOW, "2026-03-01T10:01:00.000Z"),
    ],
)
def test_moments_are_told_in_one_form(moment: Any, text: str | None) -> None:
    assert iso(moment) == text


def test_dates_are_those_of_utc() -> None:
    sao_paulo = datetime.timezone(datetime.timedelta(hours=-3))
    assert date_of(datetime.datetime(2026, 3, 1, 23, 30, tzinfo=sao_paulo)) == "2026-03-02"
