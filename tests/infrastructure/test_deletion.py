"""Nothing of ours removes media (requirements, section 4)."""

import json
import re

from tests.support.infrastructure.emitted import IDENTITY_POLICIES, Terraform
from tests.support.infrastructure.resource_policy import like

DELETING = ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:DeleteBucket", "s3:DeleteObjectTagging")


def test_no_role_but_backend_and_admin_may_delete_objects(stack: Terraform) -> None:
    holders = {
        address
        for address, policy in stack.policies(*IDENTITY_POLICIES)
        for statement in policy["Statement"]
        for action in statement["Action"]
        if statement["Effect"] == "Allow" and any(like(one.lower(), action.lower()) for one in DELETING)
    }
    assert holders == {"aws_iam_role_policy.backend_policy", "aws_iam_role_policy.admin_policy"}


def test_only_admin_may_delete_versions(stack: Terraform) -> None:
    holders = {
        address
        for address, policy in stack.policies(*IDENTITY_POLICIES)
        if "s3:DeleteObjectVersion" in json.dumps(policy)
    }
    assert holders == {"aws_iam_role_policy.admin_policy"}


def test_no_lifecycle_rule_expires_anything(stack: Terraform) -> None:
    for configuration in stack.all("aws_s3_bucket_lifecycle_configuration").values():
        assert not re.search("expir|delet", json.dumps(configuration), re.IGNORECASE)
    for bucket in stack.all("aws_s3_bucket").values():
        assert "lifecycle_rule" not in bucket


def test_terraform_keeps_what_holds_data_everywhere_but_locally(stack: Terraform) -> None:
    kinds = ("aws_s3_bucket", "aws_kms_key", "aws_sqs_queue", "aws_secretsmanager_secret", "aws_cloudwatch_log_group")
    for kind in kinds:
        for name, resource in stack.all(kind).items():
            kept = resource.get("lifecycle", {}).get("prevent_destroy", False)
            assert kept is not stack.environment.local, f"{kind}.{name}"


def test_only_the_local_buckets_can_be_emptied_by_terraform(stack: Terraform) -> None:
    for bucket in stack.all("aws_s3_bucket").values():
        assert bucket["force_destroy"] is stack.environment.local
