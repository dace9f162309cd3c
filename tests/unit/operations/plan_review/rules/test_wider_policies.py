"""Policies of a role that are wider than before, or not provably narrower: each with what the review says."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.plans import allow, deny, judged
from tests.support.policies import MEDIA, MFA, NO_MFA, READ, of_role, on, unless

ADMIN = "arn:aws:iam::111111111111:role/admin"

# What happens to a policy of a role that exists; its statements before and after; the findings.
WIDER = [
    (
        "an action more",
        [READ],
        [READ, allow("Put", "s3:PutObject")],
        {("policy-widened", f"Put newly allows s3:PutObject on {MEDIA}/*")},
    ),
    (
        "a resource more",
        [READ],
        [allow("Read", "s3:GetObject", Resource=[f"{MEDIA}/*", "arn:aws:s3:::other/*"])],
        {("policy-widened", "Read newly allows s3:GetObject on arn:aws:s3:::other/*")},
    ),
    (
        "a longer prefix becomes a shorter one",
        [allow("Read", "s3:GetObject", Resource=f"{MEDIA}/raw/*")],
        [allow("Read", "s3:GetObject", Resource=f"{MEDIA}/r*")],
        {("policy-widened", f"Read newly allows s3:GetObject on {MEDIA}/r*")},
    ),
    (
        "a star that would have to reach over a colon",
        [allow("Read", "s3:GetObject", Resource="arn:aws:s3:*")],
        [READ],
        {("policy-widened", f"Read newly allows s3:GetObject on {MEDIA}/*")},
    ),
    (
        "a wildcard for what was named",
        [READ],
        [allow("Read", "s3:GetObjec?")],
        {
            ("wildcard-action", "Read allows s3:GetObjec?"),
            ("policy-widened", f"Read newly allows s3:GetObjec? on {MEDIA}/*"),
        },
    ),
    (
        "a wildcard that deletes",
        [READ],
        [allow("Read", "s3:D?leteObject")],
        {
            ("wildcard-action", "Read allows s3:D?leteObject"),
            ("delete-action", "Read allows s3:D?leteObject (with s3:DeleteObject)"),
            ("policy-widened", f"Read newly allows s3:D?leteObject on {MEDIA}/*"),
        },
    ),
    (
        "a lower-case delete",
        [READ],
        [READ, allow("Go", "s3:deleteobject")],
        {
            ("delete-action", "Go allows s3:deleteobject"),
            ("policy-widened", f"Go newly allows s3:deleteobject on {MEDIA}/*"),
        },
    ),
    (
        "a queue may be purged",
        [READ],
        [READ, allow("Empty", "sqs:PurgeQueue")],
        {
            ("delete-action", "Empty allows sqs:PurgeQueue"),
            ("policy-widened", f"Empty newly allows sqs:PurgeQueue on {MEDIA}/*"),
        },
    ),
    (
        "lifecycle rules may be written",
        [READ],
        [READ, allow("Tidy", "s3:PutLifecycleConfiguration")],
        {
            ("delete-action", "Tidy allows s3:PutLifecycleConfiguration"),
            ("policy-widened", f"Tidy newly allows s3:PutLifecycleConfiguration on {MEDIA}/*"),
        },
    ),
    (
        "a key may be scheduled for deletion",
        [READ],
        [READ, allow("Key", "kms:ScheduleKeyDeletion")],
        {
            ("key-administration", "Key allows kms:ScheduleKeyDeletion"),
            ("policy-widened", f"Key newly allows kms:ScheduleKeyDeletion on {MEDIA}/*"),
        },
    ),
    (
        "a key may be disabled and its policy put",
        [READ],
        [READ, allow("Key", "kms:DisableKey", "kms:PutKeyPolicy")],
        {
            ("key-administration", "Key allows kms:DisableKey"),
            ("key-administration", "Key allows kms:PutKeyPolicy"),
            ("policy-widened", f"Key newly allows kms:DisableKey, kms:PutKeyPolicy on {MEDIA}/*"),
        },
    ),
    *(
        (
            f"{action}, which lends or widens permissions",
            [READ],
            [READ, allow("Rise", action, Resource="*")],
            {("privilege-escalation", f"Rise allows {action}"), ("policy-widened", f"Rise newly allows {action} on *")},
        )
        for action in (
            "iam:PassRole",
            "iam:PutRolePolicy",
            "iam:CreateAccessKey",
            "sts:AssumeRole",
            "s3:PutBucketPolicy",
            "iam:AttachRolePolicy",
            "lambda:AddPermission",
            "iam:UpdateAssumeRolePolicy",
        )
    ),
    (
        "fewer excepted actions",
        [{"Sid": "Most", "Effect": "Allow", "NotAction": ["kms:*", "s3:*"], "Resource": MEDIA}],
        [{"Sid": "Most", "Effect": "Allow", "NotAction": ["s3:*"], "Resource": MEDIA}],
        {
            ("wildcard-action", "Most allows NotAction s3:*"),
            ("policy-widened", f"Most newly allows NotAction s3:* on {MEDIA}"),
        },
    ),
    (
        "all but some resources for what was named",
        [READ],
        [{"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject"], "NotResource": [f"{MEDIA}/secret/*"]}],
        {("policy-widened", f"Read newly allows s3:GetObject on NotResource {MEDIA}/secret/*")},
    ),
    (
        "MFA is no longer asked for",
        [READ | MFA],
        [READ],
        {("restriction-lost", "Read loses aws:MultiFactorAuthPresent Bool true")},
    ),
    (
        "MFA is no longer asked for under another name",
        [READ | MFA],
        [allow("Other", "s3:GetObject")],
        {("restriction-lost", "Other loses aws:MultiFactorAuthPresent Bool true")},
    ),
    (
        "MFA is asked for only where the key is there",
        [READ | MFA],
        [READ | on("BoolIfExists", "aws:MultiFactorAuthPresent", "true")],
        {("restriction-lost", "Read loses aws:MultiFactorAuthPresent Bool true")},
    ),
    (
        "a wider network",
        [READ | on("IpAddress", "aws:SourceIp", "10.0.0.0/16")],
        [READ | on("IpAddress", "aws:SourceIp", "10.0.0.0/8")],
        {("restriction-lost", "Read loses aws:SourceIp IpAddress 10.0.0.0/16")},
    ),
    (
        "an operator that nobody knows",
        [READ | MFA],
        [READ | on("BoolMaybe", "aws:MultiFactorAuthPresent", "true")],
        {("restriction-lost", "Read loses aws:MultiFactorAuthPresent Bool true")},
    ),
    (
        "a Deny goes",
        [READ, deny("No", "s3:DeleteObject")],
        [READ],
        {("restriction-lost", f"No no longer denies s3:DeleteObject on {MEDIA}/*")},
    ),
    (
        "a Deny for fewer resources",
        [deny("No", "s3:DeleteObject", Resource="*")],
        [deny("No", "s3:DeleteObject")],
        {("restriction-lost", "No no longer denies s3:DeleteObject on *")},
    ),
    (
        "a Deny of fewer actions",
        [deny("No", "s3:*")],
        [deny("No", "s3:Delete*")],
        {("restriction-lost", f"No no longer denies s3:* on {MEDIA}/*")},
    ),
    (
        "a Deny gets a condition",
        [deny("No", "s3:DeleteObject")],
        [deny("No", "s3:DeleteObject", **NO_MFA)],
        {("restriction-lost", f"No no longer denies s3:DeleteObject on {MEDIA}/*")},
    ),
    (
        "a Deny excepts one role more",
        [deny("No", "s3:*", **unless("admin"))],
        [deny("No", "s3:*", **unless("admin", "intern"))],
        {
            (
                "restriction-lost",
                f"No no longer denies s3:* on {MEDIA}/* if aws:PrincipalArn ArnNotLike {ADMIN}",
            )
        },
    ),
    (
        "a Deny without MFA that an absent key now passes",
        [deny("No", "s3:*", **NO_MFA)],
        [deny("No", "s3:*", **on("Bool", "aws:MultiFactorAuthPresent", "false"))],
        {
            (
                "restriction-lost",
                f"No no longer denies s3:* on {MEDIA}/* if aws:MultiFactorAuthPresent BoolIfExists false",
            )
        },
    ),
    (
        "a Deny becomes an Allow",
        [deny("No", "s3:PutObject")],
        [allow("No", "s3:PutObject")],
        {
            ("restriction-lost", f"No no longer denies s3:PutObject on {MEDIA}/*"),
            ("policy-widened", f"No newly allows s3:PutObject on {MEDIA}/*"),
        },
    ),
]


@pytest.mark.parametrize(("what", "before", "after", "said"), WIDER, ids=[each[0] for each in WIDER])
def test_policy_that_may_be_wider_is_a_finding(
    tmp_path: Path,
    what: str,
    before: list[dict[str, Any]],
    after: list[dict[str, Any]],
    said: set[tuple[str, str]],
) -> None:
    assert judged(tmp_path, of_role(before, after)) == said
