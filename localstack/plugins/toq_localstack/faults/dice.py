"""Which calls a fault strikes: a function of seed, site and what the call is about, not of the order of calls.

Of the standard library alone: what strikes inside LocalStack and what strikes in front of the backend throw these dice.
"""

import hashlib
import threading
from collections import Counter
from collections.abc import Mapping


class Dice:
    """Decides by seed; the same question asked again, the second time for the same subject, is a new throw.

    Parameters
    ----------
    rates
        Probability from 0 to 1 by site; a site that is not named never strikes.
    """

    def __init__(self, seed: int, rates: Mapping[str, float]) -> None:
        self._seed = seed
        self._rates = dict(rates)
        self._asked: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def change(self, rates: Mapping[str, float]) -> None:
        """Go on with other rates."""
        with self._lock:
            self._rates = dict(rates)

    def strikes(self, site: str, subject: str) -> bool:
        """Whether the fault of a site strikes what is asked about."""
        with self._lock:
            rate = self._rates.get(site, 0.0)
            if not rate:
                return False
            self._asked[site, subject] += 1
            number = self._asked[site, subject]
        return self._throw(site, subject, str(number)) < rate

    def between(self, low: float, high: float, site: str, subject: str) -> float:
        """A number that goes with a strike, such as how many seconds it takes."""
        return low + (high - low) * self._throw(site, subject, "size")

    def _throw(self, *question: str) -> float:
        text = "\0".join((str(self._seed), *question))
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) / 2**64
