from typing import Any

import pytest
from toq_localstack.calls.permissions import Place, permissions

PLACE = Place("aws", "us-east-1", "000000000000")


def needed(service: str, operation: str, **request: Any) -> list[tuple[str, str]]:
    """Actions and resources of a call."""
    return [(each.action, each.resource) for each in permissions(service, operation, request, PLACE)]


@pytest.mark.parametrize(
    ("service", "operation", "request_members", "expected"),
    [
        ("s3", "HeadObject", {"Bucket": "b", "Key": "k"}, [("s3:GetObject", "arn:aws:s3:::b/k")]),
        (
            "s3",
            "GetObject",
            {"Bucket": "b", "Key": "k", "VersionId": "1"},
            [("s3:GetObjectVersion", "arn:aws:s3:::b/k")],
        ),
        ("s3", "UploadPart", {"Bucket": "b", "Key": "k"}, [("s3:PutObject", "arn:aws:s3:::b/k")]),
        (
            "s3",
            "UploadPartCopy",
            {"Bucket": "b", "Key": "k", "CopySource": "b/some%20key?versionId=7"},
            [("s3:PutObject", "arn:aws:s3:::b/k"), ("s3:GetObjectVersion", "arn:aws:s3:::b/some key")],
        ),
        (
            "s3",
            "CopyObject",
            {"Bucket": "b", "Key": "k", "CopySource": "b/s"},
            [
                ("s3:PutObject", "arn:aws:s3:::b/k"),
                ("s3:GetObject", "arn:aws:s3:::b/s"),
                ("s3:GetObjectTagging", "arn:aws:s3:::b/s"),
                ("s3:PutObjectTagging", "arn:aws:s3:::b/k"),
            ],
        ),
        (
            "s3",
            "PutObject",
            {"Bucket": "b", "Key": "k", "Tagging": "stage=raw"},
            [("s3:PutObject", "arn:aws:s3:::b/k"), ("s3:PutObjectTagging", "arn:aws:s3:::b/k")],
        ),
        (
            "sqs",
            "SendMessageBatch",
            {"QueueUrl": "http://127.0.0.1:4566/000000000000/jobs"},
            [("sqs:SendMessage", "arn:aws:sqs:us-east-1:000000000000:jobs")],
        ),
        (
            "stepfunctions",
            "StartExecution",
            {"stateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:m", "input": "{}"},
            [("states:StartExecution", "arn:aws:states:us-east-1:000000000000:stateMachine:m")],
        ),
        (
            "lambda",
            "Invoke",
            {"FunctionName": "f"},
            [("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:000000000000:function:f")],
        ),
        (
            "secretsmanager",
            "GetSecretValue",
            {"SecretId": "toq/callback"},
            [("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:000000000000:secret:toq/callback")],
        ),
        (
            "kms",
            "Decrypt",
            {"KeyId": "1234"},
            [("kms:Decrypt", "arn:aws:kms:us-east-1:000000000000:key/1234")],
        ),
        ("cloudwatch", "PutMetricData", {"Namespace": "N"}, [("cloudwatch:PutMetricData", "*")]),
    ],
)
def test_a_call_needs_the_permissions_of_the_service_authorization_reference(
    service: str, operation: str, request_members: Any, expected: list[tuple[str, str]]
) -> None:
    assert needed(service, operation, **request_members) == expected


def test_creating_a_job_needs_queue_template_and_the_role_to_be_passed() -> None:
    role = "arn:aws:iam::000000000000:role/MediaConvert_Default_Role"

    found = permissions("mediaconvert", "CreateJob", {"Queue": "q", "JobTemplate": "t", "Role": role}, PLACE)

    assert [(each.action, each.resource.rsplit(":", 1)[-1]) for each in found] == [
        ("mediaconvert:CreateJob", "queues/q"),
        ("mediaconvert:CreateJob", "jobTemplates/t"),
        ("iam:PassRole", "role/MediaConvert_Default_Role"),
    ]
    assert found[-1].context == {"iam:PassedToService": "mediaconvert.amazonaws.com"}
