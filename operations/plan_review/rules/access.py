"""Rules about policies: nobody is allowed more, or denied less, without somebody writing down why."""

from collections.abc import Iterator

from operations.plan_review.plan import Change, Plan
from operations.plan_review.policies.comparison import Gain, gained, merged, no_longer_denied
from operations.plan_review.policies.dangers import dangers
from operations.plan_review.policies.grants import Grant, grants
from operations.plan_review.policies.statements import PolicyError
from operations.plan_review.policies.texts import unread_policies

RULES = {
    "policy-unreadable": "a policy is unknown, sensitive or none as AWS describes it: nobody can review it",
    "policy-widened": "something is allowed that was not allowed before",
    "restriction-lost": "a Deny, or a condition of an Allow, no longer holds all that it held",
    "wildcard-action": "an action with a wildcard, or all but some actions, is newly allowed",
    "wildcard-principal": "everybody, or all but some, is newly allowed",
    "delete-action": "an action that deletes, or makes something else delete, is newly allowed",
    "key-administration": "an action that takes a key out of service or gives it away is newly allowed",
    "privilege-escalation": "an action that widens permissions or lends another role's is newly allowed",
    "managed-policy": "a policy of AWS's is attached, whose content AWS changes",
}


def access_widens(change: Change, plan: Plan) -> Iterator[tuple[str, str]]:
    """What a resource's policies newly allow or no longer deny."""
    for name in unread_policies(change):
        yield "policy-unreadable", f"{name} holds a policy inside, where this review does not read"
    for grant in grants(change, plan):
        if grant.managed:
            yield "managed-policy", f"attaches {grant.managed}"
        if grant.problem:
            yield "policy-unreadable", f"{grant.attribute} {grant.problem}"
            continue
        try:
            yield from _findings(grant)
        except PolicyError as error:
            yield "policy-unreadable", f"{grant.attribute} {error}"


def _findings(grant: Grant) -> Iterator[tuple[str, str]]:
    gains = list(gained(grant.held_before, grant.after, grant.held_after))
    yield from dict.fromkeys(finding for gain in gains for finding in _dangers(gain, grant))
    if not grant.new:
        for gain in gains:
            yield from (("restriction-lost", f"{gain.part.sid} loses {lost}") for lost in gain.lost)
        for part in merged([gain.part for gain in gains if not gain.lost]):
            yield "policy-widened", f"{part.sid} newly allows {part.describe_scope()}"
    for part in merged(list(no_longer_denied(grant.before, grant.held_after))):
        yield "restriction-lost", f"{part.sid} no longer denies {part.describe_scope()}"


def _dangers(gain: Gain, grant: Grant) -> Iterator[tuple[str, str]]:
    """Rules that a newly allowed part breaks, whoever the bearer is."""
    part = gain.part
    principals = part.principals
    if principals.inverted or any("*" in each for each in principals.patterns):
        yield "wildcard-principal", f"{part.sid} allows {principals.describe('Principal')}"
    for rule, what in dangers(part.written):
        if not grant.trust or rule == "wildcard-action":  # becoming the role is what a trust policy is for
            yield rule, f"{part.sid} allows {what}"
