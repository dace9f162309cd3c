"""Listings that arrive by chance and compete for places: a discrete-event simulation with a clock of its own."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.capacity.bucket import Bucket
from bench.capacity.demand import Demand
from bench.capacity.execution import Execution, Executions


@dataclass(frozen=True, slots=True)
class Course:
    """What a simulation has shown.

    Parameters
    ----------
    ready_seconds
        From arrival to the end of the last stage, of each listing that came there, sorted.
    partial
        How many of these lack something, a video that took too long for example.
    failed
        Listings whose execution ended before its last stage; `handlers.reconcile` tells the backend of those.
    backlog
        Listings that were at work or waiting when the time that is looked at was over.
    busy
        Share of each pool's places that was at work while listings arrived.
    """

    ready_seconds: Sequence[float]
    partial: int
    failed: int
    backlog: int
    busy: Mapping[str, float]

    def percentile(self, share: float) -> float:
        """Seconds within which this share of the listings was READY; infinite when none was."""
        if not self.ready_seconds:
            return float("inf")
        return self.ready_seconds[min(len(self.ready_seconds) - 1, int(share * len(self.ready_seconds)))]


class Simulation:
    """One arrival process against the places of each pool.

    Parameters
    ----------
    places
        Places of each pool.
    buckets
        Token bucket of each throttled action, as its size and its tokens a second.
    """

    def __init__(
        self, demand: Demand, places: Mapping[str, int], buckets: Mapping[str, tuple[float, float]] | None = None
    ) -> None:
        self._demand = demand
        self._places = places
        self._buckets = buckets or {}

    def run(self, listings_per_hour: float, hours: float, seed: int) -> Course:
        """Let listings arrive for some hours (a Poisson process), and wait for all of them."""
        chance = random.Random(seed)  # noqa: S311 - a seeded simulation, not a secret
        end, moment, arrivals = hours * 3600, 0.0, []
        while (moment := moment + chance.expovariate(listings_per_hour / 3600)) < end:
            arrivals.append(moment)
        return self.follow(arrivals, end, seed)

    def follow(self, arrivals: Sequence[float], end: float, seed: int = 0) -> Course:
        """Let listings arrive at these moments, and wait for all of them; `end` closes the time that is looked at."""
        buckets = {name: Bucket(size, refill) for name, (size, refill) in self._buckets.items()}
        day = Executions(self._demand, self._places, buckets, random.Random(seed), end)  # noqa: S311 - as above
        executions = [Execution(at) for at in arrivals]
        day.follow(executions)
        ready = [one for one in executions if not one.failed]
        return Course(
            ready_seconds=sorted(one.ended - one.arrived for one in ready),
            partial=sum(one.partial for one in ready),
            failed=len(executions) - len(ready),
            backlog=sum(one.ended > end for one in executions),
            busy={name: pool.busy_seconds / (end * self._places[name]) for name, pool in day.pools.items()},
        )
