"""The AWS clients of the functions: one place that says how long a request may take, its repetitions included.

botocore waits 60 seconds for an answer and tries three times where nobody says otherwise (its reference, "Config"). In
a function of 10 seconds one connection that hangs would end in Lambda killing the function: no error in the log, no
partial batch response. So every request has to have failed before that.
"""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from handlers.contract import names

if TYPE_CHECKING:
    from botocore.config import Config

# Full-object checksums of multipart uploads and the choice of when to compute checksums came with 1.36.0, conditional
# writes before (Amazon S3 User Guide, "Checking object integrity in Amazon S3"; tests/support/boto3_floor.json).
OLDEST_BOTOCORE: Final = (1, 36)
_SHARE: Final = 0.9  # of the function's time that one request may take; the rest is for saying so
_LONGEST_READ: Final = 60.0  # seconds; a copy inside S3 answers with white space before that
_UNKNOWN_SECONDS: Final = 60  # of a function that runs elsewhere than on Lambda: benchmarks and tests


class RuntimeTooOldError(Exception):
    """The boto3 of the Lambda runtime lacks what the functions ask of S3."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one request is waited for.

    Parameters
    ----------
    connect_seconds, read_seconds
        For a connection, and for each next byte of the answer.
    tries
        Of a request, the first one included.
    """

    connect_seconds: float
    read_seconds: float
    tries: int

    @classmethod
    def within(cls, seconds: float) -> Self:
        """The patience of a function that has so many seconds."""
        tries = 5 if seconds >= 60 else 2
        connect = min(5.0, seconds / 10)
        read = (seconds * _SHARE - _pauses(tries)) / tries - connect
        return cls(connect, min(_LONGEST_READ, read), tries)

    @classmethod
    def once(cls, seconds: float) -> Self:
        """For a request that must not be repeated, and whose answer takes as long as the work that it asks for."""
        connect = min(5.0, seconds / 10)
        return cls(connect, seconds * _SHARE - connect, 1)

    @property
    def worst_seconds(self) -> float:
        """Seconds after which the last try has failed."""
        return self.tries * (self.connect_seconds + self.read_seconds) + _pauses(self.tries)

    def config(self) -> "Config":
        """For boto3.

        Raises
        ------
        RuntimeTooOldError
            Better than a parameter that is refused in the middle of a batch.
        """
        from botocore.config import Config

        _check_runtime()
        return Config(
            connect_timeout=self.connect_seconds,
            read_timeout=self.read_seconds,
            retries={"mode": "standard", "total_max_attempts": self.tries},
        )


def _check_runtime() -> None:
    import botocore

    if tuple(int(part) for part in botocore.__version__.split(".")[:2]) < OLDEST_BOTOCORE:
        oldest = ".".join(map(str, OLDEST_BOTOCORE))
        raise RuntimeTooOldError(
            f"the runtime's botocore is {botocore.__version__}, at least {oldest} is needed: "
            "unpin the function's runtime version, or put boto3 into the layer"
        )


def _pauses(tries: int) -> float:
    """Seconds between all tries at most: 1, 2, 4, ... up to 20 (AWS SDKs and Tools, "Retry behavior", standard)."""
    return float(sum(min(20, 2**number) for number in range(tries - 1)))


def function_seconds() -> float:
    """Seconds that an invocation of this function may take."""
    return float(os.environ.get(names.FUNCTION_SECONDS, _UNKNOWN_SECONDS))


def client_config() -> "Config":
    """Configuration of this function's clients."""
    return Patience.within(function_seconds()).config()


def waiting_config() -> "Config":
    """Configuration of a client that invokes a function and waits for it; a repetition would do the work twice."""
    return Patience.once(function_seconds()).config()
