"""Token buckets, by which AWS throttles actions ("Step Functions service quotas")."""


class Bucket:
    """Tokens that come back at a steady rate; who finds too few waits for its turn.

    Parameters
    ----------
    size
        Tokens of the full bucket, which it is at first.
    refill
        Tokens a second.
    """

    def __init__(self, size: float, refill: float) -> None:
        self._size = size
        self._refill = refill
        self._tokens = size
        self._seen = 0.0

    def take(self, now: float, tokens: float) -> float:
        """The moment from which so many tokens are there, for the one that asks now, after all that asked before."""
        self._tokens = min(self._size, self._tokens + (now - self._seen) * self._refill) - tokens
        self._seen = now
        return now + max(0.0, -self._tokens) / self._refill
