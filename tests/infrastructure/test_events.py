"""EventBridge rules as the requirements describe them (sections 1.7 and 1.9)."""

import json
from typing import Any

from tests.support.infrastructure.emitted import Terraform


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
    assert targets["mediaconvert_status_reconcile"]["arn"] == "${aws_lambda_function.reconcile.arn}"
    assert targets["mediaconvert_error_alert"]["arn"] == "${aws_sns_topic.alerts.arn}"


def test_executions_that_end_without_success_reach_reconcile(stack: Terraform) -> None:
    detail = pattern(stack, "execution_status")["detail"]
    assert detail["status"] == ["FAILED", "TIMED_OUT", "ABORTED"]
    assert detail["stateMachineArn"] == ["${aws_sfn_state_machine.media.arn}"]
    target = stack.one("aws_cloudwatch_event_target.execution_status_reconcile")
    assert target["arn"] == "${aws_lambda_function.reconcile.arn}"


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


def test_rules_may_call_reconcile(stack: Terraform) -> None:
    permitted = {
        permission["source_arn"]
        for permission in stack.all("aws_lambda_permission").values()
        if permission["principal"] == "events.amazonaws.com"
    }
    assert permitted == {
        "${aws_cloudwatch_event_rule.execution_status.arn}",
        "${aws_cloudwatch_event_rule.mediaconvert_status.arn}",
    }
