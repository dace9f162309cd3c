"""What a plan may never do without somebody writing down why."""

from typing import Final

from operations.plan_review.plan import Plan
from operations.plan_review.rules import access, data, exposures, protections
from operations.plan_review.rules.finding import Finding, Rule

RULES: Final[dict[str, str]] = {**data.RULES, **access.RULES, **protections.RULES, **exposures.RULES}
CHECKS: Final[tuple[Rule, ...]] = (
    data.data_is_destroyed,
    data.state_is_lost,
    data.objects_expire,
    access.access_widens,
    protections.protection_weakens,
    exposures.something_is_exposed,
)


def review(plan: Plan) -> list[Finding]:
    """All findings, by address; each once."""
    found = (
        Finding(rule, change.address, detail)
        for change in plan.changes
        for check in CHECKS
        for rule, detail in check(change, plan)
    )
    return list(dict.fromkeys(found))
