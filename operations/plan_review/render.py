"""The review as Markdown for a pull request: findings first, then what changes, policies and states as differences."""

import difflib
import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from operations.plan_review.plan import Action, Change
from operations.plan_review.policies.statements import PolicyError
from operations.plan_review.policies.texts import policy_texts, read_text
from operations.plan_review.states import states
from operations.plan_review.waivers import ReviewedFinding

# GitHub refuses comments of more than 65,536 characters ("REST API endpoints for issue comments").
MAX_CHARACTERS: Final = 60_000
MAX_VALUE: Final = 120
HEADINGS: Final = {
    Action.DELETE: "Deletions",
    Action.REPLACE: "Replacements",
    Action.UPDATE: "Updates",
    Action.CREATE: "Creates",
    Action.IMPORT: "Imports",
    Action.MOVE: "Moves",
    Action.FORGET: "Forgotten (kept in the account, no longer managed)",
}


def markdown(title: str, changes: Sequence[Change], findings: Sequence[ReviewedFinding]) -> str:
    """The whole review, cut at the end of a line where GitHub would refuse it."""
    lines = [f"## {title}", "", _summary(changes), "", *_findings(findings)]
    for action, heading in HEADINGS.items():
        lines += _section(heading, [change for change in changes if change.action is action])
    text = "\n".join(lines).rstrip() + "\n"
    if len(text) <= MAX_CHARACTERS:
        return text
    kept = text[:MAX_CHARACTERS].rsplit("\n", 1)[0]
    fence = "\n```" if kept.count("\n```") % 2 else ""
    return f"{kept}{fence}\n\n… cut at {MAX_CHARACTERS:,} characters; the job's artifact holds the whole plan.\n"


def _summary(changes: Sequence[Change]) -> str:
    counts = {action: sum(change.action is action for change in changes) for action in HEADINGS}
    spoken = [f"{count} to {action}" for action, count in counts.items() if count]
    return ", ".join(spoken) or "No changes."


def _findings(findings: Sequence[ReviewedFinding]) -> Iterator[str]:
    blocking = [each.finding for each in findings if each.waiver is None]
    if blocking:
        yield f"### :no_entry: Blocked: {len(blocking)} finding{'s' if len(blocking) > 1 else ''}"
        yield ""
        yield "| rule | resource | finding |"
        yield "|---|---|---|"
        yield from (f"| {each.rule} | `{each.address}` | {_cell(each.detail)} |" for each in blocking)
        yield ""
        yield "Change the plan, or waive a finding with its reason in `operations/plan_review/waivers.toml`."
        yield ""
    else:
        yield "### :white_check_mark: No rule is broken"
        yield ""
    waived = [each for each in findings if each.waiver is not None]
    if waived:
        yield "<details><summary>Waived findings</summary>\n"
        yield "| rule | resource | finding | reason |"
        yield "|---|---|---|---|"
        for each in waived:
            finding = each.finding
            yield f"| {finding.rule} | `{finding.address}` | {_cell(finding.detail)} | {_cell(each.waiver or '')} |"
        yield "\n</details>\n"


def _section(heading: str, changes: Sequence[Change]) -> Iterator[str]:
    if not changes:
        return
    yield f"### {heading}"
    yield ""
    for change in changes:
        because = f" (because of {', '.join(f'`{path}`' for path in change.replaced_by)})" if change.replaced_by else ""
        yield f"- `{change.address}`{because}"
        if change.action in (Action.UPDATE, Action.REPLACE):
            yield from (f"  - {line}" for line in _attributes(change))
    yield ""
    for change in changes:
        yield from _documents(change)


def _attributes(change: Change) -> Iterator[str]:
    """Changed attributes, except the documents that are shown as differences."""
    for name, before, after in change.changed_attributes():
        if name in _policy_lines(change) or states(before) or states(after):
            yield f"`{name}`: see below"
        else:
            yield f"`{name}`: {_value(before)} → {_value(after)}"


def _documents(change: Change) -> Iterator[str]:
    for name, (old, new) in _policy_lines(change).items():
        yield from _diff(f"{change.address} {name}", old, new)
    old_states, new_states = (states(side.get("definition")) for side in (change.before, change.after))
    for name in [*old_states, *(name for name in new_states if name not in old_states)]:
        old, new = (_state_lines(name, side) for side in (old_states, new_states))
        yield from _diff(f"{change.address} state {name}", old, new)


def _policy_lines(change: Change) -> dict[str, tuple[list[str], list[str]]]:
    """Statements before and after of each policy of a resource that can be read."""
    before, after = (policy_texts(change.before, {}, change.type), policy_texts(change.after, {}, change.type))
    found = {}
    for name in sorted({*before, *after}):
        try:
            old, new = ([each.describe() for each in read_text(side.get(name))] for side in (before, after))
        except PolicyError:
            continue
        found[name] = (old, new)
    return found


def _state_lines(name: str, all_states: dict[str, Any]) -> list[str]:
    return json.dumps(all_states[name], indent=2).splitlines() if name in all_states else []


def _diff(title: str, old: list[str], new: list[str]) -> Iterator[str]:
    lines = list(difflib.unified_diff(old, new, lineterm="", n=2))[2:]
    if lines:
        yield f"<details><summary><code>{title}</code></summary>\n"
        yield "```diff"
        yield from (line for line in lines if not line.startswith("@@"))
        yield "```\n"
        yield "</details>\n"


def _value(value: Any) -> str:
    if value is None:
        return "(not set)"
    text = value if isinstance(value, str) and value[:1] == "(" else json.dumps(value, ensure_ascii=False)
    return f"`{_cell(text if len(text) <= MAX_VALUE else text[:MAX_VALUE] + '…')}`"


def _cell(text: str) -> str:
    """Text that cannot break out of a table cell or a code span."""
    return text.replace("|", "\\|").replace("`", "'").replace("\n", " ")
