"""Sending what the backend sends, and finding what ended in a dead-letter queue."""

import json
from typing import TYPE_CHECKING, Any

from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def send(sqs: "SQSClient", queue: str, body: str, *, batch_id: object, listing_id: object) -> None:
    """Send any body with the three attributes that the contract requires."""
    values = {"Traceparent": TRACEPARENT, "ListingId": str(listing_id), "BatchId": str(batch_id)}
    sqs.send_message(
        QueueUrl=queue,
        MessageBody=body,
        MessageAttributes={name: {"DataType": "String", "StringValue": value} for name, value in values.items()},
    )


def send_batch(sqs: "SQSClient", queue: str, body: dict[str, Any]) -> None:
    """Send a batch message that keeps the contract."""
    whole = {"traceparent": TRACEPARENT} | body
    send(sqs, queue, json.dumps(whole), batch_id=body["batchId"], listing_id=body["listingId"])


def receive(sqs: "SQSClient", queue: str, wanted: str) -> dict[str, Any]:
    """The dead letter whose body says ``wanted``; others go back into the queue after a second."""

    def found() -> dict[str, Any] | None:
        answer = sqs.receive_message(
            QueueUrl=queue,
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            VisibilityTimeout=1,
            WaitTimeSeconds=1,
        )
        return next((dict(each) for each in answer.get("Messages", []) if wanted in each["Body"]), None)

    return wait_until(found)
