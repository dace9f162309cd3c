"""Every policy that a plan changes, with all that its bearer was and will be allowed.

A role's rights are the union of its inline and its attached policies: a statement that moves from one to the other is
no news. The policy of a resource stands for itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from operations.plan_review.plan import UNKNOWN, Change, Plan
from operations.plan_review.policies.statements import PolicyError, Statement
from operations.plan_review.policies.texts import policy_texts, read_text, target_goes, target_is_new

AWS_OWNED: Final = "arn:aws:iam::aws:policy/"
SIDES: Final = ("before", "after")
_TRUST: Final = "assume_role_policy"


@dataclass(frozen=True, slots=True)
class Grant:
    """One policy before and after.

    Parameters
    ----------
    held_before, held_after
        Statements of all policies of the same bearer.
    new
        Whether the bearer is made by this plan, so that whatever it is allowed is new.
    problem
        Why the change cannot be compared; empty when it can.
    managed
        ARN of a policy of AWS's that is newly attached.
    """

    attribute: str
    before: tuple[Statement, ...] = ()
    after: tuple[Statement, ...] = ()
    held_before: tuple[Statement, ...] = ()
    held_after: tuple[Statement, ...] = ()
    new: bool = False
    problem: str = ""
    managed: str = ""

    @property
    def trust(self) -> bool:
        """Whether it says who may become a role."""
        return self.attribute == _TRUST


def grants(change: Change, plan: Plan) -> Iterator[Grant]:
    """The policies of one resource that change."""
    if change.action in ("no-op", "move", "import", "forget") and not change.hidden:
        return
    if change.leaves and target_goes(change, plan):
        return
    texts = {side: _texts(change, side) for side in SIDES}
    for name in sorted({*texts["before"], *texts["after"]}):
        old, new = (texts[side].get(name) for side in SIDES)
        if old != new or name in change.hidden or change.action == "replace":
            yield _text_grant(change, plan, name, old, new)
    yield from _attachments(change, plan)


def _text_grant(change: Change, plan: Plan, name: str, old: Any, new: Any) -> Grant:
    before, problem_before = _read(old)
    after, problem = _read(new)
    if not problem and problem_before and change.before:
        problem = f"said something before that {problem_before}"
    held = _held(change, plan) if name != _TRUST else None
    return Grant(
        attribute=name,
        before=before,
        after=after,
        held_before=held[0] if held else before,
        held_after=held[1] if held else after,
        new=target_is_new(change, plan),
        problem=problem or _default_problem(change, name, new),
    )


def _default_problem(change: Change, name: str, new: Any) -> str:
    """A key without a policy has AWS's default one, which lets the whole account use it ("Default key policy")."""
    if change.type == "aws_kms_key" and name == "policy" and not new and not change.leaves:
        return "is removed, and AWS's default takes its place"
    return ""


def _read(text: Any) -> tuple[tuple[Statement, ...], str]:
    try:
        return read_text(text), ""
    except PolicyError as error:
        return (), str(error)


def _texts(change: Change, side: str) -> dict[str, Any]:
    after = side == "after"
    return policy_texts(change.after if after else change.before, change.unknown if after else {}, change.type)


def _held(change: Change, plan: Plan) -> tuple[tuple[Statement, ...], tuple[Statement, ...]] | None:
    """What the role of a policy is allowed and denied on either side; None where the policy is of no one role."""
    roles = [_role(change, side) for side in SIDES]
    if not any(roles):
        return None
    before, after = (
        tuple(
            statement
            for each in plan.resources
            if role and _role(each, side) == role
            for statement in _of(each, plan, side)
        )
        for role, side in zip((roles[0] or roles[1], roles[1] or roles[0]), SIDES, strict=True)
    )
    return before, after


def _role(change: Change, side: str) -> str | None:
    attributes = change.before if side == "before" else change.after
    if change.type == "aws_iam_role":
        name = attributes.get("name")
    elif change.type in ("aws_iam_role_policy", "aws_iam_role_policy_attachment"):
        name = attributes.get("role")
    else:
        name = None
    return name if isinstance(name, str) else None


def _of(change: Change, plan: Plan, side: str) -> Iterator[Statement]:
    """Readable statements that a resource gives its role."""
    for name, text in _texts(change, side).items():
        if name != _TRUST:
            yield from _read(text)[0]
    if change.type == "aws_iam_role_policy_attachment":
        yield from _attached(change, plan, side)[0]


def _attachments(change: Change, plan: Plan) -> Iterator[Grant]:
    """Policies that a resource newly attaches, or no longer."""
    if change.type.endswith("_attachment") and change.type.startswith("aws_iam_"):
        yield _attachment(change, plan)
    old, new = (_listed(side.get("managed_policy_arns")) for side in (change.before, change.after))
    if change.unknown.get("managed_policy_arns"):
        yield Grant("managed_policy_arns", problem="is known after apply only")
    for arn in sorted(new - old):
        owned = arn.startswith(AWS_OWNED)
        yield Grant(arn, managed=arn if owned else "", problem="" if owned else "is attached, and not in this plan")


def _attachment(change: Change, plan: Plan) -> Grant:
    arn = change.after.get("policy_arn")
    if isinstance(arn, str) and arn.startswith(AWS_OWNED) and arn != change.before.get("policy_arn"):
        return Grant("policy_arn", managed=arn)
    before, _ = _attached(change, plan, "before")
    after, found = _attached(change, plan, "after")
    held = _held(change, plan) or (before, after)
    problem = f"is {arn or UNKNOWN}, which is not in this plan" if not change.leaves and not found else ""
    return Grant("policy_arn", before, after, held[0], held[1], target_is_new(change, plan), problem)


def _attached(change: Change, plan: Plan, side: str) -> tuple[tuple[Statement, ...], bool]:
    """Statements of the managed policy that is attached, and whether the plan has it."""
    attributes = change.before if side == "before" else change.after
    arn = attributes.get("policy_arn")
    referred = change.references.get("policy_arn", frozenset()) if side == "after" else frozenset()
    for each in plan.resources:
        own = each.before if side == "before" else each.after
        if each.type == "aws_iam_policy" and ((arn and own.get("arn") == arn) or each.address in referred):
            statements, problem = _read(_texts(each, side).get("policy"))
            return statements, not problem
    return (), isinstance(arn, str) and arn.startswith(AWS_OWNED)


def _listed(value: Any) -> set[str]:
    return {str(each) for each in value} if isinstance(value, list) else set()
