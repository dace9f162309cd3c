"""The review as Markdown for a pull request: findings first, then all that changes, each once."""

from collections.abc import Iterator, Sequence
from typing import Final

from operations.plan_review.output.blocks import CLOSING, Block, joined
from operations.plan_review.output.documents import documents
from operations.plan_review.output.escaping import code, visible
from operations.plan_review.output.values import differences, shown
from operations.plan_review.plan import Action, Change
from operations.plan_review.review import ORDER, Review
from operations.plan_review.waivers import WAIVERS_NAME

# GitHub refuses comments of more than 65,536 characters ("REST API endpoints for issue comments").
COMMENT: Final = 60_000
HEADINGS: Final = {
    Action.DELETE: "Deletions",
    Action.REPLACE: "Replacements",
    Action.UPDATE: "Updates",
    Action.IMPORT: "Imports",
    Action.MOVE: "Moves",
    Action.FORGET: "Forgotten (kept in the account, no longer managed: nothing is destroyed)",
    Action.CREATE: "Creates",
}


def markdown(review: Review, limit: int = 0, whole: str = "") -> str:
    """The review; where it is longer than `limit` characters, cut between its parts.

    Parameters
    ----------
    limit
        0 for none.
    whole
        Where the whole review is, told at the top of one that is cut.
    """
    title = Block([f"## {visible(review.title)}", ""])
    text, complete = joined([title, *_blocks(review)], limit - CLOSING - len(whole) if limit else 0)
    if complete:
        return text
    note = f"> :scissors: Cut at {limit:,} characters. The whole review: {whole or '`make plan-review LIMIT=0`'}."
    return text.replace("\n", f"\n\n{note}\n", 1)


def _blocks(review: Review) -> Iterator[Block]:
    plan = review.plan
    yield Block([_summary(review), ""])
    yield from _findings(review)
    yield from _checks(review)
    for action in ORDER:
        yield from _section(HEADINGS[action], [each for each in plan.changes if each.action is action])
    yield from _section("Drift: changed outside Terraform since the last apply", plan.drift)
    yield from _section("Outputs", plan.outputs)


def _summary(review: Review) -> str:
    spoken = [f"{count} to {action}" for action, count in review.counts.items()]
    spoken += [f"{len(review.plan.drift)} drifted"] if review.plan.drift else []
    outputs = len(review.plan.outputs)
    spoken += [f"{outputs} output{'s' if outputs > 1 else ''} to change"] if outputs else []
    return ", ".join(spoken) or "No changes."


def _findings(review: Review) -> Iterator[Block]:
    blocking = review.blocking
    if blocking:
        head = f"### :no_entry: Blocked: {len(blocking)} finding{'s' if len(blocking) > 1 else ''}"
        rows = [_row(each.finding.rule, code(each.finding.address), code(each.finding.detail)) for each in blocking]
        remedy = f"Change the plan, or waive a finding with its reason in `{WAIVERS_NAME}`."
        yield Block([head, "", "| rule | resource | finding |", "|---|---|---|"], rows, ["", remedy, ""])
    else:
        yield Block(["### :white_check_mark: No rule is broken", ""])
    waived = [(each.finding, each.waiver) for each in review.findings if each.waiver is not None]
    if waived:
        head = "<details><summary>Waived findings</summary>"
        rows = [_row(each.rule, code(each.address), code(each.detail), code(reason)) for each, reason in waived]
        table = ["| rule | resource | finding | reason |", "|---|---|---|---|"]
        yield Block([head, "", *table], rows, ["", "</details>", ""])


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _checks(review: Review) -> Iterator[Block]:
    if review.plan.checks:
        lines = [
            f"- {code(check.address)}: {code(check.status)}" + "".join(f" {code(each)}" for each in check.problems)
            for check in review.plan.checks
        ]
        yield Block(["### :warning: Checks that do not pass", ""], lines, [""])


def _section(heading: str, changes: Sequence[Change]) -> Iterator[Block]:
    if not changes:
        return
    told = {id(change): documents(change) for change in changes}
    lines = [line for change in changes for line in _change(change, told[id(change)])]
    yield Block([f"### {heading}", ""], lines, [""])
    for change in changes:
        for blocks in told[id(change)].values():
            yield from blocks


def _change(change: Change, told: dict[str, list[Block]]) -> Iterator[str]:
    yield f"- {code(change.address)}{_circumstances(change)}"
    if change.leaves:
        return
    see_below = set()
    for path, before, after in differences(change):
        name = path.split(".", 1)[0].split("[", 1)[0]
        if name in told:
            if name not in see_below and told[name]:
                yield f"  - {code(name)}: see below"
            see_below.add(name)
        elif change.before:
            old, new = shown(before, after)
            yield f"  - {code(path)}: {code(old)} → {code(new)}"
        elif after is not None:
            yield f"  - {code(path)}: {code(shown(None, after)[1])}"


def _circumstances(change: Change) -> str:
    """How a change comes about, in brackets."""
    said = []
    if change.deposed:
        said.append(f"deposed object {code(change.deposed)}")
    if change.imported:
        said.append(f"imported as {code(change.imported)}")
    if change.moved_from:
        said.append(f"moved from {code(change.moved_from)}")
    if change.replaced_by:
        said.append("because of " + ", ".join(code(path) for path in change.replaced_by))
    if change.reason:
        said.append(code(change.reason.replace("_", " ")))
    return f" ({'; '.join(said)})" if said else ""
