"""Checks of what must be refused: uploads, deletions, roles that are not for the caller.

Each asks for what it must not get. Where a policy fails and the request is granted, nothing is lost: uploads write
small objects of their own beside the batch, and deletions name keys at which there is no object.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import httpx
from botocore.exceptions import ClientError

from operations.acceptance.batch import presign, said
from operations.acceptance.check import Check, Seen
from operations.acceptance.run import Run
from operations.acceptance.samples import Sample

_OPERATOR_MAY: Final = "the local platform lets long-lived keys do everything"
_IAM: Final = "AWS's own evaluation of the policies"
_SMALL: Final = Sample("refused.jpg", "PHOTO_HORIZONTAL", "image/jpeg", b"\xff\xd8\xff\xe0 to be refused", (1, 1))


def raw_key(run: Run, name: str, stage: str = "raw", folder: str = "photo/horizontal") -> str:
    """A key of its own for a request that must be refused."""
    return f"{run.batch.listing_id}/{stage}/{folder}/{run.batch.date}/acceptance-{run.batch.batch_id}-{name}.jpg"


def put(run: Run, name: str, body: bytes, *, code: str, headers: Mapping[str, str | None] | None = None) -> Seen:
    """Upload something else than was signed; good when S3 answers with `code`."""
    url, signed = presign(run.account, raw_key(run, name), _SMALL)
    sent = {key: value for key, value in {**signed, **(headers or {})}.items() if value is not None}
    answer = said(httpx.put(url, content=body, headers=sent, timeout=30))
    return Seen(answer.split() in [[status, code] for status in ("400", "403")], answer)


def wrong_checksum(run: Run) -> Seen:
    return put(run, "checksum", bytes(reversed(_SMALL.content)), code="BadDigest")


def wrong_size(run: Run) -> Seen:
    longer = _SMALL.content + b"more"
    return put(run, "size", longer, code="SignatureDoesNotMatch", headers={"Content-Length": str(len(longer))})


def wrong_type(run: Run) -> Seen:
    return put(run, "type", _SMALL.content, code="SignatureDoesNotMatch", headers={"Content-Type": "text/html"})


def without_tag(run: Run) -> Seen:
    answer = put(run, "tag", _SMALL.content, code="SignatureDoesNotMatch", headers={"x-amz-tagging": None})
    return (
        answer if answer.good else replace(answer, good=answer.text == "403 AccessDenied")
    )  # by the order of S3's checks


def plain_http(run: Run) -> Seen:
    url, headers = presign(run.account, raw_key(run, "http"), _SMALL)
    answer = said(httpx.put(url.replace("https://", "http://", 1), content=_SMALL.content, headers=headers, timeout=30))
    return Seen(answer == "403 AccessDenied", answer)


def denied(call: Callable[..., Any], **request: Any) -> Seen:
    """Whether AWS refuses a request for lack of rights."""
    try:
        call(**request)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return Seen(code in ("AccessDenied", "AccessDeniedException"), code)
    return Seen(False, "granted")


def put_as_backend(run: Run, key: str, **options: str) -> Seen:
    return denied(run.account.backend("s3").put_object, Bucket=run.bucket, Key=key, Body=_SMALL.content, **options)


def another_key(run: Run) -> Seen:
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/aws/s3"}
    return put_as_backend(run, raw_key(run, "key"), **encryption)


def unnamed_key(run: Run) -> Seen:
    return put_as_backend(run, raw_key(run, "unnamed"), ServerSideEncryption="aws:kms")


def s3_managed_key(run: Run) -> Seen:
    return put_as_backend(run, raw_key(run, "sse-s3"), ServerSideEncryption="AES256")


def customer_key(run: Run) -> Seen:
    return put_as_backend(run, raw_key(run, "sse-c"), SSECustomerAlgorithm="AES256", SSECustomerKey="k" * 32)


def another_stage(run: Run) -> Seen:
    return put_as_backend(run, raw_key(run, "stage", stage="processed"))


def project_media_by_others(run: Run) -> Seen:
    key = raw_key(run, "project", folder="project/render")
    return denied(run.account.operator("s3").put_object, Bucket=run.bucket, Key=key, Body=_SMALL.content)


def deletion_by_others(run: Run) -> Seen:
    return denied(run.account.operator("s3").delete_object, Bucket=run.bucket, Key=raw_key(run, "never-there"))


def deletion_of_versions(run: Run) -> Seen:
    version = run.head(run.good[0].key)["VersionId"]  # of another object: its form is right, and nothing can be lost
    key = raw_key(run, "never-there")
    return denied(run.account.backend("s3").delete_object, Bucket=run.bucket, Key=key, VersionId=version)


def admin_without_mfa(run: Run) -> Seen:
    role = run.account.outputs["admin_role_arn"]
    return denied(run.account.backend("sts").assume_role, RoleArn=role, RoleSessionName="acceptance")


def messages_of_others(run: Run) -> Seen:
    queue = run.account.outputs["queue_url"]
    return denied(run.account.backend("sqs").receive_message, QueueUrl=queue, VisibilityTimeout=0)


CHECKS: Final = (
    Check("refuses-wrong-checksum", "400 BadDigest", wrong_checksum),
    Check("refuses-wrong-size", "403 SignatureDoesNotMatch", wrong_size),
    Check("refuses-wrong-type", "403 SignatureDoesNotMatch", wrong_type),
    Check("refuses-upload-without-tag", "403", without_tag),
    Check("refuses-plain-http", "403 AccessDenied", plain_http, "the local platform has no TLS"),
    Check("refuses-another-key", "AccessDenied to aws:kms with the key aws/s3", another_key, aws_shows=_IAM),
    Check("refuses-unnamed-key", "AccessDenied to aws:kms without a key", unnamed_key, aws_shows=_IAM),
    Check("refuses-sse-s3", "AccessDenied to AES256", s3_managed_key, aws_shows=_IAM),
    Check("refuses-sse-c", "AccessDenied to a customer's key", customer_key, aws_shows=_IAM),
    Check("refuses-another-stage", "AccessDenied to the backend under processed/", another_stage, aws_shows=_IAM),
    Check(
        "refuses-project-media-by-others",
        "AccessDenied to the operator under raw/project/",
        project_media_by_others,
        _OPERATOR_MAY,
    ),
    Check("refuses-deletion-by-others", "AccessDenied to the operator", deletion_by_others, _OPERATOR_MAY),
    Check("refuses-deletion-of-versions", "AccessDenied to the backend", deletion_of_versions, aws_shows=_IAM),
    Check(
        "refuses-admin-without-mfa",
        "AccessDenied to the backend's session",
        admin_without_mfa,
        "the local platform evaluates no trust policy",
    ),
    Check("refuses-receiving-by-backend", "AccessDenied on the queue of batches", messages_of_others, aws_shows=_IAM),
)
