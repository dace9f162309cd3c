"""listing-media-reconcile: EventBridge tells of executions and MediaConvert jobs that ended; no batch stays open.

Every quarter of an hour an event says no more than that: then executions are looked for whose own event got lost.

Its events come through a queue. One that fails, mostly because the backend is away, is left to the queue: it comes back
after the visibility timeout, and after an hour it is dead-lettered.
"""

import datetime
import os
import time
from collections.abc import Mapping
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from handlers.contract import names
from handlers.reconcile.events import (
    EXECUTION_EVENT,
    SCHEDULED_EVENT,
    VIDEO_EVENT,
    EventMalformedError,
    ExecutionEnded,
    VideoEnded,
)
from handlers.reconcile.overdue import Overdue
from handlers.reconcile.reconciliation import Reconciliation
from handlers.runtime.clients import client_config, waiting_config
from handlers.runtime.observability import logger, observed
from handlers.runtime.store import media_store


@cache
def _reconciliation() -> Reconciliation:
    import boto3

    return Reconciliation(
        media_store(),
        boto3.client("stepfunctions", config=client_config()),
        # The callback function is waited for; a repeat by the SDK would only send the callback twice.
        boto3.client("lambda", config=waiting_config()),
        os.environ[names.CALLBACK_FUNCTION_NAME],
    )


@cache
def _overdue() -> Overdue:
    import boto3

    executions = boto3.client("stepfunctions", config=client_config())
    return Overdue(executions, os.environ[names.STATE_MACHINE_ARN], _reconciliation().end_execution)


@observed
def handler(event: dict[str, Any], context: Any) -> Any:
    """Work on each event; returns ``{"batchItemFailures": [...]}`` with those that must be delivered again.

    Raises
    ------
    BatchProcessingError
        Every event failed, which the function's alarm is to see; the queue brings them back all the same.
    """
    return process_partial_response(event, _take, BatchProcessor(event_type=EventType.SQS), context)


def _take(record: SQSRecord) -> None:
    earlier = ("batchId", "listingId", "attempt", "traceId", "traceparent", "executionArn")
    logger.append_keys(messageId=record.message_id, **dict.fromkeys(earlier))
    try:
        reconcile(record.json_body)
    except Exception as error:
        logger.exception("event will be delivered again", error=type(error).__name__)
        raise


def reconcile(event: Mapping[str, Any]) -> bool:
    """Work on one EventBridge event; whether anything was to be done.

    Raises
    ------
    EventMalformedError
        The event is none of those that this function is for.
    """
    kind, detail = event.get("detail-type"), event.get("detail") or {}
    if kind == EXECUTION_EVENT:
        return _reconciliation().end_execution(ExecutionEnded.from_detail(detail))
    if kind == SCHEDULED_EVENT:
        began = time.monotonic()
        return bool(_overdue().end_all(datetime.datetime.now(datetime.UTC), lambda: time.monotonic() - began))
    if kind != VIDEO_EVENT:
        raise EventMalformedError(f"unknown detail-type {kind!r}")
    video = VideoEnded.from_detail(detail)
    if video is None:
        logger.info("a MediaConvert job of somebody else", jobId=detail.get("jobId"))
        return False
    return _reconciliation().end_video(video)
