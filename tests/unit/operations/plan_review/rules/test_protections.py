"""Plans that weaken a protection, or open something, each with what the review must say."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.plans import change, judged

OWN = "arn:aws:kms:sa-east-1:111111111111:key/media"
OTHER = "arn:aws:kms:sa-east-1:222222222222:key/other"
BUCKET_KEY = "rule.apply_server_side_encryption_by_default"


def sse(algorithm: str | None, key: str | None = None) -> dict[str, Any]:
    inner = {"sse_algorithm": algorithm, "kms_master_key_id": key}
    return {"rule": [{"apply_server_side_encryption_by_default": [inner]}]}


def nested(block: str, **attributes: Any) -> dict[str, Any]:
    return {block: [attributes]}


# A resource's type, its attributes before and after, and what the review says of the change.
WEAKER: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("aws_sqs_queue", {"kms_master_key_id": OWN}, {"kms_master_key_id": ""}, "kms_master_key_id is removed"),
    ("aws_sqs_queue", {"kms_master_key_id": OWN}, {"kms_master_key_id": OTHER},
     f"kms_master_key_id becomes another key: {OWN} becomes {OTHER}"),
    ("aws_sns_topic", {"kms_master_key_id": OWN}, {"kms_master_key_id": "alias/aws/sns"},
     "kms_master_key_id becomes AWS's own key alias/aws/sns"),
    ("aws_s3_bucket_server_side_encryption_configuration", sse("aws:kms", OWN), sse("AES256", OWN),
     f"{BUCKET_KEY}.sse_algorithm aws:kms becomes AES256"),
    ("aws_s3_bucket_server_side_encryption_configuration", sse("aws:kms", OWN), sse("aws:kms"),
     f"{BUCKET_KEY}.kms_master_key_id is removed"),
    ("aws_s3_bucket_server_side_encryption_configuration", sse("aws:kms", OWN), {"rule": []},
     f"{BUCKET_KEY}.kms_master_key_id is removed"),
    ("aws_s3_bucket_server_side_encryption_configuration", sse("aws:kms", OWN),
     sse("aws:kms", "arn:aws:kms:sa-east-1:111111111111:alias/aws/s3"),
     f"{BUCKET_KEY}.kms_master_key_id becomes AWS's own key arn:aws:kms:sa-east-1:111111111111:alias/aws/s3"),
    ("aws_s3_bucket_versioning", nested("versioning_configuration", status="Enabled"),
     nested("versioning_configuration", status="Suspended"),
     "versioning_configuration.status Enabled becomes Suspended"),
    ("aws_s3_bucket", {"force_destroy": False}, {"force_destroy": True}, "force_destroy becomes True"),
    ("aws_s3_bucket_acl", {"acl": "private"}, {"acl": "public-read"}, "acl becomes public-read"),
    ("aws_s3_bucket_public_access_block", {"block_public_acls": True}, {"block_public_acls": False},
     "block_public_acls True becomes False"),
    ("aws_s3_bucket_public_access_block", {"ignore_public_acls": True}, {},
     "ignore_public_acls True becomes (not set)"),
    ("aws_s3_bucket_ownership_controls", nested("rule", object_ownership="BucketOwnerEnforced"),
     nested("rule", object_ownership="ObjectWriter"), "rule.object_ownership BucketOwnerEnforced becomes ObjectWriter"),
    ("aws_kms_key", {"policy": "", "enable_key_rotation": True}, {"policy": "", "enable_key_rotation": False},
     "enable_key_rotation True becomes False"),
    ("aws_kms_key", {"deletion_window_in_days": 30}, {"deletion_window_in_days": 7},
     "deletion_window_in_days 30 becomes 7"),
    ("aws_kms_key", {"rotation_period_in_days": 365}, {"rotation_period_in_days": 2560},
     "rotation_period_in_days 365 becomes 2560"),
    ("aws_secretsmanager_secret", {"recovery_window_in_days": 30}, {"recovery_window_in_days": 0},
     "recovery_window_in_days 30 becomes 0"),
    ("aws_cloudwatch_log_group", {"retention_in_days": 365}, {"retention_in_days": 30},
     "retention_in_days 365 becomes 30"),
    ("aws_cloudwatch_log_group", {"retention_in_days": 0}, {"retention_in_days": 3653},
     "retention_in_days 0 becomes 3653"),
    ("aws_sqs_queue", {"redrive_policy": '{"maxReceiveCount":5}'}, {"redrive_policy": ""}, "redrive_policy is removed"),
    ("aws_sqs_queue", {"redrive_policy": '{"maxReceiveCount":5}'}, {"redrive_policy": '{"maxReceiveCount":1000}'},
     'redrive_policy {"maxReceiveCount":5} becomes {"maxReceiveCount":1000}'),
    ("aws_cloudwatch_event_target", nested("dead_letter_config", arn="a"), {"dead_letter_config": []},
     "dead_letter_config.arn is removed"),
    ("aws_lambda_function", nested("dead_letter_config", target_arn="a"), {},
     "dead_letter_config.target_arn is removed"),
    ("aws_api_gateway_domain_name", {"security_policy": "TLS_1_2"}, {"security_policy": "TLS_1_0"},
     "security_policy TLS_1_2 becomes TLS_1_0"),
    ("aws_api_gateway_rest_api", nested("endpoint_configuration", types=["PRIVATE"]),
     nested("endpoint_configuration", types=["REGIONAL"]),
     'endpoint_configuration.types ["PRIVATE"] becomes ["REGIONAL"]'),
    ("aws_api_gateway_method", {"authorization": "AWS_IAM"}, {"authorization": "NONE"},
     "authorization AWS_IAM becomes NONE"),
    ("aws_lambda_function_url", {"authorization_type": "AWS_IAM"}, {"authorization_type": "NONE"},
     "authorization_type becomes NONE"),
    ("aws_iam_role", {"permissions_boundary": "arn"}, {"permissions_boundary": None},
     "permissions_boundary is removed"),
    ("aws_cloudwatch_metric_alarm", {"alarm_actions": ["a", "b"]}, {"alarm_actions": ["a"]}, "alarm_actions loses b"),
    ("aws_cloudwatch_metric_alarm", {"threshold": 0}, {"threshold": 1000}, "threshold 0 becomes 1000"),
    ("aws_s3_bucket_cors_configuration", nested("cors_rule", allowed_origins=["https://toq"]),
     nested("cors_rule", allowed_origins=["https://toq", "*"]), "cors_rule.allowed_origins gains *"),
]  # fmt: skip
STRONGER: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("aws_sqs_queue", {"sqs_managed_sse_enabled": True}, {"sqs_managed_sse_enabled": False, "kms_master_key_id": OWN}),
    ("aws_sqs_queue", {"redrive_policy": '{"a":1,"b":2}'}, {"redrive_policy": '{"b": 2, "a": 1}'}),
    ("aws_s3_bucket_server_side_encryption_configuration", sse("AES256"), sse("aws:kms", OWN)),
    ("aws_s3_bucket_versioning", nested("versioning_configuration", status="Suspended"),
     nested("versioning_configuration", status="Enabled")),
    ("aws_s3_bucket_public_access_block", {"block_public_acls": False}, {"block_public_acls": True}),
    ("aws_cloudwatch_log_group", {"retention_in_days": 30}, {"retention_in_days": 0}),
    ("aws_kms_key", {"deletion_window_in_days": 7}, {"deletion_window_in_days": 30}),
    ("aws_cloudwatch_metric_alarm", {"alarm_actions": ["a"]}, {"alarm_actions": ["a", "b"]}),
    ("aws_iam_role", {"max_session_duration": 7200}, {"max_session_duration": 3600}),
]  # fmt: skip
OPENED: list[tuple[str, dict[str, Any], set[tuple[str, str]]]] = [
    ("aws_sqs_queue", {"name": "q"}, {("unencrypted", "kms_master_key_id is not set")}),
    ("aws_cloudwatch_log_group", {"name": "l"}, {("unencrypted", "kms_key_id is not set")}),
    ("aws_sns_topic", {"kms_master_key_id": "alias/aws/sns"},
     {("protection-weakened", "kms_master_key_id becomes AWS's own key alias/aws/sns")}),
    ("aws_lambda_function_url", {"authorization_type": "NONE"},
     {("protection-weakened", "authorization_type becomes NONE")}),
    ("aws_s3_bucket_acl", {"acl": "public-read-write"}, {("protection-weakened", "acl becomes public-read-write")}),
    ("aws_vpc_security_group_ingress_rule", {"cidr_ipv4": "0.0.0.0/0"}, {("exposed", "lets in 0.0.0.0/0")}),
    ("aws_vpc_security_group_ingress_rule", {"cidr_ipv6": "::/0"}, {("exposed", "lets in ::/0")}),
    ("aws_vpc_security_group_ingress_rule", {"cidr_ipv4": "10.0.0.0/16"}, set()),
    ("aws_security_group", {"ingress": [{"cidr_blocks": ["0.0.0.0/1"]}]}, {("exposed", "lets in 0.0.0.0/1")}),
    ("aws_iam_access_key", {"user": "u"}, {("exposed", "is a long-lived key of a user")}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "before", "after", "said"), WEAKER, ids=[each[3] for each in WEAKER])
def test_weaker_protection_is_a_finding(
    tmp_path: Path, kind: str, before: dict[str, Any], after: dict[str, Any], said: str
) -> None:
    assert ("protection-weakened", said) in judged(tmp_path, change(f"{kind}.x", before, after))


@pytest.mark.parametrize(("kind", "before", "after"), STRONGER)
def test_stronger_protection_passes(tmp_path: Path, kind: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    assert judged(tmp_path, change(f"{kind}.x", before, after)) == set()


@pytest.mark.parametrize(("kind", "after", "said"), OPENED)
def test_what_comes_into_being_open_is_a_finding(
    tmp_path: Path, kind: str, after: dict[str, Any], said: set[tuple[str, str]]
) -> None:
    assert judged(tmp_path, change(f"{kind}.x", None, after)) == said


def test_key_that_nobody_knows_is_a_finding(tmp_path: Path) -> None:
    unknown = change("aws_sqs_queue.q", {"kms_master_key_id": OWN}, {}, after_unknown={"kms_master_key_id": True})
    said = f"kms_master_key_id becomes another key: {OWN} becomes (known after apply)"
    assert judged(tmp_path, unknown) == {("protection-weakened", said)}


def test_nested_key_that_nobody_knows_is_a_finding(tmp_path: Path) -> None:
    marks = {"rule": [{"apply_server_side_encryption_by_default": [{"kms_master_key_id": True}]}]}
    kind = "aws_s3_bucket_server_side_encryption_configuration.x"
    unknown = change(kind, sse("aws:kms", OWN), sse("aws:kms"), after_unknown=marks)
    said = f"{BUCKET_KEY}.kms_master_key_id becomes another key: {OWN} becomes (known after apply)"
    assert judged(tmp_path, unknown) == {("protection-weakened", said)}


def test_destroying_what_only_protects_is_a_finding(tmp_path: Path) -> None:
    gone = change("aws_s3_bucket_public_access_block.media", {"block_public_acls": True}, None)
    assert judged(tmp_path, gone) == {("protection-removed", "deleted")}
