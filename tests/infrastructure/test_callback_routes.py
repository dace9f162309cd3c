"""The private API as the requirements describe it (section 1.7)."""

import json

from tests.support.infrastructure.emitted import Terraform


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
