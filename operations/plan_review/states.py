"""The states of a state machine inside a plan, by name (Amazon States Language)."""

import json
from typing import Any

_INSIDE = ("Branches", "ItemProcessor", "Iterator")


def states(value: Any) -> dict[str, Any]:
    """States of an Amazon States Language document by name: nested ones too, each without the states inside it."""
    found: dict[str, Any] = {}
    if isinstance(value, str) and value.lstrip()[:1] == "{":
        try:
            _collect(json.loads(value), found)
        except (ValueError, RecursionError):
            return {}
    return found


def _collect(machine: Any, found: dict[str, Any]) -> None:
    named = machine.get("States") if isinstance(machine, dict) else None
    for name, state in named.items() if isinstance(named, dict) else ():
        if not isinstance(state, dict):
            found[name] = state
            continue
        found[name] = {key: item for key, item in state.items() if key not in _INSIDE}
        for key in _INSIDE:
            inner = state.get(key)
            for each in inner if isinstance(inner, list) else [inner]:
                _collect(each, found)
