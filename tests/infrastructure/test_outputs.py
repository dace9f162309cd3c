"""What the stack tells the backend's team."""

import json

from tests.support.infrastructure.emitted import Terraform

CONTRACT = {
    "account_id",
    "admin_role_arn",
    "alerts_topic_arn",
    "backend_role_arn",
    "callback_api_url",
    "callback_secret_arn",
    "dead_letter_queue_arn",
    "dead_letter_queue_url",
    "event_dead_letter_queue_url",
    "event_queue_url",
    "function_arns",
    "kms_key_alias",
    "kms_key_arn",
    "log_bucket",
    "media_bucket",
    "mediaconvert_job_template",
    "mediaconvert_queue_arn",
    "mediaconvert_role_arn",
    "project_media_policy_arn",
    "queue_arn",
    "queue_url",
    "region",
    "state_machine_arn",
}


def test_every_stack_gives_what_the_teams_agreed_on(stack: Terraform) -> None:
    assert set(stack.document["output"]) == CONTRACT
    assert all(output["description"] for output in stack.document["output"].values())


def test_no_output_is_a_secret(stack: Terraform) -> None:
    assert "aws_secretsmanager_secret_version" not in stack.document["resource"]
    assert not any("secret_string" in json.dumps(output) for output in stack.document["output"].values())
