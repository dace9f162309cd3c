"""GitHub's workflows: what they run cannot be exchanged behind the project's back."""

import re
from pathlib import Path

import pytest

from toolchain.paths import ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def actions(text: str) -> list[str]:
    """What the steps use, each with its comment."""
    return re.findall(r"uses: *(.+?) *$", text, re.MULTILINE)


def unpinned(text: str) -> list[str]:
    """Actions that are named by anything but a commit, with its version in a comment."""
    return [action for action in actions(text) if not PINNED.fullmatch(action)]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(workflow: Path) -> None:
    text = workflow.read_text()
    assert actions(text)
    assert unpinned(text) == []


@pytest.mark.parametrize(
    "action", ["actions/checkout@v4", "actions/checkout@" + "a" * 40, "a/b@" + "a" * 39 + " # v1.2.3"]
)
def test_an_action_that_is_not_pinned_is_found(action: str) -> None:
    assert unpinned(f"      - uses: {action}\n") == [action]
