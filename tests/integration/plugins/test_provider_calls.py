"""What the AWS provider for Terraform asks that LocalStack alone answers wrongly, or not at all."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config

from localstack.local_platform.local_stack import terraform_variables
from localstack.local_platform.localstack_process import ACCOUNT, REGION, LocalStack
from tests.support.plugins import cbor

Client = Callable[[str], Any]


def put_alarm(cloudwatch: Any, name: str, *tags: tuple[str, str], threshold: float = 1) -> str:
    """Put an alarm, and give its ARN."""
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="Tests",
        MetricName="Faults",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=threshold,
        ComparisonOperator="GreaterThanThreshold",
        Tags=[{"Key": key, "Value": value} for key, value in tags],
    )
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(alarm["AlarmArn"])


def tags_of(cloudwatch: Any, arn: str) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"]}


def test_alarm_with_tags_is_described_over_cbor(client: Client, emulator: LocalStack, unique: str) -> None:
    put_alarm(client("cloudwatch"), unique, ("team", "media"))
    status, answer = cbor.call(emulator, "cloudwatch", "DescribeAlarms", AlarmNames=[unique])
    assert status == 200, answer
    (alarm,) = answer["MetricAlarms"]
    assert alarm["AlarmName"] == unique
    assert alarm["Threshold"] == 1
    assert "Tags" not in alarm, "the model of DescribeAlarms has no such member"


def test_alarm_that_does_not_exist_is_an_empty_answer_over_cbor(emulator: LocalStack, unique: str) -> None:
    status, answer = cbor.call(emulator, "cloudwatch", "DescribeAlarms", AlarmNames=[unique])
    assert status == 200
    assert answer["MetricAlarms"] == []


def test_alarm_keeps_the_tags_that_it_was_made_with(client: Client, unique: str) -> None:
    arn = put_alarm(client("cloudwatch"), unique, ("team", "media"), ("stage", "test"))
    assert tags_of(client("cloudwatch"), arn) == {"team": "media", "stage": "test"}


def test_alarm_that_is_put_again_keeps_its_first_tags(client: Client, unique: str) -> None:
    """As in AWS: "PutMetricAlarm", parameter Tags, says that an existing alarm's tags are not changed by it."""
    cloudwatch = client("cloudwatch")
    put_alarm(cloudwatch, unique, ("team", "media"))
    arn = put_alarm(cloudwatch, unique, ("team", "other"), threshold=2)
    assert tags_of(cloudwatch, arn) == {"team": "media"}
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[unique])["MetricAlarms"]
    assert alarm["Threshold"] == 2


def test_alarm_loses_a_tag_that_is_taken_away(client: Client, unique: str) -> None:
    cloudwatch = client("cloudwatch")
    arn = put_alarm(cloudwatch, unique, ("team", "media"), ("stage", "test"))
    cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["stage"])
    assert tags_of(cloudwatch, arn) == {"team": "media"}


@pytest.mark.parametrize("enabled", [True, False])
def test_state_machine_describes_the_tracing_that_it_was_made_with(
    enabled: bool, client: Client, states_role: str, unique: str
) -> None:
    sfn = client("stepfunctions")
    definition = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    made = sfn.create_state_machine(
        name=unique[-80:], definition=definition, roleArn=states_role, tracingConfiguration={"enabled": enabled}
    )
    described = sfn.describe_state_machine(stateMachineArn=made["stateMachineArn"])
    assert described["tracingConfiguration"] == {"enabled": enabled}


def test_s3_control_is_reached_under_the_accounts_own_host_without_a_resolver(
    emulator: LocalStack, s3: Any, unique: str, tmp_path: Any
) -> None:
    """AWS's SDKs put the account in front of S3 Control's host: 000000000000.127.0.0.1, which no resolver knows."""
    s3.create_bucket(Bucket=unique)
    variables = terraform_variables(tmp_path, calls=emulator.environment, backend_url="http://127.0.0.1:9")
    config = Config(retries={"total_max_attempts": 1}, proxies={"http": variables["HTTP_PROXY"]})
    control = boto3.Session("test", "test", region_name=REGION).client(
        "s3control", endpoint_url=emulator.url, config=config
    )
    hosts = []
    control.meta.events.register("before-send.s3-control", lambda request, **_: hosts.append(request.url))
    arn = f"arn:aws:s3:::{unique}"
    control.tag_resource(AccountId=ACCOUNT, ResourceArn=arn, Tags=[{"Key": "team", "Value": "media"}])
    assert control.list_tags_for_resource(AccountId=ACCOUNT, ResourceArn=arn)["Tags"] == [
        {"Key": "team", "Value": "media"}
    ]
    assert hosts
    assert all(host.startswith(f"http://{ACCOUNT}.127.0.0.1:{emulator.port}/") for host in hosts)


def test_redrive_allow_policy_that_is_emptied_is_gone(client: Client, unique: str) -> None:
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=unique[:80])["QueueUrl"]
    policy = json.dumps({"redrivePermission": "denyAll"})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedriveAllowPolicy": policy})
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["RedriveAllowPolicy"] == policy
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedriveAllowPolicy": ""})
    assert "RedriveAllowPolicy" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
