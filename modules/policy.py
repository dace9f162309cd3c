"""IAM policy documents: every statement is named after what it is for, and nothing else needs JSON by hand."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

type Statement = dict[str, Any]
type Conditions = Mapping[str, Mapping[str, str | Sequence[str]]]
type Principals = str | Mapping[str, str | Sequence[str]]

# What a role needs of the key to read, and what to write: S3 and SQS ask for both when they encrypt.
READ: Final = ("kms:Decrypt",)
WRITE: Final = ("kms:Decrypt", "kms:GenerateDataKey")


def allow(
    sid: str,
    actions: Sequence[str],
    resources: Sequence[str] | None = None,
    *,
    principals: Principals | None = None,
    conditions: Conditions | None = None,
) -> Statement:
    """One ``Allow`` statement.

    Parameters
    ----------
    sid
        Says the intent, in letters and digits, e.g. ``ReadRawMedia``.
    resources
        ARNs; None in a role's trust policy, which has no resource.
    principals
        Only in policies of resources and in trust policies: ``"*"`` or ``{"Service": ...}``.
    """
    return _statement("Allow", sid, actions, resources, principals, conditions)


def deny(
    sid: str,
    actions: Sequence[str],
    resources: Sequence[str],
    *,
    conditions: Conditions,
) -> Statement:
    """One ``Deny`` statement of a resource's policy, about everybody whom the conditions do not spare."""
    return _statement("Deny", sid, actions, resources, "*", conditions)


def document(*statements: Statement) -> str:
    """The policy as JSON, in the order given."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def refuse_plain_http(actions: Sequence[str], resources: Sequence[str]) -> Statement:
    """What every policy of a resource begins with: nothing without TLS."""
    return deny("RefusePlainHttp", actions, resources, conditions={"Bool": {"aws:SecureTransport": "false"}})


def trust(service: str, *, account_id: str | None = None) -> str:
    """Trust policy of a role that one AWS service assumes.

    Parameters
    ----------
    account_id
        Guards against the confused deputy where the service sends ``aws:SourceAccount``.
    """
    conditions = {"StringEquals": {"aws:SourceAccount": account_id}} if account_id else None
    name = "".join(part.capitalize() for part in service.removesuffix(".amazonaws.com").split("-"))
    return document(allow(f"{name}Assumes", ["sts:AssumeRole"], principals={"Service": service}, conditions=conditions))


def _statement(  # noqa: PLR0913 - the members of a statement
    effect: str,
    sid: str,
    actions: Sequence[str],
    resources: Sequence[str] | None,
    principals: Principals | None,
    conditions: Conditions | None,
) -> Statement:
    statement: Statement = {"Sid": sid, "Effect": effect}
    if principals is not None:
        statement["Principal"] = principals
    statement["Action"] = list(actions)
    if resources is not None:
        statement["Resource"] = list(resources)
    if conditions is not None:
        statement["Condition"] = conditions
    return statement
