"""The bucket of Terraform's state: made once, safe however often it is asked for, never taken from somebody else."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from modules.environments.environment import RemoteState
from operations import state_bucket
from operations.state_bucket import StateBucket
from tests.support.builders import aws_client
from toolchain.errors import SetupError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ACCOUNT = "123456789012"  # moto's
STATE = RemoteState("toq-terraform-state", "media-processing/terraform.tfstate", "us-east-1")


@pytest.fixture
def s3(aws: None) -> "S3Client":
    client: S3Client = aws_client("s3")
    return client


@pytest.fixture
def bucket(s3: "S3Client") -> StateBucket:
    return StateBucket(STATE, ACCOUNT, s3)


def settings(s3: "S3Client") -> dict[str, Any]:
    """What protects the bucket."""
    encryption = s3.get_bucket_encryption(Bucket=STATE.bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    return {
        "versioning": s3.get_bucket_versioning(Bucket=STATE.bucket)["Status"],
        "encryption": encryption["ApplyServerSideEncryptionByDefault"],
        "public": s3.get_public_access_block(Bucket=STATE.bucket)["PublicAccessBlockConfiguration"],
        "policy": json.loads(s3.get_bucket_policy(Bucket=STATE.bucket)["Policy"])["Statement"],
    }


def test_it_is_versioned_encrypted_private_and_tls_only(bucket: StateBucket, s3: "S3Client") -> None:
    assert bucket.create()
    bucket.protect()
    found = settings(s3)
    assert found["versioning"] == "Enabled"
    assert found["encryption"]["SSEAlgorithm"] == "aws:kms"
    assert set(found["public"].values()) == {True}
    assert [each["Sid"] for each in found["policy"]] == ["RefusePlainHttp"]


def test_a_second_run_changes_nothing(bucket: StateBucket, s3: "S3Client") -> None:
    bucket.create()
    bucket.protect()
    before = settings(s3)
    assert not bucket.create()
    bucket.protect()
    assert settings(s3) == before


def test_what_others_have_set_stays(bucket: StateBucket, s3: "S3Client") -> None:
    s3.create_bucket(Bucket=STATE.bucket)
    theirs = {"Sid": "Auditors", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    theirs |= {"Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{STATE.bucket}"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [theirs]})
    s3.put_bucket_policy(Bucket=STATE.bucket, Policy=policy)
    own_key = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/theirs"}
    rules: Any = {"Rules": [{"ApplyServerSideEncryptionByDefault": own_key}]}
    s3.put_bucket_encryption(Bucket=STATE.bucket, ServerSideEncryptionConfiguration=rules)
    bucket.protect()
    found = settings(s3)
    assert [each["Sid"] for each in found["policy"]] == ["Auditors", "RefusePlainHttp"]
    assert found["encryption"] == own_key


def test_a_name_that_another_account_has_is_refused(bucket: StateBucket, s3: "S3Client") -> None:
    with Stubber(s3) as answers:
        answers.add_client_error("head_bucket", "403", http_status_code=403)
        with pytest.raises(SetupError, match="cannot be reached from account 123456789012"):
            bucket.create()


def test_a_bucket_in_another_region_is_refused(bucket: StateBucket, s3: "S3Client") -> None:
    with Stubber(s3) as answers:
        answers.add_response("head_bucket", {"BucketRegion": "sa-east-1"})
        with pytest.raises(SetupError, match="is in sa-east-1: write that region in"):
            bucket.create()


def test_only_the_lock_file_may_be_deleted(bucket: StateBucket) -> None:
    deleting = [each for each in bucket.rights()["Statement"] if "s3:DeleteObject" in each["Action"]]
    assert [each["Resource"] for each in deleting] == [f"arn:aws:s3:::{STATE.bucket}/{STATE.key}.tflock"]


def test_another_account_is_refused(aws: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert state_bucket.main(["prod"]) == 2
    assert "the credentials are of 123456789012: use its own" in capsys.readouterr().err


def test_an_environment_with_a_local_state_needs_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert state_bucket.main(["local"]) == 2
    assert "local keeps its state in a local file" in capsys.readouterr().err
