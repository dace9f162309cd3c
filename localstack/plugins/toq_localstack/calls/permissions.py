"""Which IAM permissions a call needs: actions, resources, and the condition keys that policies here look at.

From the Service Authorization Reference and, for S3, "Required permissions for Amazon S3 API operations". What one
service does with another's key behind the scenes (KMS for an encrypted object or queue) does not pass the gateway and
is not here.
"""

import re
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

Request = Mapping[str, Any]
type TagsOf = Callable[[str], Mapping[str, str]]
"""Tags of the resource with an ARN, for ``aws:ResourceTag`` conditions."""

_PREFIXES = {"stepfunctions": "states", "apigateway": "apigateway"}

_ACTIONS = {
    "s3": {
        "CompleteMultipartUpload": "PutObject",
        "CreateMultipartUpload": "PutObject",
        "DeleteObjects": "DeleteObject",
        "GetBucketEncryption": "GetEncryptionConfiguration",
        "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
        "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
        "HeadBucket": "ListBucket",
        "HeadObject": "GetObject",
        "ListBuckets": "ListAllMyBuckets",
        "ListMultipartUploads": "ListBucketMultipartUploads",
        "ListObjectVersions": "ListBucketVersions",
        "ListObjects": "ListBucket",
        "ListObjectsV2": "ListBucket",
        "ListParts": "ListMultipartUploadParts",
        "PutBucketEncryption": "PutEncryptionConfiguration",
        "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
        "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
        "UploadPart": "PutObject",
    },
    "lambda": {"Invoke": "InvokeFunction"},
    "sqs": {
        "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
        "DeleteMessageBatch": "DeleteMessage",
        "SendMessageBatch": "SendMessage",
    },
    "sns": {"PublishBatch": "Publish"},
}
"""Operations whose permission has another name."""

_ROLE_MEMBERS = ("Role", "RoleArn", "role", "roleArn")


@dataclass(frozen=True)
class Permission:
    """One permission that a call needs.

    Parameters
    ----------
    action
        As in a policy, e.g. ``s3:GetObject``.
    resource
        ARN, or ``*`` where the action knows no resource or the request names none.
    context
        Condition keys of this request.
    """

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        context = f" ({', '.join(f'{key}={value}' for key, value in self.context.items())})" if self.context else ""
        return f"{self.action} on {self.resource}{context}"

    def of(self, role: str) -> "Permission":
        """The same of a role: with the condition keys that are about the caller."""
        return replace(self, context={**self.context, "aws:PrincipalArn": role, "aws:SecureTransport": "true"})

    def to_json(self) -> dict[str, Any]:
        """For the log; an empty context is left out."""
        entry: dict[str, Any] = {"action": self.action, "resource": self.resource}
        return entry | {"context": dict(self.context)} if self.context else entry


@dataclass(frozen=True)
class Place:
    """Where a call goes: what an ARN has besides the name."""

    partition: str
    region: str
    account: str

    def arn(self, service: str, resource: str) -> str:
        """ARN of a resource here; a full ARN stays as it is."""
        if resource.startswith("arn:"):
            return resource
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


def permissions(
    service: str,
    operation: str,
    request: Request,
    place: Place,
    tags_of: TagsOf = lambda _: {},
) -> list[Permission]:
    """All permissions that one call needs, the call's own action first.

    Parameters
    ----------
    service, operation
        As botocore names them, e.g. ``stepfunctions`` and ``StartExecution``.
    request
        The parsed parameters.
    tags_of
        See `TagsOf`.
    """
    if service == "s3":
        return list(_s3(operation, request, place))
    action = f"{_PREFIXES.get(service, service)}:{_ACTIONS.get(service, {}).get(operation, operation)}"
    context = _context(action, request)
    needed = [
        Permission(
            action, resource, context | {f"aws:ResourceTag/{key}": tag for key, tag in tags_of(resource).items()}
        )
        for resource in _resources(service, request, place)
    ]
    return (needed or [Permission(action, "*", context)]) + list(_passed_roles(service, request))


def _s3(operation: str, request: Request, place: Place) -> Iterator[Permission]:
    bucket, key = request.get("Bucket"), request.get("Key")
    base = f"arn:{place.partition}:s3:::{bucket}" if bucket else "*"
    resource = f"{base}/{key}" if bucket and key else base
    name = _ACTIONS["s3"].get(operation, operation)
    context = {}
    if name.startswith("ListBucket") and request.get("Prefix") is not None:
        context["s3:prefix"] = request["Prefix"]
    if encryption := request.get("ServerSideEncryption"):
        context["s3:x-amz-server-side-encryption"] = encryption
    if customer := request.get("SSECustomerAlgorithm"):
        context["s3:x-amz-server-side-encryption-customer-algorithm"] = customer
    if key_id := request.get("SSEKMSKeyId"):
        context["s3:x-amz-server-side-encryption-aws-kms-key-id"] = key_id
    if request.get("VersionId") and name in ("GetObject", "GetObjectAttributes", "GetObjectTagging", "DeleteObject"):
        name = name.replace("Object", "ObjectVersion")
    if operation in ("CopyObject", "UploadPartCopy"):
        yield Permission("s3:PutObject", resource, context)
        yield from _s3_copy_source(operation, request, resource, place)
        return
    if operation == "DeleteObjects":
        for entry in request.get("Delete", {}).get("Objects", []):
            version = "Version" if entry.get("VersionId") else ""
            yield Permission(f"s3:DeleteObject{version}", f"{base}/{entry['Key']}")
        return
    yield Permission(f"s3:{name}", resource, context)
    if operation == "GetObjectAttributes":
        yield Permission("s3:GetObjectVersion" if request.get("VersionId") else "s3:GetObject", resource)
    if request.get("Tagging") and operation in ("PutObject", "CreateMultipartUpload"):
        yield Permission("s3:PutObjectTagging", resource)


def _s3_copy_source(operation: str, request: Request, target: str, place: Place) -> Iterator[Permission]:
    source = request.get("CopySource") or ""
    if isinstance(source, str):
        path, _, version = source.partition("?versionId=")
        name = urllib.parse.unquote(path).lstrip("/")
    else:
        name, version = f"{source['Bucket']}/{source['Key']}", source.get("VersionId", "")
    resource = f"arn:{place.partition}:s3:::{name}"
    suffix = "Version" if version else ""
    yield Permission(f"s3:GetObject{suffix}", resource)
    if operation == "CopyObject" and request.get("TaggingDirective", "COPY") == "COPY":  # needed when it has tags
        yield Permission(f"s3:GetObject{suffix}Tagging", resource)
        yield Permission("s3:PutObjectTagging", target)


def _resources(service: str, request: Request, place: Place) -> list[str]:
    found = [place.arn(*made) for made in _NAMED.get(service, lambda _: [])(request)]
    return found or sorted(
        {
            value
            for name, value in request.items()
            if isinstance(value, str) and value.startswith("arn:") and name not in _ROLE_MEMBERS
        }
        | ({str(request["RoleArn"])} if service == "sts" and request.get("RoleArn") else set())
    )


def _sqs(request: Request) -> Iterator[tuple[str, str]]:
    if url := request.get("QueueUrl"):
        yield "sqs", str(url).rstrip("/").rsplit("/", 1)[-1]
    elif name := request.get("QueueName"):
        yield "sqs", name


def _lambda(request: Request) -> Iterator[tuple[str, str]]:
    if name := request.get("FunctionName"):
        plain = re.sub(r"^(\d{12}:function:|function:)", "", name)
        yield "lambda", name if name.startswith("arn:") else f"function:{plain}"


def _kms(request: Request) -> Iterator[tuple[str, str]]:
    if key := request.get("KeyId"):
        yield "kms", key if key.startswith(("arn:", "alias/")) else f"key/{key}"


def _mediaconvert(request: Request) -> Iterator[tuple[str, str]]:
    for member, kind in (("Queue", "queues"), ("JobTemplate", "jobTemplates"), ("Id", "jobs")):
        if name := request.get(member):
            yield "mediaconvert", name if name.startswith("arn:") else f"{kind}/{name}"


def _secretsmanager(request: Request) -> Iterator[tuple[str, str]]:
    if name := request.get("SecretId") or request.get("Name"):
        yield "secretsmanager", name if name.startswith("arn:") else f"secret:{name}"


def _logs(request: Request) -> Iterator[tuple[str, str]]:
    if group := request.get("logGroupName"):
        stream = request.get("logStreamName")
        yield "logs", f"log-group:{group}:log-stream:{stream}" if stream else f"log-group:{group}"


def _events(request: Request) -> Iterator[tuple[str, str]]:
    if entries := request.get("Entries"):
        for bus in sorted({str(entry.get("EventBusName") or "default") for entry in entries}):
            yield "events", bus if bus.startswith("arn:") else f"event-bus/{bus}"
    elif name := request.get("Rule") or request.get("Name"):
        yield "events", f"rule/{name}"


_NAMED = {
    "events": _events,
    "kms": _kms,
    "lambda": _lambda,
    "logs": _logs,
    "mediaconvert": _mediaconvert,
    "secretsmanager": _secretsmanager,
    "sqs": _sqs,
}


def _context(action: str, request: Request) -> dict[str, str]:
    if action == "cloudwatch:PutMetricData" and request.get("Namespace"):
        return {"cloudwatch:namespace": str(request["Namespace"])}
    if action.startswith("kms:") and request.get("EncryptionContext"):
        return {f"kms:EncryptionContext:{name}": value for name, value in request["EncryptionContext"].items()}
    return {}


def _passed_roles(service: str, request: Request) -> Iterator[Permission]:
    """iam:PassRole, for requests that hand a role to a service."""
    if service in ("sts", "iam"):
        return
    for name in _ROLE_MEMBERS:
        role = request.get(name)
        if isinstance(role, str) and role.startswith("arn:"):
            principal = {"stepfunctions": "states"}.get(service, service)
            yield Permission("iam:PassRole", role, {"iam:PassedToService": f"{principal}.amazonaws.com"})
