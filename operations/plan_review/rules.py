"""What a plan may never do without somebody writing down why: each rule looks at one change and names its findings."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from operations.plan_review.documents import INVERTED, PolicyChange, Statement, policies, states
from operations.plan_review.plan import Change

DATA_HOLDERS: Final = frozenset(
    {
        "aws_s3_bucket",
        "aws_kms_key",
        "aws_sqs_queue",
        "aws_secretsmanager_secret",
        "aws_cloudwatch_log_group",
    }
)
# Attributes that name an encryption key: losing one falls back to a key that is not TOQ's, or to none.
KEY_ATTRIBUTES: Final = ("kms_master_key_id", "kms_key_id", "kms_key_arn")
# Attribute, and the value that protects.
SWITCHES: Final = {
    "aws_s3_bucket_public_access_block": {
        "block_public_acls": True,
        "block_public_policy": True,
        "ignore_public_acls": True,
        "restrict_public_buckets": True,
    },
    "aws_kms_key": {"enable_key_rotation": True, "is_enabled": True},
    "aws_sqs_queue": {"sqs_managed_sse_enabled": True},
}
PROTECTIONS: Final = frozenset(
    {
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_server_side_encryption_configuration",
        "aws_s3_bucket_versioning",
        "aws_s3_bucket_policy",
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason to stop.

    Parameters
    ----------
    rule
        Stable name of the rule; ``waivers.toml`` refers to it.
    detail
        What exactly was found, the text that a waiver must repeat.
    """

    rule: str
    address: str
    detail: str


Rule = Callable[[Change], Iterator[str]]


def data_is_destroyed(change: Change) -> Iterator[str]:
    """A resource that holds data would be destroyed or replaced."""
    if change.destroys and change.type in DATA_HOLDERS:
        because = f" because of {', '.join(change.replaced_by)}" if change.replaced_by else ""
        yield f"{change.action}{because}"


def policy_gains_wildcard_action(change: Change) -> Iterator[str]:
    """A policy newly allows an action with a wildcard, or everything but some actions."""
    for policy in policies(change):
        yield from sorted(_gained(policy, lambda each: {action for action in each.actions if "*" in action}))
        yield from sorted(_gained(policy, lambda each: {kind for kind in each.inverted if kind.startswith(INVERTED)}))


def policy_gains_wildcard_principal(change: Change) -> Iterator[str]:
    """A policy newly allows everybody, or principals by wildcard."""
    for policy in policies(change):
        yield from sorted(_gained(policy, lambda each: {name for name in each.principals if "*" in name}))


def policy_gains_delete_action(change: Change) -> Iterator[str]:
    """A policy newly allows an action that deletes."""
    for policy in policies(change):
        yield from sorted(
            _gained(policy, lambda each: {act for act in each.actions if act.partition(":")[2].startswith("Delete")})
        )


def policy_loses_restriction(change: Change) -> Iterator[str]:
    """A Deny statement, or a condition of an Allow that stays, disappears."""
    for policy in policies(change):
        if not policy.after and change.action != "update":
            continue  # the whole resource goes; the other rules speak of that
        after = {each.sid: each for each in policy.after}
        for old in policy.before:
            new = after.get(old.sid)
            if not old.allows and (new is None or new.allows or old.actions - new.actions):
                yield f"{old.sid} no longer denies {', '.join(sorted(old.actions - (new.actions if new else set())))}"
            elif old.allows and new is not None and new.allows and old.conditions - new.conditions:
                yield from (f"{old.sid} loses {lost}" for lost in _lost_conditions(old, new))


def protection_weakens(change: Change) -> Iterator[str]:
    """Encryption, versioning, key rotation or the public access block weakens."""
    if change.type in PROTECTIONS and change.action == "delete":
        yield "deleted"
    if change.action not in ("update", "replace"):
        return
    for name, good in SWITCHES.get(change.type, {}).items():
        if change.before.get(name) == good and change.after.get(name) != good and not _replaced_by_key(change, name):
            yield f"{name}: {change.before[name]} becomes {change.after.get(name)}"
    for name in KEY_ATTRIBUTES:
        if change.before.get(name) and not change.after.get(name) and not change.unknown.get(name):
            yield f"{name} is removed"
    yield from _bucket_protection_weakens(change)


def state_is_lost(change: Change) -> Iterator[str]:
    """The state machine loses a state."""
    if change.type == "aws_sfn_state_machine" and change.action != "create" and not change.unknown.get("definition"):
        before, after = states(change.before.get("definition")), states(change.after.get("definition"))
        yield from sorted(before.keys() - after.keys())


def objects_expire(change: Change) -> Iterator[str]:
    """A lifecycle rule would remove objects (requirements, section 4: nothing does so automatically)."""
    if change.type == "aws_s3_bucket_lifecycle_configuration":
        for rule in change.after.get("rule") or []:
            for name in ("expiration", "noncurrent_version_expiration"):
                if rule.get(name):
                    yield f"rule {rule.get('id')} has {name}"


RULES: Final[dict[str, Rule]] = {
    "data-destroyed": data_is_destroyed,
    "wildcard-action": policy_gains_wildcard_action,
    "wildcard-principal": policy_gains_wildcard_principal,
    "delete-action": policy_gains_delete_action,
    "restriction-lost": policy_loses_restriction,
    "protection-weakened": protection_weakens,
    "state-lost": state_is_lost,
    "objects-expire": objects_expire,
}


def review(changes: Sequence[Change]) -> list[Finding]:
    """All findings, by address and rule."""
    return [
        Finding(name, change.address, detail)
        for change in changes
        for name, rule in RULES.items()
        for detail in rule(change)
    ]


def _gained(policy: PolicyChange, pick: Callable[[Statement], set[str]]) -> set[str]:
    """What the Allow statements have after and had not before, with the statement that brings it."""
    had = {item for each in policy.before if each.allows for item in pick(each)}
    return {f"{each.sid} allows {item}" for each in policy.after if each.allows for item in pick(each) - had}


def _lost_conditions(old: Statement, new: Statement) -> list[str]:
    """Conditions whose key no longer restricts the statement; a changed value shows in the diff and is no finding."""
    kept = {condition.split(" ", 1)[0] for condition in new.conditions}
    return sorted(lost for lost in old.conditions - new.conditions if lost.split(" ", 1)[0] not in kept)


def _replaced_by_key(change: Change, name: str) -> bool:
    """A queue that changes from SQS-managed encryption to a key does not weaken."""
    return name == "sqs_managed_sse_enabled" and bool(
        change.after.get("kms_master_key_id") or change.unknown.get("kms_master_key_id")
    )


def _bucket_protection_weakens(change: Change) -> Iterator[str]:
    if change.type == "aws_s3_bucket_versioning":
        old, new = (_first(side, "versioning_configuration").get("status") for side in (change.before, change.after))
        if old == "Enabled" and new != "Enabled":
            yield f"versioning: {old} becomes {new}"
    if change.type == "aws_s3_bucket_server_side_encryption_configuration":
        old, new = (
            _first(_first(side, "rule"), "apply_server_side_encryption_by_default").get("sse_algorithm")
            for side in (change.before, change.after)
        )
        if old == "aws:kms" and new not in ("aws:kms", "aws:kms:dsse"):
            yield f"sse_algorithm: {old} becomes {new}"


def _first(block: Any, name: str) -> dict[str, Any]:
    """First element of a nested block, as Terraform writes blocks with at most one element."""
    listed = block.get(name) or [{}]
    return listed[0] or {}
