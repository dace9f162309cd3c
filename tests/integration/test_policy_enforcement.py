"""The platform answers AccessDenied where the applied policies refuse a role; everything else here passes under it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from tests.support.privileges import LENT

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from localstack.local_platform.endpoints import Endpoints

pytestmark = pytest.mark.localstack
LISTING = 77
RAW = f"{LISTING}/raw/photo/horizontal/2026-01-01/enforced.jpg"
PROCESSED = f"{LISTING}/processed/photo/horizontal/2026-01-01/enforced.jpg"
ROLE = "toq-media-processing-{}"

type As = Callable[[str, str], Any]


@pytest.fixture(scope="module")
def as_role(platform: "Endpoints", aws: Callable[[str], Any]) -> As:
    """A client of a service with the rights of one of our roles, which is lent for the test."""
    sts = aws("sts")

    def client(name: str, service: str) -> Any:
        arn = f"arn:aws:iam::{sts.get_caller_identity()['Account']}:role/{ROLE.format(name)}"
        given = sts.assume_role(RoleArn=arn, RoleSessionName=LENT)["Credentials"]
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=platform.gateway_url,
            region_name=platform.outputs["region"],
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )

    return client


@pytest.fixture(scope="module")
def stored(s3: "S3Client", outputs: dict[str, Any]) -> str:
    """The bucket, with a raw and a processed object."""
    bucket: str = outputs["media_bucket"]
    for key in (RAW, PROCESSED):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    return bucket


def denied(call: Callable[..., Any], **arguments: Any) -> str:
    """The message with which a call is refused."""
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    assert refused.value.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException", "403")
    return refused.value.response["Error"]["Message"]


def test_a_role_does_what_it_is_granted(as_role: As, stored: str, s3: "S3Client") -> None:
    assert as_role("backend", "s3").get_object(Bucket=stored, Key=PROCESSED)["Body"].read() == b"x"
    version = s3.head_object(Bucket=stored, Key=RAW)["VersionId"]
    read = as_role("lambda-thumbnails", "s3").get_object(Bucket=stored, Key=RAW, VersionId=version)
    assert read["Body"].read() == b"x"


def test_a_function_writes_no_stage_but_its_own(as_role: As, stored: str) -> None:
    said = denied(as_role("lambda-thumbnails", "s3").put_object, Bucket=stored, Key=RAW, Body=b"y")
    assert "is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::" in said
    assert "because no identity-based policy allows the s3:PutObject action" in said


def test_nobody_of_ours_deletes(as_role: As, stored: str, s3: "S3Client") -> None:
    for name in ("lambda-thumbnails", "lambda-zip", "lambda-finalize", "lambda-validate", "states"):
        assert "explicit deny in a resource-based policy" in denied(
            as_role(name, "s3").delete_object, Bucket=stored, Key=PROCESSED
        )
    assert s3.head_object(Bucket=stored, Key=PROCESSED)["ContentLength"] == 1


def test_the_backend_uploads_raw_objects_alone_and_with_no_other_key(as_role: As, stored: str) -> None:
    backend = as_role("backend", "s3")
    backend.put_object(Bucket=stored, Key=RAW, Body=b"x")
    assert "no identity-based policy" in denied(backend.put_object, Bucket=stored, Key=PROCESSED, Body=b"y")
    for encryption in ({"ServerSideEncryption": "AES256"}, {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "other"}):
        said = denied(backend.put_object, Bucket=stored, Key=RAW, Body=b"y", **encryption)
        assert "explicit deny in a resource-based policy" in said


def test_a_presigned_upload_has_no_more_rights_than_who_signed_it(as_role: As, stored: str) -> None:
    signer = as_role("lambda-validate", "s3")
    url = signer.generate_presigned_url("put_object", Params={"Bucket": stored, "Key": RAW})
    with httpx.Client(trust_env=False) as client:
        assert client.put(url, content=b"y").status_code == 403


def test_the_secret_is_read_by_the_signer_and_the_backend_alone(as_role: As, outputs: dict[str, Any]) -> None:
    secret = outputs["callback_secret_arn"]
    for name in ("backend", "lambda-callback-dispatch"):
        assert as_role(name, "secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    for name in ("admin", "lambda-start", "lambda-zip"):
        denied(as_role(name, "secretsmanager").get_secret_value, SecretId=secret)


def test_a_function_starts_no_execution_and_invokes_no_other(as_role: As, outputs: dict[str, Any]) -> None:
    machine = outputs["state_machine_arn"]
    denied(as_role("lambda-zip", "stepfunctions").start_execution, stateMachineArn=machine, name="forged", input="{}")
    function = outputs["function_arns"]["listing-media-callback-dispatch"]
    denied(as_role("lambda-start", "lambda").invoke, FunctionName=function, Payload=b"{}")
