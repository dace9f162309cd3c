"""Events that an execution can put into its history at most, by its definition.

Counted are the types of AWS Step Functions API "HistoryEvent": a state is entered and exited, a task is scheduled,
started, submitted where it waits for a job, and ends; a map and a parallel state start and end, and so does each
iteration. The quota is 25,000 (AWS Step Functions "Service quotas", state machine executions).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

QUOTA: Final = 25_000
_EXECUTION: Final = 2  # started; succeeded, failed or timed out
_PASSED: Final = 2  # entered, exited
_NESTED: Final = 4  # entered, started; succeeded or failed, exited
_ITERATION: Final = 2  # started; succeeded or failed
_REQUEST: Final = 3  # scheduled, started; succeeded or failed
_JOB: Final = 4  # and submitted


def most_events(machine: Mapping[str, Any], items: Mapping[str, int]) -> int:
    """Events of the costliest way through a definition, every retrier used up on every state.

    Parameters
    ----------
    items
        Most items of each map, by the map's name.
    """
    return _EXECUTION + _region(machine, items)


def attempts(state: Mapping[str, Any]) -> int:
    """How often a task is tried at most: each retrier counts for itself."""
    return 1 + sum(retrier.get("MaxAttempts", 3) for retrier in state.get("Retry", []))


def _region(machine: Mapping[str, Any], items: Mapping[str, int]) -> int:
    """The costliest way from the first state to an end; a definition has no circles."""
    states = machine["States"]

    def from_here(name: str) -> int:
        ways = [from_here(target) for target in _targets(states[name])]
        return _state(name, states[name], items) + max(ways, default=0)

    return from_here(machine["StartAt"])


def _targets(state: Mapping[str, Any]) -> Iterator[str]:
    for way in (state, *state.get("Choices", []), *state.get("Catch", [])):
        yield from (way[key] for key in ("Next", "Default") if key in way)


def _state(name: str, state: Mapping[str, Any], items: Mapping[str, int]) -> int:
    match state["Type"]:
        case "Task":
            once = _JOB if state["Resource"].endswith(".sync") else _REQUEST
            return _PASSED + attempts(state) * once
        case "Map":
            return _NESTED + items[name] * (_ITERATION + _region(state["ItemProcessor"], items))
        case "Parallel":
            return _NESTED + sum(_region(branch, items) for branch in state["Branches"])
    return _PASSED
