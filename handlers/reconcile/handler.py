"""listing-media-reconcile: EventBridge tells of executions and MediaConvert jobs that ended; no batch stays open."""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from handlers.contract import names
from handlers.reconcile.events import EXECUTION_EVENT, VIDEO_EVENT, EventMalformedError, ExecutionEnded, VideoEnded
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


@observed
def handler(event: Mapping[str, Any], _context: Any) -> dict[str, bool]:
    """Work on one EventBridge event; returns ``{"reconciled"}``: whether anything was to be done.

    Raises
    ------
    EventMalformedError
        The event is none of the two that this function is for.
    """
    kind, detail = event.get("detail-type"), event.get("detail") or {}
    if kind == EXECUTION_EVENT:
        return {"reconciled": _reconciliation().end_execution(ExecutionEnded.from_detail(detail))}
    if kind != VIDEO_EVENT:
        raise EventMalformedError(f"unknown detail-type {kind!r}")
    video = VideoEnded.from_detail(detail)
    if video is None:
        logger.info("a MediaConvert job of somebody else", jobId=detail.get("jobId"))
        return {"reconciled": False}
    return {"reconciled": _reconciliation().end_video(video)}
