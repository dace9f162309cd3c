"""Faults of what is delivered: messages late, out of order, several times, to two at once; events lost or repeated."""

import json
import threading
from typing import Any, Final

from botocore.exceptions import ClientError
from localstack.aws.api import CommonServiceException
from localstack.aws.connect import connect_to

from toq_localstack.calls.callers import Caller
from toq_localstack.faults.board import BOARD

_DEAD_LETTERS: Final = "-dlq"
_COPIES: Final = 4  # a message is delivered five times at most
_copied: Final[set[tuple[str, str]]] = set()
_doubled: Final[set[bytes]] = set()


def before_sqs(operation: str, request: dict[str, Any], caller: Caller) -> None:
    """Hold a message back, so that a later one overtakes it; keep a delivered one from being deleted.

    Raises
    ------
    CommonServiceException
        ``ReceiptHandleIsInvalid``, as when the visibility timeout was over: the messages come again.
    """
    queue = _name(request)
    if queue.endswith(_DEAD_LETTERS):
        return
    if operation == "SendMessage":
        subject = f"{queue} {_about(request['MessageBody'])}"
        if BOARD.strikes("sqs.reordered", subject):
            request["DelaySeconds"] = round(BOARD.between(1, 5, "sqs.reordered", subject))
    if operation == "DeleteMessageBatch" and BOARD.strikes("sqs.visibility-lapsed", queue):
        raise CommonServiceException("ReceiptHandleIsInvalid", "The receipt handle has expired", 400, sender_fault=True)


def after_send(context: Any) -> None:
    """Deliver a message once to four times more than it was sent."""
    request: dict[str, Any] = dict(context.service_request)
    queue = _name(request)
    key = (queue, request["MessageBody"])
    if queue.endswith(_DEAD_LETTERS) or key in _copied:
        return
    site = "events.twice" if '"detail-type"' in request["MessageBody"] else "sqs.delivered-again"
    subject = f"{queue} {_about(request['MessageBody'])}"
    if not BOARD.strikes(site, subject):
        return
    _copied.add(key)
    copies = 1 if site == "events.twice" else round(BOARD.between(1, _COPIES, site, subject))
    client = connect_to(aws_access_key_id=context.account_id, region_name=context.region).sqs
    for _ in range(copies):
        client.send_message(
            QueueUrl=request["QueueUrl"],
            MessageBody=request["MessageBody"],
            MessageAttributes=request.get("MessageAttributes") or {},
        )


def drop_events(request: dict[str, Any]) -> None:
    """Lose events of executions or jobs: the sender is told that they are taken, and no rule ever sees them.

    Executions' events are delivered with best effort alone (Amazon EventBridge Events Reference, "AWS Step Functions
    events").
    """
    for entry in request["Entries"]:
        if entry.get("Source") not in ("aws.states", "aws.mediaconvert"):
            continue
        detail = json.loads(entry["Detail"])
        if detail["status"] not in ("FAILED", "TIMED_OUT", "ABORTED", "COMPLETE", "ERROR"):
            continue
        about = _about(json.dumps({"detail": detail}))
        if BOARD.strikes(f"events.dropped.{entry['Source'].removeprefix('aws.')}", f"{about} {detail['status']}"):
            entry["Source"] = "toq.dropped"


def deliver_to_two(function: str, payload: bytes, about: str) -> None:
    """Deliver messages to a second environment while the first still works on them."""
    if b'"aws:sqs"' not in payload or payload in _doubled:
        return
    if BOARD.strikes("sqs.delivered-to-two", about):
        _doubled.add(payload)
        threading.Thread(target=_invoke, args=(function, payload), daemon=True).start()


def _invoke(function: str, payload: bytes) -> None:
    parts = function.split(":")
    account, region = (parts[4], parts[3]) if len(parts) > 4 else (None, None)
    try:
        connect_to(aws_access_key_id=account, region_name=region).lambda_.invoke(FunctionName=function, Payload=payload)
    except ClientError:
        return  # throttled: then nobody else had a place to work on it


def _name(request: dict[str, Any]) -> str:
    return str(request.get("QueueUrl", "")).rpartition("/")[2]


def _about(body: str) -> str:
    """Of a message: its batch; of an event: its execution, or its job's batch."""
    try:
        document = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(document, dict):
        return ""
    detail = document.get("detail") or document
    batch = detail if "batchId" in detail else detail.get("userMetadata") or {}
    return str(detail.get("name") or f"batch-{batch.get('batchId')}-{batch.get('attempt', 0)}")
