"""Each role tried against what the others are for: the emitted policies say no, but to those that are meant to."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from toq_localstack.calls.permissions import Permission
from toq_localstack.calls.policies import Grant, allowing, grants

from tests.support.infrastructure.emitted import Terraform

BUCKET = "${aws_s3_bucket.media.arn}"
QUEUE = "${{aws_sqs_queue.{}.arn}}"
RAW, MANIFEST = f"{BUCKET}/7/raw/photo/vertical/2026-01-01/a.jpg", f"{BUCKET}/7/processed/manifest/2026-01-01/batch-1-0"
SECRET, MACHINE = "${aws_secretsmanager_secret.callback.arn}", "stateMachine:listing-media-processing-sm"
EVERY_FUNCTION = {"start", "validate", "thumbnails", "zip", "finalize", "reconcile", "callback_dispatch"}

# What is tried: action and resource; and the roles that may.
TRIED: Mapping[tuple[str, str], set[str]] = {
    ("s3:PutObject", RAW): {"backend", "admin"},
    ("s3:GetObject", RAW): {"backend", "admin", "start", "validate"},
    ("s3:GetObjectVersion", RAW): {"admin", "validate", "thumbnails"},
    ("s3:GetObject", f"{BUCKET}/7/raw/video/vertical/2026-01-01/a.mp4"): {
        "backend", "admin", "start", "validate", "mediaconvert",
    },
    ("s3:PutObject", f"{BUCKET}/7/processed/photo/vertical/2026-01-01/a.jpg"): {"thumbnails", "admin"},
    ("s3:PutObject", f"{BUCKET}/7/thumb/photo/vertical/2026-01-01/a-small.jpg"): {"thumbnails", "admin"},
    ("s3:PutObject", f"{BUCKET}/7/processed/video/vertical/2026-01-01/a-1080p.mp4"): {"mediaconvert", "admin"},
    ("s3:PutObject", f"{BUCKET}/7/zip/complete/2026-01-01/batch-1.zip"): {"zip", "admin"},
    ("s3:PutObject", f"{MANIFEST}/result.json"): (EVERY_FUNCTION | {"admin"}),
    ("s3:PutObject", f"{MANIFEST}/videos/0.failure.json"): (EVERY_FUNCTION | {"admin", "state_machine"}),
    ("s3:DeleteObject", RAW): {"backend", "admin"},
    ("s3:DeleteObjectVersion", RAW): {"admin"},
    ("s3:PutLifecycleConfiguration", BUCKET): set(),
    ("s3:PutBucketPolicy", BUCKET): set(),
    ("secretsmanager:GetSecretValue", SECRET): {"backend", "callback_dispatch"},
    ("secretsmanager:PutSecretValue", SECRET): set(),
    ("sqs:SendMessage", QUEUE.format("batches")): {"backend", "admin"},
    ("sqs:ReceiveMessage", QUEUE.format("batches")): {"start", "admin"},
    ("sqs:ReceiveMessage", QUEUE.format("events")): {"reconcile", "admin"},
    ("sqs:SendMessage", QUEUE.format("events")): {"admin"},
    ("sqs:SendMessage", QUEUE.format("dead_letters")): {"start", "state_machine", "admin"},
    ("sqs:PurgeQueue", QUEUE.format("dead_letters")): {"admin"},
    ("states:StartExecution", MACHINE): {"start"},
    ("states:StopExecution", "execution:listing-media-processing-sm:batch-1-0"): set(),
    ("lambda:InvokeFunction", "function:listing-media-callback-dispatch"): {"reconcile"},
    ("lambda:InvokeFunction", "${aws_lambda_function.callback_dispatch.arn}"): {"state_machine"},
    ("lambda:InvokeFunction", "${aws_lambda_function.thumbnails.arn}"): {"state_machine"},
    ("lambda:UpdateFunctionCode", "function:listing-media-zip"): set(),
    ("mediaconvert:CreateJob", "${aws_media_convert_queue.media.arn}"): {"state_machine"},
    ("iam:PassRole", "${aws_iam_role.mediaconvert.arn}"): {"state_machine"},
    ("iam:PassRole", "${aws_iam_role.admin.arn}"): set(),
    ("sts:AssumeRole", "${aws_iam_role.admin.arn}"): set(),
    ("kms:ScheduleKeyDeletion", "${aws_kms_key.media.arn}"): set(),
}  # fmt: skip
CONTEXT = {"iam:PassedToService": "mediaconvert.amazonaws.com"}


def rights(stack: Terraform) -> dict[str, list[Grant]]:
    """Every grant of each role, by the role's name in Terraform without `_role`."""
    found: dict[str, list[Grant]] = {}
    for resource in stack.all("aws_iam_role_policy").values():
        name = resource["role"].removeprefix("${aws_iam_role.").removesuffix(".name}").removesuffix("_role")
        found.setdefault(name, []).extend(grants(json.loads(resource["policy"])))
    return found


def whole(stack: Terraform, resource: str) -> str:
    """An ARN of what is named by its account's own form."""
    if resource.startswith("$"):
        return resource
    service = {"function": "lambda"}.get(resource.split(":", maxsplit=1)[0], "states")
    return f"arn:aws:{service}:{stack.environment.region}:{stack.environment.account_id}:{resource}"


@pytest.mark.parametrize(("tried", "may"), TRIED.items(), ids=lambda each: each[0] if isinstance(each, tuple) else "")
def test_only_the_roles_that_it_is_for_may(tried: tuple[str, str], may: set[str], prod: Terraform) -> None:
    permission = Permission(tried[0], whole(prod, tried[1]), CONTEXT)
    assert {role for role, granted in rights(prod).items() if allowing(granted, permission)} == may


def test_every_role_is_tried(prod: Terraform) -> None:
    assert rights(prod).keys() == EVERY_FUNCTION | {"admin", "backend", "mediaconvert", "state_machine"}


def test_an_account_of_another_service_is_passed_no_role(prod: Terraform) -> None:
    context: dict[str, Any] = {"iam:PassedToService": "lambda.amazonaws.com"}
    permission = Permission("iam:PassRole", "${aws_iam_role.mediaconvert.arn}", context)
    assert not any(allowing(granted, permission) for granted in rights(prod).values())
