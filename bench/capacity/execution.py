"""Executions on their way through the stages: who gets a place, who waits, tries again, gives up."""

import heapq
import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.capacity.bucket import Bucket
from bench.capacity.demand import Demand, Step


@dataclass(slots=True, eq=False)
class Execution:
    """One listing on its way.

    Parameters
    ----------
    stage, left
        Where it is, and how many lanes of its steps are at work there.
    following
        The stage after this one.
    deadline
        When the state machine stops it.
    partial, failed
        Something was given up; the execution ended before its last stage.
    """

    arrived: float
    stage: int = 0
    left: int = 0
    following: int = 0
    deadline: float = float("inf")
    ended: float = float("inf")
    partial: bool = False
    failed: bool = False


@dataclass(slots=True)
class Pool:
    """Places that are free, and who waits for one."""

    free: int
    waiting: deque["_Piece"] = field(default_factory=deque)
    busy_seconds: float = 0.0


@dataclass(slots=True, eq=False)
class _Piece:
    execution: Execution
    step: Step
    more: int  # pieces of the step that follow this one
    tries: int = 0
    done: bool = False  # or given up, as far as its execution is concerned


class Executions:
    """The clock, and what happens at its moments.

    Parameters
    ----------
    end
        Up to when busy places are counted.
    """

    def __init__(
        self,
        demand: Demand,
        places: Mapping[str, int],
        buckets: Mapping[str, Bucket],
        chance: random.Random,
        end: float,
    ) -> None:
        self.pools = {name: Pool(number) for name, number in places.items()}
        self._demand = demand
        self._buckets = buckets
        self._chance = chance
        self._end = end
        self._events: list[tuple[float, int, Callable[[Any, float], None], Any]] = []
        self._order = 0

    def follow(self, executions: Sequence[Execution]) -> None:
        """Take each from its arrival to its end."""
        for execution in executions:
            self._at(execution.arrived, self._begin, execution)
        while self._events:
            now, _, happens, subject = heapq.heappop(self._events)
            happens(subject, now)

    def _at(self, moment: float, happens: Callable[[Any, float], None], subject: Any) -> None:
        self._order += 1
        heapq.heappush(self._events, (moment, self._order, happens, subject))

    def _enter(self, execution: Execution, stage: int, now: float) -> None:
        """Go on in a stage as soon as the buckets allow it, unless the execution's time is over."""
        if now > execution.deadline:
            self._fail(execution, execution.deadline)
            return
        if stage == len(self._demand.stages):
            execution.ended = now
            return
        execution.stage = stage
        admitted = now
        if stage == 1:  # stage 0 is the function that starts the execution
            admitted = self._admitted("start_executions", now, 1)
            execution.deadline = admitted + self._demand.execution_seconds
        if stage:
            share = self._demand.per_listing.get("state_transitions", 0) / (len(self._demand.stages) - 1)
            admitted = max(admitted, self._admitted("state_transitions", now, share))
        if admitted > now:
            self._at(admitted, self._begin, execution)
        else:
            self._begin(execution, now)

    def _admitted(self, action: str, now: float, tokens: float) -> float:
        bucket = self._buckets.get(action)
        return bucket.take(now, tokens) if bucket else now

    def _begin(self, execution: Execution, now: float) -> None:
        execution.following = execution.stage + 1
        lanes = [
            _Piece(execution, step, (step.pieces - lane - 1) // width)
            for step in self._demand.stages[execution.stage]
            for width in [min(step.pieces, step.at_once)]
            for lane in range(width)
        ]
        execution.left = len(lanes)
        for piece in lanes:
            self._call(piece, now)

    def _call(self, piece: _Piece, now: float) -> None:
        """Take a place, or wait for one in the pool's queue, or try again later: as the step does."""
        pool, step = self.pools[piece.step.pool], piece.step
        if pool.free:
            pool.free -= 1
            self._work(piece, pool, now)
        elif step.retry is None:
            pool.waiting.append(piece)
            if step.patience_seconds:
                self._at(now + step.patience_seconds, self._lose_patience, piece)
        elif piece.tries < step.retry.attempts:
            pause = step.retry.pause(piece.tries, self._chance)
            piece.tries += 1
            self._at(now + pause, self._call, piece)
        else:
            self._give_up(piece, now)

    def _work(self, piece: _Piece, pool: Pool, now: float) -> None:
        ends = now + piece.step.seconds
        pool.busy_seconds += max(0.0, min(ends, self._end) - now)
        self._at(ends, self._finish, piece)

    def _finish(self, piece: _Piece, now: float) -> None:
        """A place is free: whoever waits longest takes it, then this listing's next piece asks for one."""
        pool = self.pools[piece.step.pool]
        if pool.waiting:
            self._work(pool.waiting.popleft(), pool, now)
        else:
            pool.free += 1
        if not piece.done:
            piece.done = True
            self._go_on(piece, now)

    def _lose_patience(self, piece: _Piece, now: float) -> None:
        """The state's time is over; a job that waits keeps its turn, as nothing cancels it."""
        if not piece.done:
            self._give_up(piece, now)

    def _give_up(self, piece: _Piece, now: float) -> None:
        piece.done = True
        if piece.step.rescue is None:
            self._fail(piece.execution, now)
            return
        piece.execution.partial = True
        piece.execution.following = max(piece.execution.following, piece.step.rescue)
        self._go_on(piece, now)

    def _go_on(self, piece: _Piece, now: float) -> None:
        execution = piece.execution
        if piece.more:
            self._call(_Piece(execution, piece.step, piece.more - 1), now)
            return
        execution.left -= 1
        if not execution.left and not execution.failed:
            self._enter(execution, execution.following, now)

    def _fail(self, execution: Execution, now: float) -> None:
        execution.failed = True
        execution.ended = now
