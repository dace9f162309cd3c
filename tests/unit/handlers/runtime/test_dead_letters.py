"""What goes to the dead-letter queue keeps everything it came with, and gains the reason."""

from typing import Any

import pytest

from handlers.runtime.dead_letters import DeadLetterCode, DeadLetterQueue
from tests.support.builders import aws_client


@pytest.fixture
def queue(aws: None) -> tuple[DeadLetterQueue, Any, str]:
    client = aws_client("sqs")
    url = client.create_queue(QueueName="dlq")["QueueUrl"]
    return DeadLetterQueue(url, client), client, url


def received(client: Any, url: str) -> dict[str, Any]:
    message: dict[str, Any] = client.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"][0]
    return message


def test_body_and_attributes_are_kept_and_the_reason_added(queue: tuple[DeadLetterQueue, Any, str]) -> None:
    letters, client, url = queue
    attributes = {"BatchId": {"DataType": "String", "StringValue": "7"}}
    letters.put("{broken", attributes, DeadLetterCode.MALFORMED_MESSAGE, "not JSON:\n\x00 line 1")
    message = received(client, url)
    texts = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert message["Body"] == "{broken"
    assert texts == {"BatchId": "7", "ErrorCode": "MALFORMED_MESSAGE", "ErrorReason": "not JSON:   line 1"}


def test_a_message_that_comes_back_gets_the_newer_reason(queue: tuple[DeadLetterQueue, Any, str]) -> None:
    letters, client, url = queue
    earlier = {"ErrorReason": {"DataType": "String", "StringValue": "old"}}
    letters.put("x", earlier, DeadLetterCode.MALFORMED_MESSAGE, "new")
    assert received(client, url)["MessageAttributes"]["ErrorReason"]["StringValue"] == "new"


def test_ten_attributes_are_the_most_that_sqs_takes(queue: tuple[DeadLetterQueue, Any, str]) -> None:
    letters, client, url = queue
    attributes = {f"A{number}": {"DataType": "String", "StringValue": "x"} for number in range(10)}
    letters.put("x", attributes, DeadLetterCode.MALFORMED_MESSAGE, "")
    found = received(client, url)["MessageAttributes"]
    assert len(found) == 10
    assert found["ErrorReason"]["StringValue"] == "unknown"
