"""What is wrong with AWS at the moment: one board for this LocalStack, and the record of what has struck."""

import threading
import time
from collections.abc import Mapping
from typing import Any, Final

from toq_localstack.faults.dice import Dice


class Board:
    """Sites with their rates, the factor by which waiting is shortened, and every strike so far."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._dice: Dice | None = None
        self._strikes: list[dict[str, Any]] = []
        self.time_factor = 1.0
        self.active = False

    def set(self, seed: int, rates: Mapping[str, float], time_factor: float) -> None:
        """Go on with these rates; the throws of before count on, so that a change of rates repeats none."""
        with self._lock:
            if self._dice is None:
                self._dice = Dice(seed, rates)
            self._dice.change(rates)
            self.time_factor = time_factor
            self.active = any(rates.values())

    def clear(self) -> None:
        """No faults, true time, and nothing on record."""
        with self._lock:
            self._dice, self._strikes, self.time_factor, self.active = None, [], 1.0, False

    def strikes(self, site: str, subject: str) -> bool:
        """Whether a fault strikes; if so, it is on record."""
        dice = self._dice
        if not self.active or dice is None or not dice.strikes(site, subject):
            return False
        with self._lock:
            self._strikes.append({"time": time.time(), "site": site, "subject": subject})
        return True

    def between(self, low: float, high: float, site: str, subject: str) -> float:
        """See `Dice.between`; the lower bound when there are no faults."""
        dice = self._dice
        return low if dice is None else dice.between(low, high, site, subject)

    def shortened(self, seconds: float) -> float:
        """How long this many seconds of waiting take now."""
        return seconds / self.time_factor

    def record(self) -> list[dict[str, Any]]:
        """Every strike: ``{time, site, subject}``."""
        with self._lock:
            return list(self._strikes)


BOARD: Final = Board()
