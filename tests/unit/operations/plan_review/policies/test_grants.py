"""Who gains what: a role by all its policies, what is new with its bearer, and what is attached."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.plans import allow, change, deny, judged, policy
from tests.support.policies import MEDIA, READ

PUT = allow("Put", "s3:PutObject")
NO = deny("No", "s3:DeleteObject")
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
OWN = "arn:aws:iam::111111111111:policy/media"
ROLE = {"name": "zip", "assume_role_policy": policy()}


def inline(name: str, before: str | None, after: str | None, role: str = "zip") -> dict[str, Any]:
    old, new = (None if each is None else {"role": role, "policy": each} for each in (before, after))
    return change(f"aws_iam_role_policy.{name}", old, new)


def attachment(before: str | None, after: str | None, **more: Any) -> dict[str, Any]:
    old, new = (None if each is None else {"role": "zip", "policy_arn": each} for each in (before, after))
    return change("aws_iam_role_policy_attachment.zip", old, new, **more)


def managed(*statements: dict[str, Any]) -> dict[str, Any]:
    attributes = {"arn": OWN, "policy": policy(*statements)}
    return change("aws_iam_policy.media", attributes, attributes)


def role(before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, Any]:
    old, new = (None if each is None else ROLE | each for each in (before, after))
    return change("aws_iam_role.zip", old, new)


def permission(**attributes: Any) -> dict[str, Any]:
    given = {"function_name": "zip", "action": "lambda:InvokeFunction", "statement_id": "Call"}
    return given | {"source_arn": None, "source_account": None} | attributes


WIDENED = ("policy-widened", f"Put newly allows s3:PutObject on {MEDIA}/*")
LOST = ("restriction-lost", f"No no longer denies s3:DeleteObject on {MEDIA}/*")
OPEN = ("wildcard-principal", "Call allows *")

CASES: list[tuple[str, list[dict[str, Any]], set[tuple[str, str]]]] = [
    ("a statement moves between inline policies",
     [inline("a", policy(READ, PUT), policy(READ)), inline("b", policy(), policy(PUT))], set()),
    ("a statement moves to another role",
     [inline("a", policy(READ, PUT), policy(READ)), inline("b", policy(), policy(PUT), role="other")], {WIDENED}),
    ("a Deny moves between inline policies",
     [inline("a", policy(NO), policy()), inline("b", policy(), policy(NO))], set()),
    ("an inline policy goes that a managed one repeats",
     [inline("a", policy(NO), None), attachment(OWN, OWN), managed(NO)], set()),
    ("a policy with a Deny is deleted", [inline("a", policy(NO), None)], {LOST}),
    ("a policy with a Deny is deleted with its role", [inline("a", policy(NO), None), role({}, None)], set()),
    ("a new policy for a role that exists", [inline("a", None, policy(PUT))], {WIDENED}),
    ("a new policy for a role that the plan shows", [inline("a", None, policy(PUT)), role({}, {})], {WIDENED}),
    ("a new policy for a new role", [inline("a", None, policy(PUT)), role(None, {})], set()),
    ("a role's own inline policies",
     [role({"inline_policy": [{"name": "own", "policy": policy(READ)}]},
           {"inline_policy": [{"name": "own", "policy": policy(READ, PUT)}]})], {WIDENED}),
    ("the Deny of a role's own inline policy",
     [role({"inline_policy": [{"name": "own", "policy": policy(NO)}]}, {"inline_policy": []})], {LOST}),
    ("AWS's full access is attached", [attachment(None, ADMIN)], {("managed-policy", f"attaches {ADMIN}")}),
    ("AWS's full access is attached to a new role", [attachment(None, ADMIN), role(None, {})],
     {("managed-policy", f"attaches {ADMIN}")}),
    ("AWS's full access stays attached", [attachment(ADMIN, ADMIN)], set()),
    ("AWS's full access among a role's managed policies",
     [role({"managed_policy_arns": []}, {"managed_policy_arns": [ADMIN]})], {("managed-policy", f"attaches {ADMIN}")}),
    ("a policy is attached that the plan has", [attachment(None, OWN), managed(PUT)], {WIDENED}),
    ("a policy is attached that gives what the role has",
     [attachment(None, OWN), managed(PUT), inline("a", policy(PUT), policy(PUT))], set()),
    ("a policy is attached that the plan has not", [attachment(None, OWN)],
     {("policy-unreadable", f"policy_arn is {OWN}, which is not in this plan")}),
    ("a policy is attached that nobody knows", [attachment(None, "", after_unknown={"policy_arn": True})],
     {("policy-unreadable", "policy_arn is (known after apply), which is not in this plan")}),
    ("a policy with a Deny is detached", [attachment(OWN, None), managed(NO)], {LOST}),
    ("a managed policy gets wider",
     [change("aws_iam_policy.media", {"arn": OWN, "policy": policy(READ)}, {"arn": OWN, "policy": policy(READ, PUT)})],
     {WIDENED}),
    ("a user's policy", [change("aws_iam_user_policy.u", None, {"user": "u", "policy": policy(PUT)})], {WIDENED}),
    ("a key loses its policy", [change("aws_kms_key.k", {"policy": policy(READ)}, {"policy": ""})],
     {("policy-unreadable", "policy is removed, and AWS's default takes its place")}),
    ("anybody may call a function", [change("aws_lambda_permission.p", None, permission(principal="*"))],
     {OPEN, ("policy-widened", "Call newly allows lambda:InvokeFunction to * on zip:$LATEST")}),
    ("anybody may call a new function's URL",
     [change("aws_lambda_permission.p", None, permission(principal="*", function_url_auth_type="NONE")),
      change("aws_lambda_function.zip", None, {"function_name": "zip"})],
     {OPEN, ("exposed", "lets anybody call the function's URL")}),
    ("a service may call a function for any account",
     [change("aws_lambda_permission.p", None, permission(principal="s3.amazonaws.com")),
      change("aws_lambda_function.zip", None, {"function_name": "zip"})],
     {("exposed", "lets s3.amazonaws.com call for any account")}),
    ("a permission loses its source",
     [change("aws_lambda_permission.p", permission(principal="s3.amazonaws.com", source_arn="arn:aws:s3:::media"),
             permission(principal="s3.amazonaws.com"))],
     {("restriction-lost", "Call loses aws:SourceArn ArnLike arn:aws:s3:::media"),
      ("exposed", "lets s3.amazonaws.com call for any account")}),
    ("a trust policy lets another account in",
     [role({"assume_role_policy": policy({"Sid": "T", "Effect": "Allow", "Action": "sts:AssumeRole",
                                          "Principal": {"AWS": "111111111111"}})},
           {"assume_role_policy": policy({"Sid": "T", "Effect": "Allow", "Action": "sts:AssumeRole",
                                          "Principal": {"AWS": ["111111111111", "222222222222"]}})})],
     {("policy-widened", "T newly allows sts:AssumeRole to AWS arn:aws:iam::222222222222:root")}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "changes", "said"), CASES, ids=[each[0] for each in CASES])
def test_bearer_gains_what_it_had_not(
    tmp_path: Path, what: str, changes: list[dict[str, Any]], said: set[tuple[str, str]]
) -> None:
    assert judged(tmp_path, *changes) == said


def test_new_policy_is_of_a_new_role_where_the_configuration_says_so(tmp_path: Path) -> None:
    made = change("aws_iam_role_policy.a", None, {"policy": policy(PUT)}, after_unknown={"role": True})
    refers = {"address": "aws_iam_role_policy.a", "expressions": {"role": {"references": ["aws_iam_role.zip.id"]}}}
    configuration = {"root_module": {"resources": [refers]}}
    assert judged(tmp_path, made, role(None, {}), configuration=configuration) == set()
    assert judged(tmp_path, made, role({}, {}), configuration=configuration) == {WIDENED}
    assert judged(tmp_path, made, role(None, {})) == {WIDENED}, "a role that nobody knows may exist"


def test_policy_of_the_stack_is_compared_where_the_plan_does_not_know_it(tmp_path: Path) -> None:
    stack = tmp_path / "cdk.tf.json"
    written = {"aws_iam_role_policy": {"a": {"role": "zip", "policy": policy(READ, NO)}}}
    stack.write_text(json.dumps({"resource": written}))
    unknown = change(
        "aws_iam_role_policy.a",
        {"role": "zip", "policy": policy(READ, NO)},
        {"role": "zip"},
        after_unknown={"policy": True},
    )
    assert judged(tmp_path, unknown, stack=stack) == set()
