"""The media bucket refuses what the requirements want refused, whoever's own policy would allow it."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.infrastructure.emitted import Terraform
from tests.support.infrastructure.resource_policy import applicable

ARN = "${aws_s3_bucket.media.arn}"
PHOTO = f"{ARN}/7/raw/photo/vertical/2026-01-01/a.jpg"
PROJECT = f"{ARN}/7/raw/project/doc/2026-01-01/plan.pdf"
OUR_KEY = "${aws_kms_key.media.arn}"
SSE = "s3:x-amz-server-side-encryption"
SSE_KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id"
SSE_C = "s3:x-amz-server-side-encryption-customer-algorithm"


def refusals(
    stack: Terraform, role: str, action: str, resource: str, context: Mapping[str, str] | None = None
) -> list[str]:
    environment = stack.environment
    arn = environment.role_arn(role)
    full = {"aws:SecureTransport": "true", "aws:PrincipalArn": arn, **(context or {})}
    return applicable(stack.policy("aws_s3_bucket_policy.media_policy"), "Deny", arn, action, resource, full)


def test_plain_http_is_refused(stack: Terraform) -> None:
    plain = {"aws:SecureTransport": "false"}
    assert refusals(stack, "toq-media-processing-backend", "s3:GetObject", PHOTO, plain) == ["RefusePlainHttp"]
    assert refusals(stack, "toq-media-processing-backend", "s3:ListBucket", ARN, plain) == ["RefusePlainHttp"]


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        pytest.param({}, [], id="no header: the bucket's own key"),
        pytest.param({SSE: "aws:kms", SSE_KEY: OUR_KEY}, [], id="our key by name"),
        pytest.param({SSE: "aws:kms"}, ["RefuseOtherKeys"], id="the key aws/s3"),
        pytest.param(
            {SSE: "aws:kms", SSE_KEY: "arn:aws:kms:sa-east-1:999999999999:key/x"}, ["RefuseOtherKeys"], id="another key"
        ),
        pytest.param({SSE: "AES256"}, ["RefuseOtherEncryption", "RefuseOtherKeys"], id="SSE-S3"),
        pytest.param({SSE_C: "AES256"}, ["RefuseCustomerKeys"], id="SSE-C"),
    ],
)
def test_only_our_key_encrypts(stack: Terraform, headers: dict[str, str], refused: list[str]) -> None:
    assert refusals(stack, "toq-media-processing-backend", "s3:PutObject", PHOTO, headers) == refused


@pytest.mark.parametrize(
    ("role", "action", "refused"),
    [
        ("toq-media-processing-backend", "s3:DeleteObject", []),
        ("toq-media-processing-admin", "s3:DeleteObject", []),
        ("toq-media-processing-lambda-zip", "s3:DeleteObject", ["RefuseDeletionByOthers"]),
        ("SomebodyElse", "s3:DeleteObject", ["RefuseDeletionByOthers"]),
        ("toq-media-processing-backend", "s3:DeleteObjectVersion", ["RefuseVersionDeletionByOthers"]),
        ("toq-media-processing-admin", "s3:DeleteObjectVersion", []),
        ("SomebodyElse", "s3:DeleteObjectVersion", ["RefuseVersionDeletionByOthers"]),
    ],
)
def test_only_backend_and_admin_delete_and_only_admin_for_good(
    stack: Terraform, role: str, action: str, refused: list[str]
) -> None:
    assert refusals(stack, role, action, PHOTO) == refused


def test_only_the_backend_uploads_project_media(stack: Terraform) -> None:
    assert refusals(stack, "toq-media-processing-backend", "s3:PutObject", PROJECT) == []
    for role in ("toq-media-processing-admin", "toq-media-processing-lambda-thumbnails", "SomebodyElse"):
        assert refusals(stack, role, "s3:PutObject", PROJECT) == ["RefuseProjectUploadsByOthers"]


def test_the_pipeline_reads_project_media(stack: Terraform) -> None:
    assert refusals(stack, "toq-media-processing-lambda-thumbnails", "s3:GetObjectVersion", PROJECT) == []


def test_access_logs_are_written_by_s3_for_this_bucket_only(stack: Terraform) -> None:
    policy = stack.policy("aws_s3_bucket_policy.logs_policy")
    name = stack.environment.media_bucket.name
    resource = f"${{aws_s3_bucket.logs.arn}}/{name}/2026-01-01"
    account = {"aws:SourceAccount": stack.environment.account_id}
    service = "logging.s3.amazonaws.com"
    ours = {**account, "aws:SourceArn": f"arn:aws:s3:::{name}"}
    other = {**account, "aws:SourceArn": "arn:aws:s3:::another"}
    assert applicable(policy, "Allow", service, "s3:PutObject", resource, ours) == ["S3WritesAccessLogs"]
    assert applicable(policy, "Allow", service, "s3:PutObject", resource, other) == []


def test_log_bucket_has_no_kms_default_because_log_delivery_could_not_write(stack: Terraform) -> None:
    rule = stack.one("aws_s3_bucket_server_side_encryption_configuration.logs_encryption")["rule"][0]
    assert rule["apply_server_side_encryption_by_default"] == {"sse_algorithm": "AES256"}


def test_both_buckets_block_customers_own_keys_as_s3_does_by_itself(stack: Terraform) -> None:
    for bucket in ("media", "logs"):
        [rule] = stack.one(f"aws_s3_bucket_server_side_encryption_configuration.{bucket}_encryption")["rule"]
        assert rule["blocked_encryption_types"] == ["SSE-C"]


def test_media_bucket_is_versioned_encrypted_with_our_key_and_not_public(stack: Terraform) -> None:
    rule = stack.one("aws_s3_bucket_server_side_encryption_configuration.media_encryption")["rule"][0]
    default = rule["apply_server_side_encryption_by_default"]
    assert (default["sse_algorithm"], default["kms_master_key_id"]) == ("aws:kms", OUR_KEY)
    assert rule["bucket_key_enabled"] is True
    for bucket in ("media", "logs"):
        versioning = stack.one(f"aws_s3_bucket_versioning.{bucket}_versioning")
        assert versioning["versioning_configuration"] == {"status": "Enabled"}
        block = stack.one(f"aws_s3_bucket_public_access_block.{bucket}_public_access")
        assert all(block[name] for name in block if name.startswith(("block", "ignore", "restrict")))
        ownership = stack.one(f"aws_s3_bucket_ownership_controls.{bucket}_ownership")
        assert ownership["rule"] == {"object_ownership": "BucketOwnerEnforced"}


def lifecycle_rules(stack: Terraform) -> dict[str, Any]:
    """Rules of the media bucket by id."""
    configuration = stack.one("aws_s3_bucket_lifecycle_configuration.media_lifecycle")
    return {rule["id"]: rule for rule in configuration["rule"]}


def test_raw_media_go_to_glacier_by_tag_where_that_is_wanted(stacks: dict[str, Terraform]) -> None:
    assert lifecycle_rules(stacks["dev"]).keys() == {"abandoned-uploads"}
    rule = lifecycle_rules(stacks["prod"])["raw-to-glacier"]
    assert rule["filter"] == [{"tag": [{"key": "stage", "value": "raw"}]}]
    assert rule["transition"] == [{"days": 180, "storage_class": "GLACIER"}]


def test_uploads_that_nobody_completes_are_aborted_when_no_url_for_them_is_good_any_more(stack: Terraform) -> None:
    rule = lifecycle_rules(stack)["abandoned-uploads"]
    assert rule["abort_incomplete_multipart_upload"] == [{"days_after_initiation": 7}]
    assert rule.keys() == {"id", "status", "filter", "abort_incomplete_multipart_upload"}


def test_browsers_may_only_upload_and_only_from_configured_pages(stack: Terraform) -> None:
    [rule] = stack.one("aws_s3_bucket_cors_configuration.media_cors")["cors_rule"]
    assert rule["allowed_methods"] == ["PUT"]
    assert rule["allowed_origins"] == list(stack.environment.media_bucket.cors_origins)
