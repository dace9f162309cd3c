"""A plan with its findings, as every format tells it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from operations.plan_review.plan import Action, Plan
from operations.plan_review.waivers import ReviewedFinding

PASSED: Final = 0
REFUSED: Final = 2
BLOCKED: Final = 3
# Most dangerous first; the order in which a reader meets them.
ORDER: Final = (
    *(Action.DELETE, Action.REPLACE, Action.UPDATE, Action.IMPORT, Action.MOVE, Action.FORGET, Action.CREATE),
)


@dataclass(frozen=True, slots=True)
class Review:
    """What was found in a plan.

    Parameters
    ----------
    title
        Heading.
    environment
        Whose plan it is; empty where nobody said.
    """

    title: str
    environment: str
    plan: Plan
    findings: Sequence[ReviewedFinding]

    @property
    def blocking(self) -> list[ReviewedFinding]:
        """Findings that nobody waived."""
        return [each for each in self.findings if each.waiver is None]

    @property
    def exit_code(self) -> int:
        return BLOCKED if self.blocking else PASSED

    @property
    def counts(self) -> dict[str, int]:
        """How many resources each action is for; only those that happen."""
        found = {action: sum(each.action is action for each in self.plan.changes) for action in ORDER}
        return {str(action): count for action, count in found.items() if count}

    def labels(self) -> Iterator[str]:
        """What a pull request is labelled with."""
        prefix = f"plan {self.environment}".strip()
        if self.blocking:
            yield f"{prefix}: blocked"
        if any(each.destroys for each in self.plan.changes):
            yield f"{prefix}: destroys"
        elif not self.plan.empty:
            yield f"{prefix}: changes"
