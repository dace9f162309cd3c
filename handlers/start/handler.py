"""listing-media-start: SQS messages to executions of the state machine, with partial batch responses.

What no retry can mend goes to the dead-letter queue at once, with the reason, and counts as done. Everything else that
fails is left to the queue: it comes back after the visibility timeout, and after five times it is dead-lettered.
"""

import base64
import datetime
import os
from functools import cache
from typing import Any, Final

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from handlers.contract import names
from handlers.contract.errors import BatchRefusedError
from handlers.contract.metrics import Metric
from handlers.runtime.clients import client_config
from handlers.runtime.dead_letters import DeadLetterCode, DeadLetterQueue
from handlers.runtime.observability import count, logger, observed
from handlers.runtime.store import media_store
from handlers.start.intake import Intake

# The largest manifest takes one; the rest is for an S3 that is slow, short of one that hangs.
SECONDS_PER_MESSAGE: Final = 2.0


class OutOfTimeError(Exception):
    """No time is left for this message; those before it are done, and this one comes back by itself."""


@cache
def _intake() -> Intake:
    import boto3

    return Intake(
        media_store(), os.environ[names.STATE_MACHINE_ARN], boto3.client("stepfunctions", config=client_config())
    )


@cache
def _dead_letters() -> DeadLetterQueue:
    import boto3

    return DeadLetterQueue(os.environ[names.DEAD_LETTER_QUEUE_URL], boto3.client("sqs", config=client_config()))


@observed
def handler(event: dict[str, Any], context: Any) -> Any:
    """Accept each message; returns ``{"batchItemFailures": [...]}`` with those that must be delivered again."""
    # Failing the invocation when every message failed would only add an alarm to what the queue repeats anyway.
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return process_partial_response(event, lambda record: _accept(record, context), processor, context)


def _accept(record: SQSRecord, context: Any) -> None:
    earlier = ("batchId", "listingId", "attempt", "traceId", "traceparent")
    logger.append_keys(messageId=record.message_id, **dict.fromkeys(earlier))
    raw_attributes: dict[str, Any] = record.raw_event.get("messageAttributes") or {}
    texts = {name: value["stringValue"] for name, value in raw_attributes.items() if value.get("stringValue")}
    try:
        _check_time(context)
        _intake().accept(record.body, texts, _sent_at(record))
    except BatchRefusedError as error:
        _dead_letters().put(
            record.body,
            {name: _sendable(value) for name, value in raw_attributes.items()},
            DeadLetterCode.MALFORMED_MESSAGE,
            str(error),
        )
        count(Metric.MESSAGES_REFUSED)
        logger.warning("message refused", reason=str(error))
    except Exception as error:
        logger.exception("message will be delivered again", error=type(error).__name__)
        raise


def _check_time(context: Any) -> None:
    if context.get_remaining_time_in_millis() < SECONDS_PER_MESSAGE * 1000:
        raise OutOfTimeError("no time is left in this invocation")


def _sent_at(record: SQSRecord) -> datetime.datetime:
    milliseconds = int(record.raw_event["attributes"]["SentTimestamp"])
    return datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.UTC)


def _sendable(attribute: dict[str, Any]) -> dict[str, Any]:
    """A received attribute as `sqs:SendMessage` takes it."""
    if attribute.get("binaryValue"):
        return {"DataType": attribute["dataType"], "BinaryValue": base64.b64decode(attribute["binaryValue"])}
    return {"DataType": attribute["dataType"], "StringValue": attribute["stringValue"]}
