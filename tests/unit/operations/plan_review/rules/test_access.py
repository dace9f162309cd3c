"""Policies of resources, and policies that nobody can read."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.plans import allow, change, deny, judged, policy
from tests.support.policies import ACCOUNT, ALL, HTTP, MEDIA, READ, ROOT

# What happens to a bucket's policy: the statement before and after.
BUCKET = [
    ("the account's number for its ARN", READ | ACCOUNT, READ | ROOT, set()),
    ("another account", READ | ROOT, READ | {"Principal": {"AWS": "222222222222"}},
     {("policy-widened", f"Read newly allows s3:GetObject to AWS arn:aws:iam::222222222222:root on {MEDIA}/*")}),
    ("everybody", READ | ROOT, READ | {"Principal": {"AWS": "*"}},
     {("wildcard-principal", "Read allows *"),
      ("policy-widened", f"Read newly allows s3:GetObject to * on {MEDIA}/*")}),
    ("all but one", READ | ROOT, READ | {"NotPrincipal": {"AWS": "222222222222"}},
     {("wildcard-principal", "Read allows NotPrincipal AWS arn:aws:iam::222222222222:root"),
      ("policy-widened",
       f"Read newly allows s3:GetObject to NotPrincipal AWS arn:aws:iam::222222222222:root on {MEDIA}/*")}),
    ("everybody becomes an account", READ | ALL, READ | ROOT, set()),
    ("plain HTTP is refused to fewer", deny("NoHttp", "s3:*", **ALL, **HTTP), deny("NoHttp", "s3:*", **ROOT, **HTTP),
     {("restriction-lost",
       f"NoHttp no longer denies s3:* to * on {MEDIA}/* if aws:SecureTransport Bool false")}),
    ("a Deny of all but one excepts another",
     deny("Only", "s3:*") | {"NotPrincipal": {"AWS": "arn:aws:iam::111111111111:role/admin"}},
     deny("Only", "s3:*") | {"NotPrincipal": {"AWS": ["arn:aws:iam::111111111111:role/admin", "222222222222"]}},
     {("restriction-lost",
       f"Only no longer denies s3:* to NotPrincipal AWS arn:aws:iam::111111111111:role/admin on {MEDIA}/*")}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "before", "after", "said"), BUCKET, ids=[each[0] for each in BUCKET])
def test_policy_of_a_bucket_says_who(
    tmp_path: Path, what: str, before: dict[str, Any], after: dict[str, Any], said: set[tuple[str, str]]
) -> None:
    old, new = ({"bucket": "media", "policy": policy(side)} for side in (before, after))
    assert judged(tmp_path, change("aws_s3_bucket_policy.media", old, new)) == said


UNREADABLE = [
    ("no JSON", "{", "is no JSON"),
    ("no policy", json.dumps({"Version": "2012-10-17"}), "is no policy document"),
    ("lower-case elements", json.dumps({"statement": []}), "is no policy document"),
    ("a list", "[]", "is no policy document"),
    ("no effect", policy({"Action": "s3:GetObject", "Resource": "*"}), "neither Allow nor Deny"),
    ("an effect in lower case", policy(READ | {"Effect": "allow"}), "neither Allow nor Deny"),
    ("two effects", policy(READ).replace('"Effect"', '"Effect": "Deny", "Effect"'), "names a member twice"),
    ("no action", policy({"Effect": "Allow", "Resource": "*"}), "Action is missing"),
    (
        "action and all but some",
        policy(READ | {"NotAction": "s3:PutObject"}),
        "Action is missing, empty, or given twice",
    ),
    ("an action that is a number", policy(READ | {"Action": [7]}), "something else than texts"),
    ("a misspelt element", policy(READ | {"Conditions": {}}), "none as AWS describes it"),
    ("a condition of texts", policy(READ | {"Condition": {"Bool": "true"}}), "Condition Bool is no object"),
    ("a statement that is a text", json.dumps({"Statement": ["Allow"]}), "none as AWS describes it"),
    ("too many parts", policy(allow("Huge", *map(str, range(200)), Resource=list(map(str, range(200))))), "too large"),
]


@pytest.mark.parametrize(("what", "text", "words"), UNREADABLE, ids=[each[0] for each in UNREADABLE])
def test_policy_that_nobody_can_read_is_the_only_finding(tmp_path: Path, what: str, text: str, words: str) -> None:
    before = {"role": "zip", "policy": policy(READ, deny("No", "s3:DeleteObject"))}
    said = judged(tmp_path, change("aws_iam_role_policy.zip", before, before | {"policy": text}))
    assert {rule for rule, _ in said} == {"policy-unreadable"}
    assert words in next(iter(said))[1]


def test_unknown_policy_is_a_finding_and_no_lost_restriction(tmp_path: Path) -> None:
    before = {"role": "zip", "policy": policy(deny("No", "s3:*"))}
    unknown = change("aws_iam_role_policy.zip", before, {"role": "zip"}, after_unknown={"policy": True})
    assert judged(tmp_path, unknown) == {("policy-unreadable", "policy is known after apply only")}


def test_changed_sensitive_policy_is_a_finding(tmp_path: Path) -> None:
    marks = {"before_sensitive": {"policy": True}, "after_sensitive": {"policy": True}}
    before, after = ({"role": "zip", "policy": policy(allow("A", action))} for action in ("s3:Get*", "s3:*"))
    assert judged(tmp_path, change("aws_iam_role_policy.zip", before, after, **marks)) == {
        ("policy-unreadable", "policy is sensitive")
    }


def test_policy_before_that_nobody_can_read_is_a_finding(tmp_path: Path) -> None:
    before = {"role": "zip", "policy": "{"}
    said = judged(tmp_path, change("aws_iam_role_policy.zip", before, before | {"policy": policy()}))
    assert said == {("policy-unreadable", "policy said something before that is no JSON, or names a member twice")}


def test_policy_inside_another_document_is_pointed_at(tmp_path: Path) -> None:
    template = json.dumps({"Resources": {"Role": {"Properties": {"Policies": [{"PolicyDocument": policy(READ)}]}}}})
    said = judged(tmp_path, change("aws_cloudformation_stack.s", {"template_body": "{}"}, {"template_body": template}))
    assert said == {("policy-unreadable", "template_body holds a policy inside, where this review does not read")}
