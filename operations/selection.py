"""Which of many messages or batches a command works on: those since a moment, with a reason, of a batch."""

import argparse
import re
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

_SPAN: Final = re.compile(r"(\d{1,6})([mhd])", re.ASCII)
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Selection:
    """What is worked on; everything when nothing is said.

    Parameters
    ----------
    since
        Seconds since 1970; what is older is left.
    reason
        Letters of any case that stand somewhere in the reason.
    batch_id
        One batch.
    """

    since: float = 0
    reason: str = ""
    batch_id: str | None = None

    def takes(self, *, moment: float, reason: str, batch_id: str) -> bool:
        """Whether something of this moment, reason and batch is worked on."""
        return (
            moment >= self.since
            and self.reason.casefold() in reason.casefold()
            and (self.batch_id is None or self.batch_id == batch_id)
        )

    @classmethod
    def add_options(cls, parser: argparse.ArgumentParser) -> None:
        """Options that `from_options` reads."""
        parser.add_argument(
            "--since", type=moment, default=0.0, help="only what is as new: 90m, 12h, 3d, or 2026-11-25T08:00Z"
        )
        parser.add_argument("--reason", default="", help="only what has these letters in its reason, of any case")

    @classmethod
    def from_options(cls, options: argparse.Namespace) -> Self:
        """Of a command line."""
        return cls(options.since, options.reason, options.batch)


def moment(text: str) -> float:
    """Seconds since 1970 of a span before now (``90m``, ``12h``, ``3d``) or of an ISO 8601 time with its zone.

    Raises
    ------
    argparse.ArgumentTypeError
        It is neither; the message has both forms.
    """
    if span := _SPAN.fullmatch(text):
        return time.time() - timedelta(**{_UNITS[span[2]]: int(span[1])}).total_seconds()
    try:
        stated = datetime.fromisoformat(text)
    except ValueError:
        stated = None
    if stated is None or stated.tzinfo is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither 90m, 12h or 3d nor a time with its zone, 2026-11-25T08:00Z"
        )
    return stated.timestamp()
