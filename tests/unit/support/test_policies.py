"""The evaluator that the least-privilege proof stands on must itself say no."""

import pytest

from tests.support.privileges.policies import Permission, allowing, grants

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
        ({"StringLike": {"s3:prefix": ["*/processed/*"]}}, (("s3:prefix", "1/processed/x"),), True),
        ({"StringLike": {"s3:prefix": ["*/processed/*"]}}, (("s3:prefix", "1/raw/x"),), False),
        ({"StringLike": {"s3:prefix": ["*/processed/*"]}}, (), False),
        ({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}, (), False),
        ({"StringEqualsIfExists": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}, (), True),
        ({"StringNotEquals": {"aws:PrincipalTag/team": "media"}}, (), True),
        ({"Bool": {"aws:SecureTransport": "true"}}, (("aws:SecureTransport", "true"),), True),
        (
            {"ArnLike": {"aws:SourceArn": "arn:aws:events:*:*:rule/x"}},
            (("aws:SourceArn", "arn:aws:events:a:b:rule/x"),),
            True,
        ),
    ],
)
def test_conditions_are_evaluated(
    condition: dict[str, dict[str, object]], context: tuple[tuple[str, str], ...], expected: bool
) -> None:
    assert allowed(document(Condition=condition), Permission("s3:GetObject", RAW, context)) is expected


def test_deny_outweighs_allow() -> None:
    policy = document()
    policy["Statement"] = [*policy["Statement"], *document(Effect="Deny", Action="s3:*", Resource="*")["Statement"]]  # type: ignore[misc]
    assert not allowed(policy, Permission("s3:GetObject", RAW))


def test_unknown_element_is_an_error_not_a_pass() -> None:
    with pytest.raises(ValueError, match="NotResource"):
        grants(document(NotResource="x"))


def test_unknown_operator_is_an_error_not_a_pass() -> None:
    policy = document(Condition={"DateGreaterThan": {"aws:CurrentTime": "2026-01-01"}})
    with pytest.raises(KeyError):
        allowed(policy, Permission("s3:GetObject", RAW, (("aws:CurrentTime", "2026-02-02"),)))
