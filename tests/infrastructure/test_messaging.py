"""Queues as the requirements describe them (section 1.3)."""

import json

import pytest

from tests.support.infrastructure.emitted import Terraform


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


@pytest.mark.parametrize(("queue", "dead"), [("batches", "dead_letters"), ("events", "event_dead_letters")])
def test_each_queue_redrives_into_its_own_dead_letters(stack: Terraform, queue: str, dead: str) -> None:
    allowance = stack.one(f"aws_sqs_queue_redrive_allow_policy.{dead}_sources")["redrive_allow_policy"]
    assert json.loads(allowance) == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": [f"${{aws_sqs_queue.{queue}.arn}}"],
    }
    redrive = json.loads(stack.one(f"aws_sqs_queue.{queue}")["redrive_policy"])
    assert redrive["deadLetterTargetArn"] == f"${{aws_sqs_queue.{dead}.arn}}"
