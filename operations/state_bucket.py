"""``make state-bucket ENV=dev``: the bucket that holds Terraform's state, before the first `make plan`.

Terraform cannot make the bucket that it keeps its own state in. This makes it, or brings an existing one to the same
settings: versioned, encrypted, private, TLS only. Run again, it changes nothing. It prints what the people and the
pipelines that run Terraform may do in it (HashiCorp, "Backend Type: s3", "Permissions Required").
"""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from modules.environments.environment import RemoteState
from operations.account import refuse_another_account
from operations.terraform import load_config
from toolchain.errors import SetupError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_US_EAST_1: Final = "us-east-1"  # the one region that CreateBucket does not take as a location


class StateBucket:
    """The bucket of one environment's state.

    Parameters
    ----------
    state
        Bucket, key and region, from ``[state]`` of the environment's file.
    account_id
        Owner; a bucket of that name in another account is refused.
    """

    def __init__(self, state: RemoteState, account_id: str, client: "S3Client") -> None:
        self._state = state
        self._account_id = account_id
        self._client = client
        self._owned: Final[dict[str, Any]] = {"Bucket": state.bucket, "ExpectedBucketOwner": account_id}

    @property
    def name(self) -> str:
        return self._state.bucket

    def create(self) -> bool:
        """Create the bucket where there is none; whether it was created.

        Raises
        ------
        SetupError
            The name is taken in another account, or the bucket is in another region.
        """
        try:
            answer = self._client.head_bucket(**self._owned)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
                raise SetupError(
                    f"{self._state.bucket} exists and cannot be reached from account {self._account_id} "
                    f"({error.response['Error']['Code']}): name another in [state], or check whose it is"
                ) from error
        else:
            region = answer.get("BucketRegion", self._state.region)
            if region != self._state.region:
                raise SetupError(f"{self._state.bucket} is in {region}: write that region in [state]")
            return False
        elsewhere = self._state.region != _US_EAST_1
        place = {"CreateBucketConfiguration": {"LocationConstraint": self._state.region}} if elsewhere else {}
        self._client.create_bucket(Bucket=self._state.bucket, ObjectOwnership="BucketOwnerEnforced", **place)  # type: ignore[arg-type]
        return True

    def protect(self) -> None:
        """Versioning (an older state can be had back), encryption, no public access, no ACLs, nothing without TLS."""
        client, owned = self._client, self._owned
        client.put_bucket_versioning(**owned, VersioningConfiguration={"Status": "Enabled"})
        if not self._has_kms_key():
            client.put_bucket_encryption(
                **owned,
                ServerSideEncryptionConfiguration={
                    "Rules": [
                        {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
                    ]
                },
            )
        client.put_public_access_block(
            **owned,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": True,
                "RestrictPublicBuckets": True,
            },
        )
        client.put_bucket_ownership_controls(
            **owned, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        )
        client.put_bucket_policy(**owned, Policy=json.dumps(self.policy()))

    def policy(self) -> dict[str, Any]:
        """The bucket's own policy: ours beside what others have put there."""
        ours = {
            "Sid": "RefusePlainHttp",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{self._state.bucket}", f"arn:aws:s3:::{self._state.bucket}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        others = [each for each in self._statements() if each.get("Sid") != ours["Sid"]]
        return {"Version": "2012-10-17", "Statement": [*others, ours]}

    def rights(self) -> dict[str, Any]:
        """Policy for whoever runs Terraform: the state, and its lock file, which alone is ever deleted."""
        bucket, key = f"arn:aws:s3:::{self._state.bucket}", self._state.key
        return {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "FindState",
                    "Effect": "Allow",
                    "Action": "s3:ListBucket",
                    "Resource": bucket,
                    "Condition": {"StringEquals": {"s3:prefix": key}},
                },
                {
                    "Sid": "KeepState",
                    "Effect": "Allow",
                    "Action": ["s3:GetObject", "s3:PutObject"],
                    "Resource": f"{bucket}/{key}",
                },
                {
                    "Sid": "LockState",
                    "Effect": "Allow",
                    "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                    "Resource": f"{bucket}/{key}.tflock",
                },
            ],
        }

    def _has_kms_key(self) -> bool:
        """Whether objects are encrypted with a KMS key already, perhaps one of the account's own: that one stays."""
        try:
            answer = self._client.get_bucket_encryption(**self._owned)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ServerSideEncryptionConfigurationNotFoundError":
                raise
            return False  # a bucket from before 2023
        defaults = [
            rule.get("ApplyServerSideEncryptionByDefault")
            for rule in answer["ServerSideEncryptionConfiguration"]["Rules"]
        ]
        return any(default and default["SSEAlgorithm"] == "aws:kms" for default in defaults)

    def _statements(self) -> list[dict[str, Any]]:
        """What the bucket's policy says now; statements of others stay."""
        try:
            statements: list[dict[str, Any]] = json.loads(self._client.get_bucket_policy(**self._owned)["Policy"])[
                "Statement"
            ]
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchBucketPolicy":
                raise
            return []
        return statements


def bucket_of(name: str) -> StateBucket:
    """The bucket that an environment's file names, in the account of the current credentials.

    Raises
    ------
    SetupError
        There is no such environment, its file is wrong, the credentials are of another account, or the environment
        keeps its state in a local file.
    """
    environment = load_config(name)
    if environment.state is None:
        raise SetupError(f"{name} keeps its state in a local file: it needs no bucket")
    session = boto3.Session(region_name=environment.state.region)
    refuse_another_account(environment, session)
    return StateBucket(environment.state, environment.account_id, session.client("s3"))


def main(arguments: Sequence[str]) -> int:
    """Make the bucket of one environment; 0 done, 2 bad input."""
    parser = argparse.ArgumentParser(prog="make state-bucket", description=__doc__)
    parser.add_argument("environment", help="name under environments/")
    try:
        bucket = bucket_of(parser.parse_args(arguments).environment)
        created = bucket.create()
        bucket.protect()
    except (SetupError, BotoCoreError, ClientError) as error:
        print(f"state-bucket: {error}", file=sys.stderr)
        return 2
    print(f"{bucket.name}: {'created' if created else 'was there'}; versioned, encrypted, private, TLS only")
    print("Whoever runs Terraform needs:")
    print(json.dumps(bucket.rights(), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
