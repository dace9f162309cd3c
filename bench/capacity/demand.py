"""What one listing asks for: steps with their seconds and places, and requests to what is counted by the second."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bench.estimate import Estimate, Listing
from modules.environments.environment import FunctionSize
from modules.functions import RECORDS

MEDIACONVERT: Final = "mediaconvert"
_FUNCTION: Final = ":function:listing-media-"


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
    """

    pool: str
    seconds: float
    pieces: int = 1
    at_once: int = 1


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
    """

    stages: tuple[tuple[Step, ...], ...]
    per_listing: Mapping[str, float]
    dollars: float


def demand(machine: Mapping[str, Any], listing: Listing, estimate: Estimate) -> Demand:
    """Read the stages off the state machine's own definition, the start function in front of it.

    Raises
    ------
    ValueError
        The definition calls a function that is none of ours.
    """
    start = (_step("start", listing, estimate),)
    stages = tuple(tuple(steps) for steps in _stages(machine, machine["StartAt"], listing, estimate))
    return Demand((start, *stages), estimate.requests(), sum(line.dollars for line in estimate.lines()))


def _stages(machine: Mapping[str, Any], name: str | None, listing: Listing, estimate: Estimate) -> Iterator[list[Step]]:
    """The way through the machine on which everything goes well."""
    while name:
        state = machine["States"][name]
        if state["Type"] == "Task":
            yield [_step(_package(state), listing, estimate)]
        elif state["Type"] == "Parallel":
            yield [_map(branch, listing, estimate) for branch in state["Branches"]]
        name = state.get("Next") or state.get("Default")


def _map(branch: Mapping[str, Any], listing: Listing, estimate: Estimate) -> Step:
    state = branch["States"][branch["StartAt"]]
    body = state.get("ItemProcessor") or state["Iterator"]
    tasks = body["States"].values()
    if any("mediaconvert" in str(task.get("Resource")) for task in tasks):
        return Step(MEDIACONVERT, estimate.video_seconds(), listing.videos, state["MaxConcurrency"])
    package = _package(body["States"][body["StartAt"]])
    step = _step(package, listing, estimate)
    return Step(package, step.seconds, len(listing.chunks), state["MaxConcurrency"])


def _package(state: Mapping[str, Any]) -> str:
    arn = str((state.get("Parameters") or state.get("Arguments") or {}).get("FunctionName"))
    package = arn.rpartition(_FUNCTION)[2].replace("-", "_")
    if package not in RECORDS:
        raise ValueError(f"{arn} is no function of ours")
    return package


def _step(package: str, listing: Listing, estimate: Estimate) -> Step:
    record = RECORDS[package]
    return Step(package, estimate.billed_seconds(record) / max(1, estimate.invocations(record)))


def places(sizes: Mapping[str, FunctionSize], quotas: Mapping[str, Any]) -> dict[str, int]:
    """How many pieces of each pool can be at work: as reserved for the function, or by MediaConvert's quota."""
    reserved = {package: size.reserved_concurrency for package, size in sizes.items()}
    return {**reserved, MEDIACONVERT: quotas["mediaconvert_jobs"]["at_once"]}
