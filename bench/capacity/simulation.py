"""Listings that arrive by chance and queue for places: a discrete-event simulation with a clock of its own."""

import heapq
import random
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.capacity.demand import Demand, Step


@dataclass(frozen=True, slots=True)
class Course:
    """What a simulation has shown.

    Parameters
    ----------
    ready_seconds
        From arrival to the end of the last stage, of each listing that ended, sorted.
    backlog
        Listings that had not ended when the last one arrived.
    busy
        Share of each pool's places that was at work while listings arrived.
    """

    ready_seconds: Sequence[float]
    backlog: int
    busy: Mapping[str, float]

    def percentile(self, share: float) -> float:
        """Seconds within which this share of the listings was READY; infinite when none was."""
        if not self.ready_seconds:
            return float("inf")
        return self.ready_seconds[min(len(self.ready_seconds) - 1, int(share * len(self.ready_seconds)))]


@dataclass(slots=True)
class _Pool:
    free: int
    waiting: deque["_Piece"] = field(default_factory=deque)
    busy_seconds: float = 0.0


@dataclass(slots=True)
class _Run:
    """One listing on its way."""

    arrived: float
    stage: int = 0
    left: int = 0


@dataclass(slots=True)
class _Piece:
    run: _Run
    step: Step
    more: int  # pieces of the step that follow this one


class Simulation:
    """One arrival process against the places of each pool.

    Parameters
    ----------
    places
        Places of each pool.
    """

    def __init__(self, demand: Demand, places: Mapping[str, int]) -> None:
        self._demand = demand
        self._places = places

    def run(self, listings_per_hour: float, hours: float, seed: int) -> Course:
        """Let listings arrive for some hours (a Poisson process), and wait for all of them."""
        chance = random.Random(seed)  # noqa: S311 - a seeded simulation, not a secret
        end, moment, arrivals = hours * 3600, 0.0, []
        while (moment := moment + chance.expovariate(listings_per_hour / 3600)) < end:
            arrivals.append(moment)
        return self.follow(arrivals, end)

    def follow(self, arrivals: Sequence[float], end: float) -> Course:
        """Let listings arrive at these moments, and wait for all of them; `end` closes the time that is looked at."""
        pools = {name: _Pool(places) for name, places in self._places.items()}
        events: list[tuple[float, int, _Piece | _Run]] = [(at, order, _Run(at)) for order, at in enumerate(arrivals)]
        order, backlog = len(events), None
        ready: list[float] = []
        while events:
            now, _, event = heapq.heappop(events)
            if backlog is None and now > end:
                backlog = len(arrivals) - len(ready)
            begun: list[_Piece] = []
            run = event if isinstance(event, _Run) else event.run
            if isinstance(event, _Piece):
                begun += self._ended(event, pools)
            if run.left == 0:
                if run.stage == len(self._demand.stages):
                    ready.append(now - run.arrived)
                else:
                    begun += self._next_stage(run, pools)
            for piece in begun:
                pools[piece.step.pool].busy_seconds += max(0.0, min(now + piece.step.seconds, end) - now)
                order += 1
                heapq.heappush(events, (now + piece.step.seconds, order, piece))
        busy = {name: pool.busy_seconds / (end * self._places[name]) for name, pool in pools.items()}
        return Course(sorted(ready), backlog or 0, busy)

    def _next_stage(self, run: _Run, pools: Mapping[str, _Pool]) -> list[_Piece]:
        steps = [step for step in self._demand.stages[run.stage] if step.pieces]
        run.stage += 1
        run.left = sum(step.pieces for step in steps)
        begun = []
        for step in steps:
            lanes = min(step.pieces, step.at_once)
            for lane in range(lanes):
                begun += _take_place(_Piece(run, step, (step.pieces - lane - 1) // lanes), pools[step.pool])
        return begun

    def _ended(self, piece: _Piece, pools: Mapping[str, _Pool]) -> list[_Piece]:
        """A place is free: whoever waits longest takes it, then this listing's next piece queues."""
        pool = pools[piece.step.pool]
        piece.run.left -= 1
        pool.free += 1
        begun = []
        if piece.more:
            pool.waiting.append(_Piece(piece.run, piece.step, piece.more - 1))
        if pool.waiting:
            begun += _take_place(pool.waiting.popleft(), pool)
        return begun


def _take_place(piece: _Piece, pool: _Pool) -> list[_Piece]:
    if not pool.free:
        pool.waiting.append(piece)
        return []
    pool.free -= 1
    return [piece]
