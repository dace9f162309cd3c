"""The Lambda functions as the requirements describe them (section 1.5)."""

import pytest

from modules.function_record import FunctionRecord
from modules.functions import RECORDS
from tests.support.infrastructure.emitted import Terraform


@pytest.mark.parametrize("record", RECORDS.values(), ids=lambda record: record.package)
def test_every_function_runs_python_traced_with_the_four_variables(stack: Terraform, record: FunctionRecord) -> None:
    built = stack.one(f"aws_lambda_function.{record.package}")
    assert built["function_name"] == stack.environment.named(record.name)
    assert built["runtime"] == "python3.12"
    assert built["architectures"] == [stack.environment.architecture]
    assert built["tracing_config"] == {"mode": "Active"}
    variables = built["environment"]["variables"]
    assert variables["ENV"] == stack.environment.name
    assert variables["MEDIA_BUCKET"] == "${aws_s3_bucket.media.bucket}"
    assert variables["TRACE_HEADER_KEY"] == stack.environment.trace_header_key
    assert "CALLBACK_URL" in variables


@pytest.mark.parametrize("record", RECORDS.values(), ids=lambda record: record.package)
def test_every_function_logs_where_required_for_as_long_as_configured(stack: Terraform, record: FunctionRecord) -> None:
    logging = stack.one(f"aws_lambda_function.{record.package}")["logging_config"]
    assert logging["log_group"] == f"${{aws_cloudwatch_log_group.{record.package}_logs.name}}"
    group = stack.one(f"aws_cloudwatch_log_group.{record.package}_logs")
    assert group["name"] == f"/aws/lambda/{stack.environment.named(record.name)}"
    assert group["retention_in_days"] == stack.environment.log_retention_days
    assert group["kms_key_id"] == "${aws_kms_key.media.arn}"


def test_every_function_has_its_rights_before_it_starts(stack: Terraform) -> None:
    for name, built in stack.all("aws_lambda_function").items():
        assert built["depends_on"] == [f"aws_iam_role_policy.{name}_policy"]


def test_no_variable_holds_the_secret(stack: Terraform) -> None:
    for built in stack.all("aws_lambda_function").values():
        for name, value in built["environment"]["variables"].items():
            assert "SECRET" not in name or value == "${aws_secretsmanager_secret.callback.arn}"


def test_code_is_hashed_by_terraform_where_the_build_leaves_it(stack: Terraform) -> None:
    for record in RECORDS.values():
        built = stack.one(f"aws_lambda_function.{record.package}")
        archive = f"${{path.module}}/../../../build/artifacts/{record.name}.zip"
        assert built["filename"] == archive
        assert built["source_code_hash"] == f'${{filebase64sha256("{archive}")}}'


def test_functions_stand_in_the_vpc_where_subnets_are_configured(stack: Terraform) -> None:
    network = stack.environment.network
    assert network is not None
    for built in stack.all("aws_lambda_function").values():
        assert built.get("vpc_config", {}).get("subnet_ids", []) == list(network.lambda_subnet_ids)


def test_messages_that_fail_come_back_one_by_one(stack: Terraform) -> None:
    mapping = stack.one("aws_lambda_event_source_mapping.start_from_queue")
    assert mapping["event_source_arn"] == "${aws_sqs_queue.batches.arn}"
    assert mapping["function_name"] == "${aws_lambda_function.start.arn}"
    assert mapping["function_response_types"] == ["ReportBatchItemFailures"]


def test_the_queue_waits_six_times_as_long_as_its_function_may_run(stack: Terraform) -> None:
    queue = stack.one("aws_sqs_queue.batches")
    assert queue["visibility_timeout_seconds"] == 60
    assert queue["visibility_timeout_seconds"] >= 6 * stack.one("aws_lambda_function.start")["timeout"]


def test_callbacks_go_through_the_vpc_link_where_the_backend_is_private(stack: Terraform) -> None:
    url = stack.one("aws_lambda_function.callback_dispatch")["environment"]["variables"]["CALLBACK_URL"]
    network = stack.environment.network
    assert network is not None
    if network.backend_nlb_arn:
        assert url.startswith("https://${aws_api_gateway_rest_api.callback.id}-")
        assert url.endswith("/v1/internal/media-processing/callback")
    else:
        assert url == "${var.callback_url}"


def test_what_makes_outputs_and_what_decides_about_it_know_the_same_version_of_code_and_libraries(
    stack: Terraform,
) -> None:
    knowing = {
        name: built["environment"]["variables"]["RENDERING_VERSION"]
        for name, built in stack.all("aws_lambda_function").items()
        if "RENDERING_VERSION" in built["environment"]["variables"]
    }
    archives = [
        stack.one("aws_lambda_function.thumbnails")["filename"],
        stack.one("aws_lambda_layer_version.dependencies")["filename"],
    ]
    hashes = ", ".join(f'filebase64sha256("{archive}")' for archive in archives)
    assert knowing == dict.fromkeys(("validate", "thumbnails"), f'${{sha256(join(" ", [{hashes}]))}}')
