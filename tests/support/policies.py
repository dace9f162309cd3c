"""Policies of the tests of plan review: statements that its tables are made of."""

from typing import Any

from tests.support.plans import allow, change, policy

MEDIA = "arn:aws:s3:::media"
MFA = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
NO_MFA = {"Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}
HTTP = {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
ACCOUNT = {"Principal": {"AWS": "111111111111"}}
ROOT = {"Principal": {"AWS": "arn:aws:iam::111111111111:root"}}
ALL = {"Principal": "*"}
READ = allow("Read", "s3:GetObject")


def unless(*roles: str) -> dict[str, Any]:
    """A condition that is met by all but some roles."""
    arns = [f"arn:aws:iam::111111111111:role/{role}" for role in roles]
    return {"Condition": {"ArnNotLike": {"aws:PrincipalArn": arns}}}


def on(condition: str, key: str, *values: str) -> dict[str, Any]:
    return {"Condition": {condition: {key: list(values)}}}


def of_role(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> dict[str, Any]:
    old, new = ({"role": "zip", "policy": policy(*side)} for side in (before, after))
    return change("aws_iam_role_policy.zip", old, new)
