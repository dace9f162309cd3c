"""What a check is, and what becomes of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from operations.acceptance.run import Run


class Result(StrEnum):
    """How a check ended."""

    OK = "ok"
    FAILED = "failed"
    ONLY_AWS = "only AWS"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a check saw, in a few words, and whether that is what it expects."""

    good: bool
    text: str


@dataclass(frozen=True, slots=True)
class Check:
    """One promise and the way to look at it.

    Parameters
    ----------
    name
        What docs/decisions.md and reports call it.
    expects
        The promise, in a few words.
    look
        Looks from outside; what it raises fails the check.
    only_aws
        Why the local platform cannot show it, where it cannot: it is then not made there, and the report says so.
    aws_shows
        What an account shows by it beyond what the local platform does.
    """

    name: str
    expects: str
    look: Callable[[Run], Seen]
    only_aws: str = ""
    aws_shows: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A check with its result and what it saw; of one that was not made, why."""

    check: Check
    result: Result
    seen: str


def judge(checks: Sequence[Check], run: Run) -> Iterator[Finding]:
    """Make each check; one that breaks has failed, with its error as what it saw."""
    for check in checks:
        if check.only_aws and run.account.local:
            yield Finding(check, Result.ONLY_AWS, check.only_aws)
            continue
        try:
            seen = check.look(run)
        except Exception as error:  # noqa: BLE001 - whatever breaks a check is what the check has to tell
            yield Finding(check, Result.FAILED, f"{type(error).__name__}: {error}")
            continue
        yield Finding(check, Result.OK if seen.good else Result.FAILED, seen.text)


def all_of(wrong: Sequence[str], right: str) -> Seen:
    """Good when nothing is wrong; else the first things that are."""
    more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    return Seen(not wrong, "; ".join(wrong[:3]) + more if wrong else right)
