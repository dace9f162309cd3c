"""Each rule with a plan that trips it and a near neighbour that does not."""

import json
from pathlib import Path
from typing import Any

import pytest

from operations.plan_review import document, rules
from tests.support.plans import allow, change, deny, policy, write

READ = allow("ReadRaw", "s3:GetObject")
ROLE = "aws_iam_role_policy.zip"
BUCKET_POLICY = "aws_s3_bucket_policy.media"


def findings(tmp_path: Path, *changes: dict[str, Any]) -> list[tuple[str, str]]:
    found = rules.review(document.read(write(tmp_path / "plan.json", *changes)).changes)
    return [(each.rule, each.detail) for each in found]


def machine(*names: str) -> dict[str, str]:
    states = {name: {"Type": "Pass", "End": True} for name in names}
    inner = {"StartAt": "Inner", "States": states}
    return {
        "definition": json.dumps({"StartAt": "Outer", "States": {"Outer": {"Type": "Parallel", "Branches": [inner]}}})
    }


def sse(algorithm: str) -> dict[str, Any]:
    return {"rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": algorithm}]}]}


def versioning(status: str) -> dict[str, Any]:
    return {"versioning_configuration": [{"status": status}]}


QUEUE = {"name": "q", "kms_master_key_id": "key"}
PAB = {"block_public_acls": True, "block_public_policy": True}
MFA = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}

TRIPS = [
    ("data-destroyed", change("aws_s3_bucket.media", {"bucket": "b"}, None), "delete"),
    (
        "data-destroyed",
        change("aws_sqs_queue.q", {"name": "a"}, {"name": "b"}, replace=True, replace_paths=[["name"]]),
        "replace because of name",
    ),
    ("data-destroyed", change("aws_kms_key.media", {"x": 1}, None), "delete"),
    ("data-destroyed", change("aws_secretsmanager_secret.callback", {"x": 1}, None), "delete"),
    ("data-destroyed", change("aws_cloudwatch_log_group.zip", {"x": 1}, None), "delete"),
    (
        "wildcard-action",
        change(ROLE, {"policy": policy(READ)}, {"policy": policy(READ, allow("All", "s3:*"))}),
        "All allows s3:*",
    ),
    ("wildcard-action", change(ROLE, None, {"policy": policy(allow("Reads", "s3:Get*"))}), "Reads allows s3:Get*"),
    (
        "wildcard-action",
        change(ROLE, None, {"policy": policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})}),
        'statement 1 allows NotAction "iam:*"',
    ),
    (
        "wildcard-principal",
        change(
            BUCKET_POLICY,
            {"policy": policy(READ | {"Principal": {"AWS": "arn:aws:iam::1:root"}})},
            {"policy": policy(READ | {"Principal": {"AWS": "*"}})},
        ),
        "ReadRaw allows *",
    ),
    (
        "delete-action",
        change(ROLE, {"policy": policy(READ)}, {"policy": policy(allow("ReadRaw", "s3:GetObject", "s3:DeleteObject"))}),
        "ReadRaw allows s3:DeleteObject",
    ),
    (
        "restriction-lost",
        change(BUCKET_POLICY, {"policy": policy(READ, deny("DenyHttp", "s3:*"))}, {"policy": policy(READ)}),
        "DenyHttp no longer denies s3:*",
    ),
    (
        "restriction-lost",
        change("aws_iam_role.admin", {"assume_role_policy": policy(READ | MFA)}, {"assume_role_policy": policy(READ)}),
        "ReadRaw loses aws:MultiFactorAuthPresent Bool true",
    ),
    (
        "protection-weakened",
        change("aws_s3_bucket_public_access_block.media", PAB, PAB | {"block_public_acls": False}),
        "block_public_acls: True becomes False",
    ),
    ("protection-weakened", change("aws_s3_bucket_public_access_block.media", PAB, None), "deleted"),
    (
        "protection-weakened",
        change("aws_sqs_queue.q", QUEUE, QUEUE | {"kms_master_key_id": ""}),
        "kms_master_key_id is removed",
    ),
    (
        "protection-weakened",
        change("aws_s3_bucket_server_side_encryption_configuration.media", sse("aws:kms"), sse("AES256")),
        "sse_algorithm: aws:kms becomes AES256",
    ),
    (
        "protection-weakened",
        change("aws_s3_bucket_versioning.media", versioning("Enabled"), versioning("Suspended")),
        "versioning: Enabled becomes Suspended",
    ),
    (
        "protection-weakened",
        change("aws_kms_key.media", {"enable_key_rotation": True}, {"enable_key_rotation": False}),
        "enable_key_rotation: True becomes False",
    ),
    ("state-lost", change("aws_sfn_state_machine.pipeline", machine("Zip", "Callback"), machine("Zip")), "Callback"),
    (
        "objects-expire",
        change(
            "aws_s3_bucket_lifecycle_configuration.media", None, {"rule": [{"id": "old", "expiration": [{"days": 1}]}]}
        ),
        "rule old has expiration",
    ),
]

PASSES = [
    change("aws_s3_bucket.media", {"bucket": "b", "tags": {}}, {"bucket": "b", "tags": {"team": "media"}}),
    change("aws_lambda_function.zip", {"memory_size": 512}, None),
    change("aws_s3_bucket.media", {"bucket": "b"}, {"bucket": "b"}, importing={"id": "b"}),
    change(ROLE, {"policy": policy(allow("All", "s3:*"))}, {"policy": policy(allow("All", "s3:*"), READ)}),
    change(ROLE, {"policy": policy(allow("All", "s3:*"))}, {"policy": policy(allow("Renamed", "s3:*"))}),
    change(BUCKET_POLICY, None, {"policy": policy(deny("DenyDelete", "s3:DeleteObject*", Principal="*"))}),
    change(ROLE, {"policy": policy(allow("A", "s3:DeleteObject"))}, {"policy": policy(allow("A", "s3:DeleteObject"))}),
    change("aws_iam_role.admin", {"assume_role_policy": policy(READ)}, {"assume_role_policy": policy(READ | MFA)}),
    change(
        "aws_s3_bucket_public_access_block.media", PAB | {"block_public_acls": False}, PAB | {"block_public_acls": True}
    ),
    change("aws_sqs_queue.q", QUEUE, QUEUE | {"kms_master_key_id": "other"}),
    change(
        "aws_sqs_queue.q",
        {"sqs_managed_sse_enabled": True},
        {"sqs_managed_sse_enabled": False, "kms_master_key_id": "key"},
    ),
    change("aws_s3_bucket_server_side_encryption_configuration.media", sse("AES256"), sse("aws:kms")),
    change("aws_s3_bucket_versioning.media", versioning("Suspended"), versioning("Enabled")),
    change("aws_sfn_state_machine.pipeline", machine("Zip"), machine("Zip", "Callback")),
    change(
        "aws_s3_bucket_lifecycle_configuration.media",
        None,
        {"rule": [{"id": "cold", "transition": [{"days": 180}], "expiration": []}]},
    ),
]


@pytest.mark.parametrize(
    ("rule", "tripping", "detail"), TRIPS, ids=lambda value: value if isinstance(value, str) else None
)
def test_rule_stops_a_plan_that_breaks_it(tmp_path: Path, rule: str, tripping: dict[str, Any], detail: str) -> None:
    assert (rule, detail) in findings(tmp_path, tripping)


@pytest.mark.parametrize("harmless", PASSES, ids=lambda each: each["address"])
def test_neighbouring_change_passes(tmp_path: Path, harmless: dict[str, Any]) -> None:
    assert findings(tmp_path, harmless) == []


def test_every_rule_has_a_plan_that_trips_it() -> None:
    assert {rule for rule, _, _ in TRIPS} == set(rules.RULES)
