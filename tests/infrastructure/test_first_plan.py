"""The review of plans, held against the stacks themselves: their first plan creates everything."""

from operations.plan_review import rules, waivers
from operations.plan_review.plan import Action, Change
from tests.support.infrastructure.emitted import Terraform


def findings(stack: Terraform) -> list[rules.Finding]:
    """What the review says about creating the whole stack."""
    return rules.review(
        [
            Change(address, address.partition(".")[0], Action.CREATE, before={}, after=arguments, unknown={})
            for address, arguments in stack.resources()
        ]
    )


def test_the_first_plan_of_an_environment_is_not_blocked(stack: Terraform) -> None:
    assert [each.finding for each in waivers.apply(findings(stack), waivers.load()) if not each.waiver] == []


def test_every_waiver_is_needed_by_an_environment(stacks: dict[str, Terraform]) -> None:
    found = [finding for stack in stacks.values() for finding in findings(stack)]
    assert [waiver for waiver in waivers.load() if not any(map(waiver.covers, found))] == []
