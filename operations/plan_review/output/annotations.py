"""The review as GitHub's workflow commands, which annotate the run ("Workflow commands for GitHub Actions")."""

from operations.plan_review.output.escaping import visible
from operations.plan_review.review import Review


def annotations(review: Review) -> str:
    """A line for each finding: an error, or a notice where it is waived."""
    lines = []
    for each in review.findings:
        finding = each.finding
        level = "error" if each.waiver is None else "notice"
        reason = "" if each.waiver is None else f" (waived: {each.waiver})"
        title = _property(f"{review.environment} {finding.rule}".strip())
        lines.append(f"::{level} title={title}::{_message(f'{finding.address}: {finding.detail}{reason}')}\n")
    return "".join(lines)


def _message(text: str) -> str:
    return visible(text).replace("%", "%25")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
