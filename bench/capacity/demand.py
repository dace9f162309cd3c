"""What one listing asks for: steps with their seconds and places, and requests to what is counted by the second."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bench.estimate import Estimate, Listing
from modules.environments.environment import FunctionSize
from modules.functions import RECORDS

MEDIACONVERT: Final = "mediaconvert"
_FUNCTION: Final = ":function:listing-media-"
_THROTTLED: Final = "Lambda.TooManyRequestsException"  # what a call gets that finds no place ("Invoke")
# These stand for it too ("Handling errors in Step Functions workflows").
_SEVERAL: Final = {"States.ALL", "States.TaskFailed"}


@dataclass(frozen=True, slots=True)
class Retry:
    """How a state calls again after a throttled call; seconds."""

    attempts: int
    interval: float
    rate: float
    most: float
    jitter: bool

    def pause(self, tries: int, chance: random.Random) -> float:
        """Before the next call, after so many; with full jitter anything up to the whole pause."""
        longest = min(self.most, self.interval * self.rate**tries)
        return chance.uniform(0, longest) if self.jitter else longest


@dataclass(frozen=True, slots=True)
class Step:
    """Work of one kind, of which each piece takes one place of a pool.

    Parameters
    ----------
    pool
        A function's package, or `MEDIACONVERT`.
    seconds
        Of one piece.
    pieces, at_once
        How many there are, and how many of them a listing has at work at a time.
    retry
        What a piece does that finds no place; None: it waits for its turn.
    patience_seconds
        How long the state waits for the end of a piece that has to wait for its turn; None: as long as it takes.
    rescue
        The stage that follows when a piece was given up; None: the execution fails.
    """

    pool: str
    seconds: float
    pieces: int = 1
    at_once: int = 1
    retry: Retry | None = None
    patience_seconds: float | None = None
    rescue: int | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """One listing.

    Parameters
    ----------
    stages
        One after the other; the steps of a stage go side by side.
    per_listing
        Requests by the name of their quota in ``quotas.toml``.
    dollars
        Of the whole listing.
    aside
        Work that takes places too, but that READY does not wait for.
    execution_seconds
        After which the state machine stops an execution.
    """

    stages: tuple[tuple[Step, ...], ...]
    per_listing: Mapping[str, float]
    dollars: float
    aside: tuple[Step, ...] = ()
    execution_seconds: float = float("inf")


def demand(machine: Mapping[str, Any], listing: Listing, estimate: Estimate) -> Demand:
    """Read the stages off the state machine's own definition, the start function in front of it.

    Raises
    ------
    ValueError
        The definition calls a function that is none of ours.
    """
    names = _way(machine)
    stages: list[tuple[Step, ...]] = [(_step("start", estimate),)]
    for name in names:
        state = machine["States"][name]
        following = len(stages) + 1
        if state["Type"] == "Task":
            caught = [catch["Next"] for catch in state.get("Catch", [])]
            rescue = next((1 + names.index(each) for each in caught if each in names), None)
            stages.append((replace(_call(state, listing, estimate), rescue=rescue),))
        else:
            # A Map's items catch what happens to them: the batch goes on without the result.
            branches = [_map(branch, listing, estimate) for branch in state["Branches"]]
            stages.append(tuple(replace(step, rescue=following) for step in branches if step.pieces))
    reconcile = _step("reconcile", estimate)
    return Demand(
        tuple(stages),
        estimate.requests(),
        sum(line.dollars for line in estimate.lines()),
        aside=(replace(reconcile, pieces=estimate.invocations(RECORDS["reconcile"])),),
        execution_seconds=machine["TimeoutSeconds"],
    )


def _way(machine: Mapping[str, Any]) -> list[str]:
    """States that work, on the way on which everything goes well."""
    name, names = machine["StartAt"], []
    while name:
        state = machine["States"][name]
        if state["Type"] in ("Task", "Parallel"):
            names.append(name)
        name = state.get("Next") or state.get("Default")
    return names


def _map(branch: Mapping[str, Any], listing: Listing, estimate: Estimate) -> Step:
    state = branch["States"][branch["StartAt"]]
    body = state.get("ItemProcessor") or state["Iterator"]
    for task in body["States"].values():
        if "mediaconvert" in str(task.get("Resource")):
            seconds, patience = estimate.video_seconds(), task["TimeoutSeconds"]
            return Step(
                MEDIACONVERT, seconds, listing.videos, state["MaxConcurrency"] or listing.videos,
                patience_seconds=patience,
            )  # fmt: skip
    step = _call(body["States"][body["StartAt"]], listing, estimate)
    pieces = len(listing.chunks)
    return replace(step, pieces=pieces, at_once=state["MaxConcurrency"] or pieces)


def _call(state: Mapping[str, Any], listing: Listing, estimate: Estimate) -> Step:
    arn = str((state.get("Parameters") or state.get("Arguments") or {}).get("FunctionName"))
    package = arn.rpartition(_FUNCTION)[2].replace("-", "_")
    if package not in RECORDS:
        raise ValueError(f"{arn} is no function of ours")
    return replace(_step(package, estimate), retry=_retry(state.get("Retry", [])))


def _retry(rules: Sequence[Mapping[str, Any]]) -> Retry:
    """The first rule that holds for a throttled call, with the defaults of the Amazon States Language."""
    for rule in rules:
        if {_THROTTLED, *_SEVERAL} & set(rule["ErrorEquals"]):
            return Retry(
                rule.get("MaxAttempts", 3),
                rule.get("IntervalSeconds", 1),
                rule.get("BackoffRate", 2.0),
                rule.get("MaxDelaySeconds", float("inf")),
                rule.get("JitterStrategy") == "FULL",
            )
    return Retry(0, 1, 1, 1, jitter=False)


def _step(package: str, estimate: Estimate) -> Step:
    record = RECORDS[package]
    return Step(package, estimate.billed_seconds(record) / max(1, estimate.invocations(record)))


def places(sizes: Mapping[str, FunctionSize], quotas: Mapping[str, Any]) -> dict[str, int]:
    """How many pieces of each pool can be at work: as reserved for the function, or by MediaConvert's quota.

    A function that reserves nothing may have what the others leave of the account's.
    """
    reserved = {package: size.reserved_concurrency for package, size in sizes.items()}
    left = quotas["lambda_concurrency"]["at_once"] - sum(number or 0 for number in reserved.values())
    functions = {package: left if number is None else number for package, number in reserved.items()}
    return {**functions, MEDIACONVERT: quotas["mediaconvert_jobs"]["at_once"]}
