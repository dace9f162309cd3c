"""The review of plans, held against the stacks themselves: their first plan creates everything."""

from operations.plan_review import rules, waivers
from operations.plan_review.plan import Action, Change, Plan, referred
from operations.plan_review.rules.finding import Finding
from tests.support.infrastructure.emitted import Terraform


def findings(stack: Terraform) -> list[Finding]:
    """What the review says about creating the whole stack."""
    changes = (
        Change(
            address,
            address.partition(".")[0],
            Action.CREATE,
            before={},
            after=arguments,
            unknown={},
            references=referred(arguments),
        )
        for address, arguments in stack.resources()
    )
    return rules.review(Plan(tuple(changes)))


def test_the_first_plan_of_an_environment_is_not_blocked(stack: Terraform) -> None:
    assert [
        each.finding
        for each in waivers.apply(findings(stack), waivers.load(), stack.environment.name)
        if not each.waiver
    ] == []


def test_every_waiver_is_needed_by_an_environment(stacks: dict[str, Terraform]) -> None:
    found = [(finding, name) for name, stack in stacks.items() for finding in findings(stack)]
    assert [waiver for waiver in waivers.load() if not any(waiver.covers(*each) for each in found)] == []
