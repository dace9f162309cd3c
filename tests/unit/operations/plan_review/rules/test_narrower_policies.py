"""Policies of a role that are no wider than before, each in its own way: the review says nothing."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.plans import allow, deny, judged
from tests.support.policies import MEDIA, MFA, READ, of_role, on, unless

# What happens to a policy of a role that exists; its statements before and after.
NARROWER = [
    ("nothing but the name of a statement", [READ], [allow("Renamed", "s3:GetObject")]),
    ("upper and lower case of an action", [READ], [allow("Read", "S3:getobject")]),
    ("one action fewer", [allow("Read", "s3:GetObject", "s3:PutObject")], [READ]),
    ("a wildcard becomes an action", [allow("Read", "s3:Get*")], [READ]),
    ("a question mark becomes a letter", [allow("Read", "s3:GetObjec?")], [READ]),
    ("a wildcard becomes a narrower one", [allow("Read", "s3:*")], [allow("Read", "s3:Get*")]),
    (
        "two statements become one",
        [READ, allow("Put", "s3:PutObject")],
        [allow("Both", "s3:GetObject", "s3:PutObject")],
    ),
    ("a prefix of the bucket only", [READ], [allow("Read", "s3:GetObject", Resource=f"{MEDIA}/raw/*")]),
    ("a condition is added", [READ], [READ | MFA]),
    (
        "one value of a condition fewer",
        [READ | on("IpAddress", "aws:SourceIp", "10.0.0.0/8", "192.168.0.0/16")],
        [READ | on("IpAddress", "aws:SourceIp", "10.1.0.0/16")],
    ),
    (
        "a shorter session with MFA",
        [READ | on("NumericLessThan", "aws:MultiFactorAuthAge", "3600")],
        [READ | on("NumericLessThan", "aws:MultiFactorAuthAge", "600")],
    ),
    (
        "a pattern of a condition becomes a text",
        [READ | on("StringLike", "s3:prefix", "raw/*")],
        [READ | on("StringEquals", "s3:prefix", "raw/photo")],
    ),
    ("a Deny is added", [READ], [READ, deny("NoDelete", "s3:DeleteObject")]),
    ("a Deny covers more actions", [deny("No", "s3:DeleteObject")], [deny("No", "s3:Delete*")]),
    (
        "a Deny is split in two",
        [deny("No", "s3:DeleteObject", "s3:PutObject")],
        [deny("A", "s3:DeleteObject"), deny("B", "s3:PutObject")],
    ),
    (
        "a Deny excepts fewer roles",
        [deny("No", "s3:*", **unless("admin", "backend"))],
        [deny("No", "s3:*", **unless("admin"))],
    ),
    (
        "an Allow whose Deny stands beside it",
        [READ],
        [READ, allow("Put", "s3:PutObject"), deny("NoPut", "s3:Put*", Resource="*")],
    ),
    (
        "all but some actions, and one more is excepted",
        [{"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}],
        [{"Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "Resource": "*"}],
    ),
    (
        "all but some actions becomes one of the others",
        [{"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}],
        [READ],
    ),
    (
        "all but some resources becomes one of the others",
        [{"Effect": "Allow", "Action": "s3:GetObject", "NotResource": [f"{MEDIA}/secret/*"]}],
        [allow("Read", "s3:GetObject", Resource=f"{MEDIA}/raw/*")],
    ),
]


@pytest.mark.parametrize(("what", "before", "after"), NARROWER, ids=[each[0] for each in NARROWER])
def test_policy_that_is_no_wider_passes(
    tmp_path: Path, what: str, before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> None:
    assert judged(tmp_path, of_role(before, after)) == set()
