"""Rules of the plugins that need no running emulator: merging, naming, permissions, metrics, ffmpeg's own words."""

import json
from typing import Any

import pytest
from toq_localstack.calls.permissions import Place, permissions
from toq_localstack.functions.embedded_metrics import embedded_metrics
from toq_localstack.functions.interpreter import InterpreterError, executable_for
from toq_localstack.functions.report import Output, Report, exited, out_of_memory, timed_out
from toq_localstack.mediaconvert.probe import ProbeError, parse
from toq_localstack.mediaconvert.settings import merge, output_uri

PLACE = Place("aws", "us-east-1", "000000000000")


@pytest.mark.parametrize(
    ("template", "job", "merged"),
    [
        ({"a": 1, "b": 2}, {"b": 3}, {"a": 1, "b": 3}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 3}}, {"a": {"x": 1, "y": 3}}),
        ({"a": [{"x": 1}, {"x": 2}]}, {"a": [{"y": 3}]}, {"a": [{"x": 1, "y": 3}, {"x": 2}]}),
        ({"a": [{"x": 1}]}, {"a": [{"x": 2}, {"x": 3}]}, {"a": [{"x": 2}, {"x": 3}]}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
    ],
)
def test_a_jobs_settings_lie_over_its_templates(template: Any, job: Any, merged: Any) -> None:
    assert merge(template, job) == merged


@pytest.mark.parametrize(
    ("destination", "output", "sequence", "uri"),
    [
        (
            "s3://b/dir/",
            {"NameModifier": "-720p", "ContainerSettings": {"Container": "MP4"}},
            "",
            "s3://b/dir/in-720p.mp4",
        ),
        ("s3://b/dir/base", {"ContainerSettings": {"Container": "MOV"}}, "", "s3://b/dir/base.mov"),
        ("s3://b/x", {"NameModifier": "-p", "Extension": "jpeg"}, ".0000001", "s3://b/x-p.0000001.jpeg"),
        ("s3://b/$fn$/x", {"ContainerSettings": {"Container": "RAW"}}, ".0000000", "s3://b/in/x.0000000.jpg"),
    ],
)
def test_outputs_are_named_as_the_service_names_them(destination: str, output: Any, sequence: str, uri: str) -> None:
    assert output_uri(destination, "s3://b/raw/in.mp4", output, sequence) == uri


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


@pytest.mark.parametrize("line", ["plain text", '{"message": "no metric"}', '{"_aws": "no object"}', '{"_aws": {'])
def test_a_line_without_metrics_gives_none(line: str) -> None:
    assert list(embedded_metrics(line)) == []


def test_every_dimension_set_of_a_metric_is_published() -> None:
    directive = {
        "Namespace": "N",
        "Dimensions": [["a"], ["a", "b"]],
        "Metrics": [{"Name": "Seconds", "Unit": "Seconds"}],
    }
    metadata = {"Timestamp": 1_700_000_000_000, "CloudWatchMetrics": [directive]}
    line = json.dumps({"_aws": metadata, "a": "1", "b": "2", "Seconds": [0.5, 1.5]})

    found = list(embedded_metrics(line))

    assert [namespace for namespace, _ in found] == ["N", "N"]
    assert [[dimension["Name"] for dimension in datum["Dimensions"]] for _, datum in found] == [["a"], ["a", "b"]]
    assert found[0][1]["Values"] == [0.5, 1.5]
    assert found[0][1]["Timestamp"] == 1_700_000_000


PHONE = """Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'file:/tmp/in.mp4':
  Duration: 00:01:02.50, start: 0.000000, bitrate: 5000 kb/s
  Stream #0:0[0x1](und): Video: hevc (Main) (hvc1 / 0x31637668), yuv420p(tv, bt709), 1920x1080, 5000 kb/s, 59.94 fps
      Side data:
        displaymatrix: rotation of -90.00 degrees
  Stream #0:1[0x2](und): Audio: aac (LC) (mp4a / 0x6134706D), 48000 Hz, mono, fltp, 96 kb/s (default)
"""


def test_a_phones_film_is_read_from_what_ffmpeg_says() -> None:
    info = parse(PHONE)

    assert (info.width, info.height, info.rotation, info.frame_rate) == (1920, 1080, 90, 59.94)
    assert (info.duration, info.video_codec, info.audio_codec) == (62.5, "hevc", "aac")


def test_the_reason_of_a_file_that_can_not_be_opened_is_kept() -> None:
    with pytest.raises(ProbeError, match="moov atom not found"):
        parse("[mov,mp4 @ 0x1] moov atom not found\n")


def test_an_album_cover_is_no_film() -> None:
    sound = "Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'x':\n  Stream #0:0: Audio: aac\n"
    cover = "  Stream #0:1: Video: mjpeg, yuvj420p, 500x500, 90k tbr (attached pic)\n"

    assert parse(sound + cover).video_codec is None


@pytest.mark.parametrize(
    ("failure", "error_type", "text"),
    [
        (timed_out(3), "Sandbox.Timedout", "Task timed out after 3.00 seconds"),
        (out_of_memory(), "Runtime.OutOfMemory", "Runtime exited with error: signal: killed"),
        (exited(-11), "Runtime.ExitError", "Runtime exited with error: signal: segmentation fault"),
        (exited(0), "Runtime.ExitError", "Runtime exited without providing a reason"),
    ],
)
def test_a_failed_invocation_is_named_as_lambda_names_it(failure: Any, error_type: str, text: str) -> None:
    assert failure.error_type == error_type
    assert f'"errorMessage": "RequestId: abc Error: {text}"' in failure.payload("abc").decode()


def test_the_report_bills_the_init_phase_too() -> None:
    report = Report("abc", duration=0.0101, memory_size=512, memory_used=90, init_duration=0.2, trace_id="1-2-3")

    log = report.log("$LATEST", Output(before="loaded\n", during="worked\n"))

    assert log == (
        "loaded\nSTART RequestId: abc Version: $LATEST\nworked\nEND RequestId: abc\n"
        "REPORT RequestId: abc\tDuration: 10.10 ms\tBilled Duration: 211 ms\tMemory Size: 512 MB\t"
        "Max Memory Used: 90 MB\tInit Duration: 200.00 ms\tXRAY TraceId: 1-2-3\n"
    )


def test_the_interpreter_of_a_runtime_comes_from_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMBDA_PROCESS_PYTHON312", "/no/such/python")

    with pytest.raises(InterpreterError, match="LAMBDA_PROCESS_PYTHON312=/no/such/python is no executable"):
        executable_for("python3.12")
    with pytest.raises(InterpreterError, match=r"runtime nodejs22\.x is not supported"):
        executable_for("nodejs22.x")
