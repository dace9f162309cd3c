"""The evaluator that the least-privilege proof stands on must itself say no."""

import pytest
from toq_localstack.calls.permissions import Permission
from toq_localstack.calls.policies import allowing, grants, refusals

RAW = "arn:aws:s3:::media/1/raw/photo.jpg"


def document(**statement: object) -> dict[str, object]:
    whole = {"Sid": "S", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::media/*/raw/*"}
    return {"Version": "2012-10-17", "Statement": [whole | statement]}


def allowed(policy: dict[str, object], permission: Permission) -> bool:
    return bool(allowing(grants(policy), permission))


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("s3:GetObject", RAW, True),
        ("S3:getobject", RAW, True),
        ("s3:GetObjectVersion", RAW, False),
        ("s3:GetObject", "arn:aws:s3:::media/1/processed/photo.jpg", False),
        ("s3:GetObject", "arn:aws:s3:::Media/1/raw/photo.jpg", False),
        ("s3:GetObject", "arn:aws:s3:::other/1/raw/photo.jpg", False),
    ],
)
def test_action_and_resource_must_match(action: str, resource: str, expected: bool) -> None:
    assert allowed(document(), Permission(action, resource)) is expected


def test_dots_and_brackets_in_a_resource_are_literal() -> None:
    policy = document(Resource="arn:aws:s3:::media/a.b[c]?")
    assert allowed(policy, Permission("s3:GetObject", "arn:aws:s3:::media/a.b[c]1"))
    assert not allowed(policy, Permission("s3:GetObject", "arn:aws:s3:::media/aXb[c]1"))


@pytest.mark.parametrize(
    ("condition", "context", "expected"),
    [
        ({"StringLike": {"s3:prefix": ["*/processed/*"]}}, {"s3:prefix": "1/processed/x"}, True),
        ({"StringLike": {"s3:prefix": ["*/processed/*"]}}, {"s3:prefix": "1/raw/x"}, False),
        ({"StringLike": {"s3:prefix": ["*/processed/*"]}}, {}, False),
        ({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}, {}, False),
        ({"StringEqualsIfExists": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}, {}, True),
        ({"StringNotEquals": {"aws:PrincipalTag/team": "media"}}, {}, True),
        ({"StringNotEquals": {"aws:PrincipalTag/team": "media"}}, {"aws:PrincipalTag/team": "media"}, False),
        ({"ArnNotEquals": {"aws:PrincipalArn": ["arn:a", "arn:b"]}}, {"aws:PrincipalArn": "arn:b"}, False),
        ({"ArnNotEquals": {"aws:PrincipalArn": ["arn:a", "arn:b"]}}, {"aws:PrincipalArn": "arn:c"}, True),
        ({"ArnNotEqualsIfExists": {"s3:x": "arn:a"}}, {}, True),
        ({"Null": {"s3:x": "false"}}, {}, False),
        ({"Null": {"s3:x": "false"}}, {"s3:x": "1"}, True),
        ({"Null": {"s3:x": "true"}}, {}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, {"aws:SecureTransport": "true"}, True),
        (
            {"ArnLike": {"aws:SourceArn": "arn:aws:events:*:*:rule/x"}},
            {"aws:SourceArn": "arn:aws:events:a:b:rule/x"},
            True,
        ),
    ],
)
def test_conditions_are_evaluated(
    condition: dict[str, dict[str, object]], context: dict[str, str], expected: bool
) -> None:
    assert allowed(document(Condition=condition), Permission("s3:GetObject", RAW, context)) is expected


def test_deny_outweighs_allow() -> None:
    policy = document()
    policy["Statement"] = [*policy["Statement"], *document(Effect="Deny", Action="s3:*", Resource="*")["Statement"]]  # type: ignore[misc]
    assert not allowed(policy, Permission("s3:GetObject", RAW))


def test_a_resources_policy_refuses_by_its_deny_statements_alone() -> None:
    refusing = document(Effect="Deny", Principal="*")["Statement"]
    allowing_others = document(Principal={"Service": "events.amazonaws.com"})["Statement"]
    (refusal,) = refusals({"Statement": [*refusing, *allowing_others]})  # type: ignore[misc]
    assert refusal.covers(Permission("s3:GetObject", RAW))


def test_a_deny_for_some_is_an_error_not_a_pass() -> None:
    with pytest.raises(ValueError, match="cannot evaluate a Deny for"):
        refusals(document(Effect="Deny", Principal={"AWS": "arn:aws:iam::1:role/x"}))


def test_unknown_element_is_an_error_not_a_pass() -> None:
    with pytest.raises(ValueError, match="NotResource"):
        grants(document(NotResource="x"))


def test_unknown_operator_is_an_error_not_a_pass() -> None:
    policy = document(Condition={"DateGreaterThan": {"aws:CurrentTime": "2026-01-01"}})
    with pytest.raises(KeyError):
        allowed(policy, Permission("s3:GetObject", RAW, {"aws:CurrentTime": "2026-02-02"}))
