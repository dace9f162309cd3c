"""Queues as the requirements describe them (section 1.3)."""

import json

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


def test_only_the_queue_of_batches_redrives_into_the_dead_letters(stack: Terraform) -> None:
    allowance = stack.one("aws_sqs_queue_redrive_allow_policy.dead_letters_sources")["redrive_allow_policy"]
    assert json.loads(allowance) == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": ["${aws_sqs_queue.batches.arn}"],
    }
