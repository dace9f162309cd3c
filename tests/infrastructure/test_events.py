"""EventBridge rules as the requirements describe them (sections 1.7 and 1.9)."""

import json
from typing import Any

from tests.support.infrastructure.emitted import Terraform
from tests.support.infrastructure.resource_policy import applicable
from tests.support.workflow.pauses import longest_pauses


def pattern(stack: Terraform, rule: str) -> Any:
    return json.loads(stack.one(f"aws_cloudwatch_event_rule.{rule}")["event_pattern"])


def test_ended_jobs_reach_reconcile_and_failed_ones_people(stack: Terraform) -> None:
    status = pattern(stack, "mediaconvert_status")
    assert stack.one("aws_cloudwatch_event_rule.mediaconvert_status")["name"] == stack.environment.named(
        "toq-media-mediaconvert-status"
    )
    assert status["detail"] == {"status": ["COMPLETE", "ERROR"], "queue": ["${aws_media_convert_queue.media.arn}"]}
    assert pattern(stack, "mediaconvert_error")["detail"]["status"] == ["ERROR"]
    targets = stack.all("aws_cloudwatch_event_target")
    assert targets["mediaconvert_status_events"]["arn"] == "${aws_sqs_queue.events.arn}"
    assert targets["mediaconvert_error_alert"]["arn"] == "${aws_sns_topic.alerts.arn}"


def test_executions_that_end_without_success_reach_reconcile(stack: Terraform) -> None:
    detail = pattern(stack, "execution_status")["detail"]
    assert detail["status"] == ["FAILED", "TIMED_OUT", "ABORTED"]
    assert detail["stateMachineArn"] == ["${aws_sfn_state_machine.media.arn}"]
    assert stack.one("aws_cloudwatch_event_target.execution_status_events")["arn"] == "${aws_sqs_queue.events.arn}"


def test_an_execution_of_which_no_event_told_is_looked_for_every_quarter_of_an_hour(stack: Terraform) -> None:
    """Events of executions are delivered with best effort alone ("AWS Step Functions events")."""
    rule = stack.one("aws_cloudwatch_event_rule.overdue")
    assert rule["schedule_expression"] == "rate(15 minutes)"
    assert stack.one("aws_cloudwatch_event_target.overdue_events")["arn"] == "${aws_sqs_queue.events.arn}"
    variables = stack.one("aws_lambda_function.reconcile")["environment"]["variables"]
    [machine] = [
        statement["Resource"]
        for statement in stack.policy("aws_iam_role_policy.reconcile_policy")["Statement"]
        if statement["Action"] == ["states:ListExecutions"]
    ]
    assert machine == [variables["STATE_MACHINE_ARN"]]


def test_becoming_break_glass_tells_people(stack: Terraform) -> None:
    detail = pattern(stack, "admin_assumed")["detail"]
    assert detail["eventName"] == ["AssumeRole"]
    assert detail["requestParameters"]["roleArn"] == [stack.environment.role_arn("toq-media-processing-admin")]
    # Without it EventBridge withholds read-only management events, which AssumeRole is.
    assert (
        stack.one("aws_cloudwatch_event_rule.admin_assumed")["state"] == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    )
    assert stack.one("aws_cloudwatch_event_target.admin_assumed_alert")["arn"] == "${aws_sns_topic.alerts.arn}"


def test_no_event_is_lost_in_silence(stack: Terraform) -> None:
    for target in stack.all("aws_cloudwatch_event_target").values():
        assert target["dead_letter_config"] == {"arn": "${aws_sqs_queue.event_dead_letters.arn}"}
        assert target["retry_policy"]["maximum_retry_attempts"] > 0


def test_reconcile_takes_events_from_their_queue_one_failure_at_a_time(stack: Terraform) -> None:
    mapping = stack.one("aws_lambda_event_source_mapping.reconcile_from_events")
    assert mapping["event_source_arn"] == "${aws_sqs_queue.events.arn}"
    assert mapping["function_name"] == "${aws_lambda_function.reconcile.arn}"
    assert mapping["function_response_types"] == ["ReportBatchItemFailures"]
    callback, reconcile = (
        stack.one(f"aws_lambda_function.{name}")["timeout"] for name in ("callback_dispatch", "reconcile")
    )
    assert mapping["batch_size"] * callback < reconcile


def test_our_rules_and_no_others_send_to_the_queues_of_events(stack: Terraform) -> None:
    ours = stack.environment.arn("events", f"rule/{stack.environment.named('toq-media-execution-status')}")
    other = ours.replace(stack.environment.account_id, "999999999999")
    for name in ("events", "event_dead_letters"):
        policy, queue = stack.policy(f"aws_sqs_queue_policy.{name}_policy"), f"${{aws_sqs_queue.{name}.arn}}"
        for source, allowed in ((ours, 1), (other, 0)):
            context = {"aws:SourceArn": source, "aws:SecureTransport": "true"}
            found = applicable(policy, "Allow", "events.amazonaws.com", "sqs:SendMessage", queue, context)
            assert len(found) == allowed


def test_an_event_is_tried_for_as_long_as_the_machine_bears_with_the_backend(stack: Terraform) -> None:
    queue = stack.one("aws_sqs_queue.events")
    pause, receives = queue["visibility_timeout_seconds"], json.loads(queue["redrive_policy"])["maxReceiveCount"]
    assert pause >= 6 * stack.one("aws_lambda_function.reconcile")["timeout"]
    [*_, retrier] = machine(stack)["States"]["CallbackBackend"]["Retry"]
    assert pause * (receives - 1) > max(900, longest_pauses(retrier))


def machine(stack: Terraform) -> Any:
    return json.loads(stack.one("aws_sfn_state_machine.media")["definition"])
