"""Moments and dates as the contract writes them: ISO 8601, UTC."""

import datetime


def iso(moment: datetime.datetime | float | str | None) -> str | None:
    """A moment in ISO 8601, UTC; numbers are seconds since 1970, as Step Functions renders the API's times, or ms."""
    if moment is None or isinstance(moment, str):
        return moment
    if isinstance(moment, int | float):
        seconds = moment / 1000 if moment > 1e11 else moment
        moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def date_of(moment: datetime.datetime) -> str:
    """``YYYY-MM-DD`` of a moment, in UTC."""
    return moment.astimezone(datetime.UTC).date().isoformat()
