"""Alarms, dashboards and logs as the requirements describe them (section 1.9)."""

import json
import re
from typing import Any

import pytest

from handlers.contract.metrics import METRICS_NAMESPACE, Metric
from modules.functions import RECORDS
from tests.support.infrastructure.emitted import Terraform

REQUIRED_ALARMS = {
    "executions_failed": ("AWS/States", "ExecutionsFailed", 0),
    "dead_letters": ("AWS/SQS", "ApproximateNumberOfMessagesVisible", 0),
    "callback_dispatch_errors": ("AWS/Lambda", "Errors", 0),
}
OUR_ALARMS = {
    "oldest_batch": ("AWS/SQS", "ApproximateAgeOfOldestMessage", 900),
    "oldest_event": ("AWS/SQS", "ApproximateAgeOfOldestMessage", 1800),
    "reconcile_errors": ("AWS/Lambda", "Errors", 0),
    "event_dead_letters": ("AWS/SQS", "ApproximateNumberOfMessagesVisible", 0),
    "executions_timed_out": ("AWS/States", "ExecutionsTimedOut", 0),
    "executions_aborted": ("AWS/States", "ExecutionsAborted", 0),
    **{f"{package}_throttles": ("AWS/Lambda", "Throttles", 0) for package in RECORDS},
}


@pytest.mark.parametrize(("name", "expected"), (REQUIRED_ALARMS | OUR_ALARMS).items())
def test_alarm_watches_five_minutes_and_tells_the_topic(
    stack: Terraform, name: str, expected: tuple[str, str, int]
) -> None:
    alarm = stack.one(f"aws_cloudwatch_metric_alarm.{name}")
    assert (alarm["namespace"], alarm["metric_name"], alarm["threshold"]) == expected
    assert alarm["comparison_operator"] == "GreaterThanThreshold"
    assert (alarm["period"], alarm["evaluation_periods"]) == (300, 1)
    assert alarm["alarm_actions"] == ["${aws_sns_topic.alerts.arn}"]


def test_there_are_no_other_alarms(stack: Terraform) -> None:
    assert set(stack.all("aws_cloudwatch_metric_alarm")) == set(REQUIRED_ALARMS | OUR_ALARMS)


def test_alarms_and_rules_have_names_that_the_topic_and_key_know(stack: Terraform) -> None:
    names = [alarm["alarm_name"] for alarm in stack.all("aws_cloudwatch_metric_alarm").values()]
    names += [rule["name"] for rule in stack.all("aws_cloudwatch_event_rule").values()]
    assert all(name.startswith("toq-media-") for name in names)


def test_people_are_subscribed_to_an_encrypted_topic(prod: Terraform) -> None:
    assert prod.one("aws_sns_topic.alerts")["kms_master_key_id"] == "${aws_kms_key.media.arn}"
    subscription = prod.one("aws_sns_topic_subscription.alerts_email_1")
    assert (subscription["protocol"], subscription["endpoint"]) == ("email", "cloud-admin@toq.example")


def test_operations_dashboard_has_the_required_metrics(stack: Terraform) -> None:
    shown = metrics(stack, "operations")
    for metric in ("ExecutionsSucceeded", "ExecutionsFailed"):
        assert ["AWS/States", metric, "StateMachineArn", "${aws_sfn_state_machine.media.arn}"] in shown
    for queue in ("batches", "dead_letters", "events", "event_dead_letters"):
        name = f"${{aws_sqs_queue.{queue}.name}}"
        assert ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", name] in shown
    for record in RECORDS.values():
        assert ["AWS/Lambda", "Errors", "FunctionName", stack.environment.named(record.name)] in shown


def test_business_dashboard_shows_metrics_that_the_functions_write(stack: Terraform) -> None:
    shown = re.findall(r'{(\w+),\w+} MetricName=\\"(\w+)\\"', json.dumps(metrics(stack, "business")))
    assert len(shown) > 5
    assert set(shown) <= {(METRICS_NAMESPACE, metric.value) for metric in Metric}


def test_business_dashboard_shows_media_seconds_and_errors_by_code(stack: Terraform) -> None:
    shown = json.dumps(metrics(stack, "business"))
    for metric in (Metric.PHOTOS, Metric.VIDEOS, Metric.BATCH_SECONDS, Metric.ASSET_ERRORS, Metric.HASHED_OBJECTS):
        assert f'MetricName=\\"{metric.value}\\"' in shown


def test_executions_are_logged_and_traced_without_their_data(stack: Terraform) -> None:
    machine = stack.one("aws_sfn_state_machine.media")
    assert machine["type"] == "STANDARD"
    assert machine["tracing_configuration"] == {"enabled": True}
    assert machine["logging_configuration"] == {
        "level": "ALL",
        "include_execution_data": False,
        "log_destination": "${aws_cloudwatch_log_group.state_machine_logs.arn}:*",
    }
    group = stack.one("aws_cloudwatch_log_group.state_machine_logs")
    assert group["name"] == stack.environment.named("/aws/step-functions/listing-media-processing-sm")


def metrics(stack: Terraform, dashboard: str) -> list[Any]:
    body = json.loads(stack.one(f"aws_cloudwatch_dashboard.{dashboard}")["dashboard_body"])
    return [metric for widget in body["widgets"] for metric in widget["properties"]["metrics"]]
