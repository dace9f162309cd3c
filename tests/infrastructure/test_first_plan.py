"""The review of plans, held against the stacks themselves: their first plan creates everything."""

from operations.plan_review import acceptance, rules
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
    assert [each.finding for each in acceptance.judge(findings(stack), acceptance.load()) if not each.reason] == []


def test_every_acceptance_is_needed_by_an_environment(stacks: dict[str, Terraform]) -> None:
    found = {finding for stack in stacks.values() for finding in findings(stack)}
    assert set(acceptance.load()) - found == set()
