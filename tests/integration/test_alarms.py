"""The alarms that LocalStack can evaluate fire and reach a subscriber of the alert topic."""

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.messages import send
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

pytestmark = pytest.mark.localstack
SHORT_PERIOD = 10  # seconds; the deployed alarms look at five minutes, which is all that is changed here


@pytest.fixture
def subscriber(aws: Callable[[str], Any], sqs: "SQSClient", outputs: dict[str, Any], unique: str) -> Iterator[str]:
    """URL of a queue that is subscribed to `toq-media-alerts`."""
    url = sqs.create_queue(QueueName=unique)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns = aws("sns")
    subscription = sns.subscribe(TopicArn=outputs["alerts_topic_arn"], Protocol="sqs", Endpoint=arn)
    yield url
    sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
    sqs.delete_queue(QueueUrl=url)


def hasten(cloudwatch: Any, name: str) -> None:
    """Put the deployed alarm again with a shorter period; everything else stays as Terraform made it."""
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    kept = (
        "AlarmName",
        "AlarmDescription",
        "ActionsEnabled",
        "OKActions",
        "AlarmActions",
        "MetricName",
        "Namespace",
        "Statistic",
        "Dimensions",
        "EvaluationPeriods",
        "Threshold",
        "ComparisonOperator",
        "TreatMissingData",
    )
    cloudwatch.put_metric_alarm(**{key: alarm[key] for key in kept if key in alarm}, Period=SHORT_PERIOD)


def told(sqs: "SQSClient", queue: str, alarm: str) -> dict[str, Any]:
    """The notification that ``alarm`` went into ALARM."""

    def notification() -> dict[str, Any] | None:
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get(
            "Messages", []
        ):
            body: dict[str, Any] = json.loads(json.loads(message["Body"])["Message"])
            if body.get("AlarmName") == alarm and body["NewStateValue"] == "ALARM":
                return body
        return None

    return wait_until(notification)


def test_dead_letter_raises_the_alarm(
    aws: Callable[[str], Any], sqs: "SQSClient", outputs: dict[str, Any], subscriber: str, unique: str
) -> None:
    hasten(aws("cloudwatch"), "toq-media-dead-letters")
    send(sqs, outputs["queue_url"], f"no JSON: {unique}", batch_id=1, listing_id=46)
    assert (
        told(sqs, subscriber, "toq-media-dead-letters")["Trigger"]["MetricName"] == "ApproximateNumberOfMessagesVisible"
    )


def test_failed_execution_raises_the_alarm(
    aws: Callable[[str], Any], sqs: "SQSClient", outputs: dict[str, Any], subscriber: str, unique: str
) -> None:
    hasten(aws("cloudwatch"), "toq-media-executions-failed")
    aws("stepfunctions").start_execution(
        stateMachineArn=outputs["state_machine_arn"], name=unique, input=json.dumps({"note": "no batch at all"})
    )
    assert told(sqs, subscriber, "toq-media-executions-failed")["Trigger"]["MetricName"] == "ExecutionsFailed"


def test_failing_callback_function_raises_the_alarm(
    aws: Callable[[str], Any], sqs: "SQSClient", outputs: dict[str, Any], subscriber: str
) -> None:
    hasten(aws("cloudwatch"), "toq-media-callback-dispatch-errors")
    function = outputs["function_arns"]["listing-media-callback-dispatch"]
    answer = aws("lambda").invoke(FunctionName=function, Payload=b'{"batch": {}}')
    assert answer["FunctionError"]
    assert told(sqs, subscriber, "toq-media-callback-dispatch-errors")["Trigger"]["Namespace"] == "AWS/Lambda"


def test_failed_video_job_reaches_the_topic(
    aws: Callable[[str], Any], sqs: "SQSClient", outputs: dict[str, Any], subscriber: str, unique: str
) -> None:
    detail = {"status": "ERROR", "jobId": unique, "errorCode": 1040, "errorMessage": "no such file", "userMetadata": {}}
    event = {
        "Source": "aws.mediaconvert",
        "DetailType": "MediaConvert Job State Change",
        "Detail": json.dumps(detail | {"timestamp": 0, "queue": outputs["mediaconvert_queue_arn"]}),
    }
    aws("events").put_events(Entries=[event])

    def notified() -> bool:
        messages = sqs.receive_message(QueueUrl=subscriber, MaxNumberOfMessages=10, WaitTimeSeconds=1).get(
            "Messages", []
        )
        return any(unique in message["Body"] for message in messages)

    assert wait_until(notified)
