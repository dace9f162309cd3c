"""The record of AWS calls: who called what, and which permissions that needs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.plugins.clips import Clips
from tests.support.plugins.functions import HANDLER, create_function
from tests.support.plugins.jobs import film, finished, group, job_settings
from tests.support.plugins.machines import Machine

if TYPE_CHECKING:
    from mypy_boto3_mediaconvert import MediaConvertClient
    from mypy_boto3_s3 import S3Client

Client = Callable[[str], Any]


def recorded(log: Path, service: str, operation: str, resource: str) -> list[Any]:
    """The calls of one operation that name a resource."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return [
        line
        for line in lines
        if (line["service"], line["operation"]) == (service, operation)
        and any(resource in permission["resource"] for permission in line["permissions"])
    ]


def test_a_functions_call_is_recorded_with_function_role_and_condition(
    client: Client, lambda_role: str, s3: "S3Client", calls_log: Path, unique: str
) -> None:
    s3.create_bucket(Bucket=unique)
    function = create_function(client("lambda"), unique, lambda_role, {"function.py": HANDLER})

    assert function.invoke(list_bucket=unique).error is None

    (call,) = recorded(calls_log, "s3", "ListObjectsV2", unique)
    assert call["caller"] == {"app": unique[:50], "role": lambda_role, "session": unique}
    assert call["status"] == 200
    assert call["permissions"] == [
        {"action": "s3:ListBucket", "resource": f"arn:aws:s3:::{unique}", "context": {"s3:prefix": "some/"}}
    ]


def test_a_state_machines_call_is_recorded_with_its_role(
    client: Client, states_role: str, s3: "S3Client", calls_log: Path, unique: str
) -> None:
    s3.create_bucket(Bucket=unique)
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
        "Parameters": {"Bucket": unique, "Key": "result.json", "Body": {"status": "COMPLETE"}},
        "End": True,
    }

    assert Machine(client, unique, states_role, {"Put": task}).run({})["status"] == "SUCCEEDED"

    (call,) = recorded(calls_log, "s3", "PutObject", unique)
    assert (call["caller"]["role"], call["caller"]["internal"]) == (states_role, True)
    assert call["permissions"] == [{"action": "s3:PutObject", "resource": f"arn:aws:s3:::{unique}/result.json"}]


def test_a_jobs_calls_are_recorded_with_the_jobs_role_and_passing_it(
    mediaconvert: "MediaConvertClient", mediaconvert_role: str, s3: "S3Client", bucket: str, clips: Clips,
    calls_log: Path, unique: str,
) -> None:  # fmt: skip
    s3.upload_file(str(clips.film()), bucket, f"{unique}/in.mp4")
    settings: Any = job_settings(f"s3://{bucket}/{unique}/in.mp4", group(f"s3://{bucket}/{unique}/out", film()))
    job = mediaconvert.create_job(Role=mediaconvert_role, Settings=settings, Tags={"made": "here"})["Job"]
    finished(mediaconvert, job["Id"])

    read = recorded(calls_log, "s3", "GetObject", f"{unique}/in.mp4")
    write = recorded(calls_log, "s3", "PutObject", f"{unique}/out-film.mp4")
    assert {call["caller"]["role"] for call in [*read, *write]} == {mediaconvert_role}
    looked = recorded(calls_log, "mediaconvert", "GetJob", job["Arn"])[0]
    assert looked["permissions"][0]["context"] == {"aws:ResourceTag/made": "here"}
    passed = recorded(calls_log, "mediaconvert", "CreateJob", mediaconvert_role)[-1]["permissions"][-1]
    context = {"iam:PassedToService": "mediaconvert.amazonaws.com"}
    assert passed == {"action": "iam:PassRole", "resource": mediaconvert_role, "context": context}
