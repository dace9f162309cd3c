"""The state machine as a Mermaid diagram: ``python -m toolchain.diagram`` writes it into ``docs/architecture.md``."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from modules.environments import config
from modules.workflow import state_machine

DOCUMENT: Final = Path(__file__).resolve().parents[1] / "docs" / "architecture.md"
BEGIN: Final = "<!-- begin: python -m toolchain.diagram -->"
END: Final = "<!-- end -->"

_TERMINAL: Final = ("Succeed", "Fail")


def mermaid(machine: Mapping[str, Any]) -> str:
    """A ``stateDiagram-v2`` of every state at every depth; ways that an error takes are labelled so."""
    return "\n".join(["stateDiagram-v2", *_region(machine, "    ")])


def updated(document: str, diagram: str) -> str:
    """The document with the diagram between its two marks.

    Raises
    ------
    ValueError
        The document lacks a mark.
    """
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{DOCUMENT.name} needs the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n```mermaid\n{diagram}\n```\n{END}{after}"


def _region(machine: Mapping[str, Any], indent: str) -> Iterator[str]:
    """The states and ways of one machine: the whole, a branch, or what a map does with an item."""
    yield f"{indent}[*] --> {machine['StartAt']}"
    for name, state in machine["States"].items():
        yield from _inside(name, state, indent)
        for target, label in _ways(state):
            yield f"{indent}{name} --> {target}" + (f" : {label}" if label else "")


def _inside(name: str, state: Mapping[str, Any], indent: str) -> Iterator[str]:
    if state["Type"] == "Choice":
        yield f"{indent}state {name} <<choice>>"
    regions = [*state.get("Branches", []), *([state["ItemProcessor"]] if "ItemProcessor" in state else [])]
    if regions:
        yield f"{indent}state {name} {{"
        for number, region in enumerate(regions):
            if number:
                yield f"{indent}    --"
            yield from _region(region, indent + "    ")
        yield f"{indent}}}"


def _ways(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Where a state leads, and on what condition."""
    for choice in state.get("Choices", []):
        test = next(key for key in choice if key not in ("Variable", "Next"))
        yield choice["Next"], f"{choice['Variable'].removeprefix('$.')} = {choice[test]}"
    if "Default" in state:
        yield state["Default"], ""
    if "Next" in state:
        yield state["Next"], ""
    for catch in state.get("Catch", []):
        yield catch["Next"], "error"
    if state.get("End") or state["Type"] in _TERMINAL:
        yield "[*]", ""


def main() -> int:
    """Write the diagram; 2 when the document has no place for it."""
    diagram = mermaid(state_machine.readable(config.load("prod")))
    try:
        text = updated(DOCUMENT.read_text(encoding="utf-8"), diagram)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    DOCUMENT.write_text(text, encoding="utf-8")
    print(f"written: {DOCUMENT.parent.name}/{DOCUMENT.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
