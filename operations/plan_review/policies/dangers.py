"""Actions that somebody must have looked at before anybody is allowed them, whoever the bearer is.

What a wildcard stands for, and which actions change permissions, is told by policy_sentry's copy of AWS's Service
Authorization Reference ("Actions, resources, and condition keys for AWS services").
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final

from policy_sentry.querying.actions import get_actions_with_access_level
from policy_sentry.querying.all import get_all_actions

from operations.plan_review.policies.statements import Scope

PERMISSIONS: Final = "Permissions management"
# Rule, and the actions it is about. Lifecycle rules, retention and versioning remove objects and logs as a delete does.
PATTERNS: Final[dict[str, tuple[str, ...]]] = {
    "delete-action": (
        *("*:delete*", "*:batchdelete*", "*:purge*", "*:terminate*", "*:remove*", "*:expire*"),
        *("s3:putlifecycleconfiguration", "s3:putbucketversioning", "s3:bypassgovernanceretention"),
        *("logs:putretentionpolicy", "sqs:setqueueattributes", "s3:putreplicationconfiguration"),
    ),
    # AWS KMS Developer Guide, "Allows key administrators to administer the KMS key".
    "key-administration": (
        *("kms:schedulekeydeletion", "kms:disablekey*", "kms:putkeypolicy", "kms:creategrant", "kms:retiregrant"),
        *("kms:revokegrant", "kms:updatealias", "kms:*importedkeymaterial", "kms:importkeymaterial"),
        *("kms:replicatekey", "kms:updateprimaryregion"),
    ),
    # Ways to become another role or run code as one, besides what changes permissions outright.
    "privilege-escalation": (
        *("sts:assumerole*", "sts:getfederationtoken", "iam:passrole", "lambda:updatefunctioncode"),
        *("lambda:updatefunctionconfiguration", "lambda:createfunctionurlconfig", "lambda:updatefunctionurlconfig"),
        *("cloudformation:setstackpolicy", "organizations:*policy", "s3:putencryptionconfiguration"),
    ),
}
NAMED: Final = 4  # so many of a wildcard's actions are named


def dangers(actions: Scope) -> Iterator[tuple[str, str]]:
    """Rules that a part's actions break, each with what it would allow."""
    written = actions.describe("Action")
    exact = None if actions.inverted or any(set("*?") & set(each) for each in actions.patterns) else written.lower()
    if exact is None:
        yield "wildcard-action", written
    if actions.inverted or written == "*":
        return  # nearly everything: naming parts of it would say less
    matched = (
        (exact,) if exact else _matched(tuple(sorted(each.lower() for each in actions.patterns)), actions.inverted)
    )
    for rule in PATTERNS:
        names = [name for name in matched if _is_dangerous(rule, name)]
        if exact and names:
            yield rule, written
        elif names:
            shown = ", ".join(_spelled()[name] for name in names[:NAMED])
            more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
            yield rule, f"{written} (with {shown}{more})"


@lru_cache(maxsize=2_000)
def _matched(patterns: tuple[str, ...], inverted: bool) -> tuple[str, ...]:
    """AWS's actions that patterns in lower case stand for."""
    matches = re.compile("|".join(map(_expression, patterns)))
    return tuple(name for name in sorted(_spelled()) if bool(matches.fullmatch(name)) is not inverted)


@lru_cache(maxsize=50_000)
def _is_dangerous(rule: str, name: str) -> bool:
    service = name.partition(":")[0]
    if rule == "privilege-escalation" and service != "kms" and name in _changing_permissions(service):
        return True
    return any(re.fullmatch(_expression(pattern), name) for pattern in PATTERNS[rule])


def _expression(pattern: str) -> str:
    return re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")


@cache
def _spelled() -> dict[str, str]:
    """Every action of AWS by its name in lower case."""
    return {name.lower(): name for name in get_all_actions()}


@cache
def _changing_permissions(service: str) -> frozenset[str]:
    return frozenset(map(str.lower, get_actions_with_access_level(service, PERMISSIONS)))
