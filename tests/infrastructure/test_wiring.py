"""Key, queues, transcoding, events and API as the requirements describe them (sections 1.2, 1.3, 1.6, 1.7)."""

import json
from typing import Any

from tests.support.infrastructure.emitted import Terraform


def pattern(stack: Terraform, rule: str) -> Any:
    return json.loads(stack.one(f"aws_cloudwatch_event_rule.{rule}")["event_pattern"])


def test_key_rotates_every_twelve_months_under_the_required_alias(stack: Terraform) -> None:
    key = stack.one("aws_kms_key.media")
    assert (key["enable_key_rotation"], key["rotation_period_in_days"]) == (True, 365)
    assert stack.one("aws_kms_alias.media_alias")["name"] == stack.environment.named("alias/toq-media-processing")


def test_queue_and_dead_letters_are_as_required(stack: Terraform) -> None:
    queue, dead = stack.one("aws_sqs_queue.batches"), stack.one("aws_sqs_queue.dead_letters")
    assert queue["name"] == stack.environment.named("listing-media-processing")
    assert dead["name"] == stack.environment.named("listing-media-processing-dlq")
    assert json.loads(queue["redrive_policy"]) == {
        "deadLetterTargetArn": "${aws_sqs_queue.dead_letters.arn}",
        "maxReceiveCount": 5,
    }
    for each in stack.all("aws_sqs_queue").values():
        assert each["kms_master_key_id"] == "${aws_kms_key.media.arn}"
        assert "fifo_queue" not in each


def test_only_the_queue_of_batches_redrives_into_the_dead_letters(stack: Terraform) -> None:
    allowance = stack.one("aws_sqs_queue_redrive_allow_policy.dead_letters_sources")["redrive_allow_policy"]
    assert json.loads(allowance) == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": ["${aws_sqs_queue.batches.arn}"],
    }


def test_job_template_is_a_cloudformation_stack_with_mp4_and_poster(stack: Terraform) -> None:
    template = json.loads(stack.one("aws_cloudformation_stack.job_template")["template_body"])
    [resource] = template["Resources"].values()
    assert resource["Type"] == "AWS::MediaConvert::JobTemplate"
    assert resource["Properties"]["Name"] == stack.environment.named("toq-media-video-preset")
    assert resource["Properties"]["Priority"] == 0
    films, poster = resource["Properties"]["SettingsJson"]["OutputGroups"]
    assert [output["VideoDescription"]["Height"] for output in films["Outputs"]] == [1080, 720]
    assert [output["ContainerSettings"]["Container"] for output in films["Outputs"]] == ["MP4", "MP4"]
    assert poster["Outputs"][0]["VideoDescription"]["CodecSettings"]["Codec"] == "FRAME_CAPTURE"


def test_transcoding_has_its_queue_and_role(stack: Terraform) -> None:
    queue = stack.one("aws_media_convert_queue.media")
    assert queue["name"] == stack.environment.named("toq-media-queue")
    assert queue["pricing_plan"] == "ON_DEMAND"
    role = stack.one("aws_iam_role.mediaconvert")
    assert role["name"] == stack.environment.named("MediaConvert_Default_Role")
    actions = {
        action
        for statement in stack.policy("aws_iam_role_policy.mediaconvert_policy")["Statement"]
        for action in statement["Action"]
    }
    assert actions == {"s3:GetObject", "s3:PutObject", "kms:Decrypt", "kms:GenerateDataKey"}


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


class TestCallbackApi:
    """``POST /media-processing/callback``."""

    def test_it_is_private_and_reached_through_one_endpoint(self, stack: Terraform) -> None:
        configuration = stack.one("aws_api_gateway_rest_api.callback")["endpoint_configuration"]
        assert configuration["types"] == ["PRIVATE"]
        assert configuration["vpc_endpoint_ids"] == ["${aws_vpc_endpoint.callback_vpc_endpoint.id}"]
        endpoint = stack.one("aws_vpc_endpoint.callback_vpc_endpoint")
        assert endpoint["service_name"] == f"com.amazonaws.{stack.environment.region}.execute-api"
        vpce = {"aws:SourceVpce": "${aws_vpc_endpoint.callback_vpc_endpoint.id}"}
        refusal, *allowances = stack.policy("aws_api_gateway_rest_api_policy.callback_policy")["Statement"]
        assert (refusal["Effect"], refusal["Principal"], refusal["Action"]) == ("Deny", "*", ["execute-api:Invoke"])
        assert refusal["Resource"] == ["${aws_api_gateway_rest_api.callback.execution_arn}/*"]
        assert refusal["Condition"] == {"StringNotEquals": vpce}
        for statement in allowances:
            assert statement["Condition"] == {"StringEquals": vpce}

    def test_it_takes_signed_requests_with_a_valid_body_to_callback_dispatch(self, stack: Terraform) -> None:
        method = stack.one("aws_api_gateway_method.callback_redelivery")
        assert (method["http_method"], method["authorization"]) == ("POST", "AWS_IAM")
        assert method["request_validator_id"] == "${aws_api_gateway_request_validator.callback_validator.id}"
        schema = json.loads(stack.one("aws_api_gateway_model.callback_model")["schema"])
        assert schema["required"] == ["batchId", "listingId"]
        integration = stack.one("aws_api_gateway_integration.callback_redelivery_function")
        assert integration["uri"] == "${aws_lambda_function.callback_dispatch.invoke_arn}"

    def test_its_path_is_the_required_one(self, stack: Terraform) -> None:
        parts = stack.all("aws_api_gateway_resource")
        assert [parts[f"callback_redelivery_path_{depth}"]["path_part"] for depth in (1, 2)] == [
            "media-processing",
            "callback",
        ]

    def test_it_is_throttled_and_logged(self, stack: Terraform) -> None:
        settings = stack.one("aws_api_gateway_method_settings.callback_settings")["settings"]
        assert settings["throttling_rate_limit"] > 0
        assert settings["throttling_burst_limit"] > 0
        assert settings["data_trace_enabled"] is False
        access = stack.one("aws_api_gateway_stage.callback_stage")["access_log_settings"]
        assert access["destination_arn"] == "${aws_cloudwatch_log_group.callback_api_access_logs.arn}"

    def test_its_error_log_is_there_before_api_gateway_would_make_one(self, stack: Terraform) -> None:
        stage = stack.one("aws_api_gateway_stage.callback_stage")
        assert "aws_cloudwatch_log_group.callback_api_error_logs" in stage["depends_on"]

    def test_a_private_backend_is_behind_the_vpc_link(self, prod: Terraform) -> None:
        link = prod.one("aws_api_gateway_vpc_link.backend")
        assert prod.environment.network is not None
        assert link["target_arns"] == [prod.environment.network.backend_nlb_arn]
        integration = prod.one("aws_api_gateway_integration.backend_callback_link")
        assert integration["connection_type"] == "VPC_LINK"
        assert integration["uri"] == "${var.callback_url}"

    def test_without_a_private_backend_there_is_no_open_route(self, stacks: dict[str, Terraform]) -> None:
        for name in ("dev", "local"):
            methods = stacks[name].all("aws_api_gateway_method").values()
            assert [method["authorization"] for method in methods] == ["AWS_IAM"]
