"""Step Functions with MediaConvert tasks, and what executions tell EventBridge and CloudWatch."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.plugins.clips import Clips
from tests.support.plugins.events import subscribe
from tests.support.plugins.jobs import Settings, group, job_settings, video
from tests.support.plugins.machines import Machine
from tests.support.plugins.metrics import metric_sum
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from mypy_boto3_mediaconvert import MediaConvertClient
    from mypy_boto3_s3 import S3Client

Client = Callable[[str], Any]
TRANSCODE = "arn:aws:states:::mediaconvert:createJob"


@pytest.fixture
def transcode(client: Client, states_role: str, mediaconvert_role: str, unique: str) -> Callable[[str], Machine]:
    """A machine of one MediaConvert task that takes the job's settings as input."""

    def machine(pattern: str) -> Machine:
        parameters = {"Role": mediaconvert_role, "Settings.$": "$", "UserMetadata": {"execution.$": "$$.Execution.Id"}}
        task = {"Type": "Task", "Resource": TRANSCODE + pattern, "Parameters": parameters, "End": True}
        return Machine(client, unique, states_role, {"Transcode": task})

    return machine


@pytest.fixture
def settings(s3: "S3Client", clips: Clips, bucket: str, unique: str) -> Settings:
    """Settings of a job that will succeed."""
    s3.upload_file(str(clips.video()), bucket, f"{unique}/in.mp4")
    return job_settings(f"s3://{bucket}/{unique}/in.mp4", group(f"s3://{bucket}/{unique}/out", video(Height=180)))


def test_a_sync_task_waits_for_the_job_and_gives_it(
    transcode: Callable[[str], Machine], settings: Settings, mediaconvert: "MediaConvertClient"
) -> None:
    execution = transcode(".sync").run(settings)

    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    job = json.loads(execution["output"])["Job"]
    assert job["Status"] == "COMPLETE"
    assert job["UserMetadata"] == {"execution": execution["executionArn"]}
    assert job["OutputGroupDetails"][0]["OutputDetails"][0]["VideoDetails"] == {"WidthInPx": 320, "HeightInPx": 180}
    tags = mediaconvert.list_tags_for_resource(Arn=job["Arn"])["ResourceTags"]["Tags"]
    assert tags == {"ManagedByService": "AWSStepFunctions"}


def test_a_plain_task_gives_the_job_as_it_was_made(transcode: Callable[[str], Machine], settings: Settings) -> None:
    execution = transcode("").run(settings)

    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    assert json.loads(execution["output"])["Job"]["Status"] == "SUBMITTED"


def test_a_job_that_fails_fails_the_task_with_the_job_as_cause(
    transcode: Callable[[str], Machine], settings: Settings
) -> None:
    settings["Inputs"][0]["FileInput"] += ".nothing"

    execution = transcode(".sync").run(settings)

    assert (execution["status"], execution["error"]) == ("FAILED", "States.TaskFailed")
    cause = json.loads(execution["cause"])
    assert (cause["Status"], cause["ErrorCode"]) == ("ERROR", 1404)


def test_refused_settings_fail_the_task_by_the_exceptions_name(
    transcode: Callable[[str], Machine], settings: Settings
) -> None:
    settings["OutputGroups"][0]["Outputs"][0]["VideoDescription"]["Height"] = 1

    execution = transcode(".sync").run(settings)

    assert execution["error"] == "MediaConvert.BadRequestException"
    assert "/outputs/0/videoDescription/height: Should be >= 32" in execution["cause"]


def test_a_stopped_execution_cancels_its_job(
    transcode: Callable[[str], Machine],
    settings: Settings,
    s3: "S3Client",
    clips: Clips,
    bucket: str,
    mediaconvert: "MediaConvertClient",
    unique: str,
) -> None:
    s3.upload_file(str(clips.long()), bucket, f"{unique}/in.mp4")
    machine = transcode(".sync")
    execution = machine.start(settings)

    def job() -> Any:
        found = mediaconvert.list_jobs(MaxResults=20)["Jobs"]
        return next((each for each in found if (each.get("UserMetadata") or {}).get("execution") == execution), None)

    wait_until(lambda: (job() or {}).get("Status") == "PROGRESSING")
    machine.sfn.stop_execution(executionArn=execution)

    assert wait_until(lambda: job()["Status"] == "CANCELED")


WAIT = {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}
FAIL = {"Fail": {"Type": "Fail", "Error": "BatchFailed", "Cause": "no photo was good"}}
PASS = {"Pass": {"Type": "Pass", "End": True}}


@pytest.mark.parametrize(
    ("states", "status", "metric", "members"),
    [
        (PASS, "SUCCEEDED", "ExecutionsSucceeded", {"output": '{"batchId":7}', "error": None}),
        (FAIL, "FAILED", "ExecutionsFailed", {"error": "BatchFailed", "cause": "no photo was good", "output": None}),
        (WAIT, "TIMED_OUT", "ExecutionsTimedOut", {"output": None}),
        (WAIT, "ABORTED", "ExecutionsAborted", {"error": "Stopped", "cause": "by a person", "output": None}),
    ],
)
def test_the_end_of_an_execution_is_an_event_and_a_metric(
    client: Client, states_role: str, unique: str, states: Any, status: str, metric: str, members: Any
) -> None:
    events = subscribe(client, unique, "aws.states")
    limit = {"TimeoutSeconds": 1} if status == "TIMED_OUT" else {}
    machine = Machine(client, unique, states_role, states, **limit)

    execution = machine.start({"batchId": 7})
    if status == "ABORTED":
        machine.sfn.stop_execution(executionArn=execution, error="Stopped", cause="by a person")
    described = machine.ended(execution)

    received = events(lambda seen: any(event["detail"]["status"] == status for event in seen))
    event = next(each for each in received if each["detail"]["status"] == status)
    detail = event["detail"]
    assert event["detail-type"] == "Step Functions Execution Status Change"
    assert event["resources"] == [execution]
    assert detail.items() >= members.items()
    assert detail["executionArn"] == execution
    assert detail["stateMachineArn"] == machine.arn
    assert detail["input"] == '{"batchId":7}'
    assert detail["inputDetails"] == {"included": True}
    assert detail["startDate"] == pytest.approx(described["startDate"].timestamp() * 1000, abs=1)
    assert detail["stopDate"] == pytest.approx(described["stopDate"].timestamp() * 1000, abs=1)
    assert wait_until(lambda: metric_sum(client, "AWS/States", metric, StateMachineArn=machine.arn)) == 1
