"""How long a retrier of the Amazon States Language waits."""

from collections.abc import Mapping
from typing import Any


def longest_pauses(retrier: Mapping[str, Any]) -> float:
    """Seconds that all its pauses make together at most, without jitter ("Handling errors in Step Functions")."""
    first, rate, most = retrier["IntervalSeconds"], retrier["BackoffRate"], retrier["MaxDelaySeconds"]
    return sum(min(first * rate**number, most) for number in range(retrier["MaxAttempts"]))
