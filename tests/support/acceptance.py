"""A run of the acceptance as it is when every promise is kept, made of stubs, so that tests can break one at a time."""

import datetime
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from botocore.exceptions import ClientError
from PIL import Image

from modules.environments import config
from operations.acceptance.account import Account
from operations.acceptance.batch import Asset, Batch
from operations.acceptance.run import WIDTHS, Run, poster
from operations.acceptance.samples import Sample

KEY = "arn:aws:kms:sa-east-1:111111111111:key/1"
TOPIC = "arn:aws:sns:sa-east-1:111111111111:toq-media-alerts"
MACHINE = "arn:aws:states:sa-east-1:111111111111:stateMachine:listing-media-processing-sm"
FUNCTIONS = ("start", "validate", "thumbnails", "zip", "finalize", "callback-dispatch", "reconcile")
OUTPUTS = {
    "account_id": "111111111111",
    "region": "sa-east-1",
    "media_bucket": "toq-listing-medias-dev",
    "log_bucket": "toq-logs-dev",
    "kms_key_arn": KEY,
    "kms_key_alias": "alias/toq-media-processing",
    "queue_url": "https://sqs.sa-east-1.amazonaws.com/111111111111/listing-media-processing",
    "dead_letter_queue_url": "https://sqs.sa-east-1.amazonaws.com/111111111111/listing-media-processing-dlq",
    "dead_letter_queue_arn": "arn:aws:sqs:sa-east-1:111111111111:listing-media-processing-dlq",
    "state_machine_arn": MACHINE,
    "alerts_topic_arn": TOPIC,
    "backend_role_arn": "arn:aws:iam::111111111111:role/toq-media-processing-backend",
    "admin_role_arn": "arn:aws:iam::111111111111:role/toq-media-processing-admin",
    "callback_api_url": "https://abc-vpce-1.execute-api.sa-east-1.amazonaws.com/v1/media-processing/callback",
    "function_arns": {
        f"listing-media-{name}": f"arn:aws:lambda:sa-east-1:111111111111:function:listing-media-{name}"
        for name in FUNCTIONS
    },
}


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, "Call")


class Client:
    """A boto3 client that gives fixed answers by operation: a value, an exception to raise, or a function."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**request: Any) -> Any:
            answer = self.answers[operation]
            if isinstance(answer, Exception):
                raise answer
            return answer(**request) if callable(answer) else answer

        return call

    def get_paginator(self, operation: str) -> "Pages":
        return Pages(getattr(self, operation))


class Pages:
    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def paginate(self, **request: Any) -> list[Any]:
        return [self._call(**request)]


class Objects(Client):
    """The backend's S3: objects in a dictionary, each with what HEAD tells of it."""

    def __init__(self) -> None:
        super().__init__(generate_presigned_url="https://never")
        self.bodies: dict[str, bytes] = {}
        self.heads: dict[str, dict[str, Any]] = {}
        # Not by __getattr__, so that a test can replace them one by one.
        self.answers |= {
            "head_object": self._head,
            "get_object": lambda Bucket, Key: self._head(Bucket, Key) and {"Body": io.BytesIO(self.bodies[Key])},
        }
        self.generate_presigned_url = lambda *_, Params, **__: f"https://bucket/{Params['Key']}"

    def put(self, key: str, body: bytes, content_type: str) -> None:
        self.bodies[key] = body
        self.heads[key] = {
            "ContentType": content_type,
            "ServerSideEncryption": "aws:kms",
            "SSEKMSKeyId": KEY,
            "VersionId": "v1",
        }

    def _head(self, Bucket: str, Key: str) -> dict[str, Any]:
        if Key not in self.heads:
            raise refusal("404")
        return self.heads[Key]


def picture(size: tuple[int, int], **options: Any) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(file, "JPEG", **options)
    return file.getvalue()


class Planted:
    """A healthy run; `media` are its objects, `clients` the answers of each service to the operator."""

    def __init__(self, samples: list[Sample], rendition: Callable[[Sample], bytes]) -> None:
        self.media = Objects()
        self.clients = healthy_clients()
        self.backend = {"sts": Client(assume_role=refusal("AccessDenied"))}
        self.backend["sqs"] = Client(receive_message=refusal("AccessDenied"))
        self.media.answers |= {"put_object": refusal("AccessDenied"), "delete_object": refusal("AccessDenied")}
        stubs = {("operator", name): client for name, client in self.clients.items()}
        stubs |= {("backend", name): client for name, client in self.backend.items()} | {("backend", "s3"): self.media}
        nobody = cast("Any", None)
        account = Account(config.load("dev"), OUTPUTS, nobody, nobody, stubs)
        assets = tuple(
            Asset(sample, f"1/raw/{sample.asset_type.lower().replace('_', '/')}/2026-11-25/a-{sample.name}", at)
            for at, sample in enumerate(samples, start=1)
        )
        trace = f"00-{'a' * 32}-{'b' * 16}-01"
        batch = Batch(7, 1, True, "2026-11-25", trace, assets, datetime.datetime.now(datetime.UTC))
        ended = {"status": "SUCCEEDED", "executionArn": batch.execution_arn(MACHINE)}
        alarms = healthy_alarms()
        self.run = Run(account, batch, {asset.key: "200" for asset in assets}, alarms, execution=ended)
        self._write_outputs(rendition)

    def change(self, **members: Any) -> None:
        """Replace members of the run."""
        self.run = replace(self.run, **members, _bodies={})

    def manifest(self, name: str, **changes: Any) -> None:
        """Write a manifest anew with some members changed."""
        key = f"{self.run.batch.manifest_prefix}{name}"
        document = json.loads(self.media.bodies.get(key, b"{}")) | changes
        self.media.put(key, json.dumps(document).encode(), "application/json")

    def _write_outputs(self, rendition: Callable[[Sample], bytes]) -> None:
        run, put = self.run, self.media.put
        for asset in run.batch.assets:
            put(asset.key, asset.sample.content, asset.sample.content_type)
        for asset in run.photos:
            put(asset.output("processed", ".jpg"), stripped(asset.sample), "image/jpeg")
            width, height = asset.sample.upright
            for name, wide in WIDTHS.items():
                put(asset.output("thumb", f"-{name}.jpg"), picture((wide, wide * height // width)), "image/jpeg")
        for asset in run.videos:
            for lines in ("1080p", "720p"):
                put(asset.output("processed", f"-{lines}.mp4"), rendition(asset.sample), "video/mp4")
            put(poster(asset), picture((1280, 720)), "image/jpeg")
        self.write_zip([asset.sample.name for asset in run.good])
        outputs = [{"rawKey": each.key, "errorCode": each.sample.expected_error} for each in run.batch.assets]
        bundles = ["1/zip/partial/2026-11-25/batch-7-partial.zip"]
        self.manifest("result.json", outputs=outputs, zipBundles=bundles, eventId="e", status="SUCCEEDED")
        self.manifest("callback.json", eventId="e", statusCode=200, tries=1)

    def write_zip(self, names: list[str], missing: str = "defeito.jpg: IMAGE_CORRUPT") -> None:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as bundle:
            for name in names:
                bundle.writestr(name, name)
            bundle.writestr("MISSING.txt", missing)
        self.media.put("1/zip/partial/2026-11-25/batch-7-partial.zip", file.getvalue(), "application/zip")


def stripped(sample: Sample) -> bytes:
    """What must be left of a photo: a JPEG without its segments of metadata, not encoded anew."""
    if sample.content_type != "image/jpeg":
        return picture(sample.upright)
    content, kept, at = sample.content, bytearray(b"\xff\xd8"), 2
    while content[at + 1] != 0xDA:
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        if content[at + 1] not in (0xE1, 0xFE):  # APP1: EXIF and XMP; COM
            kept += content[at : at + 2 + length]
        at += 2 + length
    return bytes(kept + content[at:])


def healthy_alarms() -> list[dict[str, Any]]:
    names = (
        "dead-letters event-dead-letters executions-failed executions-timed-out callback-dispatch-errors "
        "reconcile-errors oldest-batch start-throttles"
    )
    alarm = {"StateValue": "OK", "ActionsEnabled": True, "AlarmActions": [TOPIC]}
    return [{"AlarmName": f"toq-media-{name}", **alarm} for name in names.split()]


def healthy_clients() -> dict[str, Client]:
    """What every service answers to the operator."""
    groups = [
        "/aws/step-functions/listing-media-processing-sm",
        *(f"/aws/lambda/listing-media-{n}" for n in FUNCTIONS),
    ]
    block = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}
    redrive = {"maxReceiveCount": 5, "deadLetterTargetArn": OUTPUTS["dead_letter_queue_arn"]}
    attributes = {
        "VisibilityTimeout": "60",
        "KmsMasterKeyId": KEY,
        "RedrivePolicy": json.dumps(redrive),
        "MessageRetentionPeriod": "1209600",
    }
    address = "cloud-admin-dev@toq.example"
    return {
        "s3": Client(
            get_bucket_encryption={"ServerSideEncryptionConfiguration": {"Rules": [rule]}},
            get_public_access_block={"PublicAccessBlockConfiguration": dict.fromkeys(block, True)},
            get_bucket_versioning={"Status": "Enabled"},
            get_bucket_ownership_controls={
                "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
            },
            get_bucket_logging={"LoggingEnabled": {"TargetBucket": "toq-logs-dev"}},
            get_bucket_lifecycle_configuration={"Rules": [{"ID": "raw-to-glacier", "Transitions": []}]},
            get_bucket_policy_status={"PolicyStatus": {"IsPublic": False}},
            put_object=refusal("AccessDenied"),
            delete_object=refusal("AccessDenied"),
        ),
        "kms": Client(get_key_rotation_status={"KeyRotationEnabled": True, "RotationPeriodInDays": 365}),
        "sqs": Client(get_queue_attributes={"Attributes": attributes}),
        "sns": Client(
            list_subscriptions_by_topic={"Subscriptions": [{"Endpoint": address, "SubscriptionArn": "arn:aws:sns:1"}]}
        ),
        "logs": Client(
            describe_log_groups=lambda logGroupNamePrefix: {
                "logGroups": [
                    {"logGroupName": name, "retentionInDays": 30, "kmsKeyId": KEY}
                    for name in groups
                    if name.startswith(logGroupNamePrefix)
                ]
            },
            filter_log_events={"events": [{"message": "a line"}]},
        ),
        "xray": Client(get_trace_summaries={"TraceSummaries": [{"Id": "1-a"}]}),
        "stepfunctions": Client(get_execution_history={"events": [{"stateEnteredEventDetails": {}}] * 17}),
        "ec2": Client(describe_vpc_endpoints={"VpcEndpoints": [{"State": "available", "SubnetIds": ["subnet-1"]}]}),
    }
