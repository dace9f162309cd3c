"""Faults of what passes the gateway: before a call reaches its service, and between the service and the caller.

Only the pipeline's own calls are struck: those of its functions, of its state machine and of the event source mappings.
Who watches (tests, the auditor) and who stands outside (the backend, people) sees AWS as it is; the backend's messages
arrive late or more than once all the same.
"""

import io
import re
import time
from collections.abc import Iterator
from typing import Any, Final, cast

from localstack.aws.api import CommonServiceException, RequestContext
from rolo import Response
from rolo.gateway import HandlerChain

from toq_localstack.calls.callers import SESSIONS, Caller
from toq_localstack.faults import delivery, lambdas
from toq_localstack.faults.board import BOARD

READS: Final = frozenset({"GetObject", "HeadObject", "ListObjectsV2"})
WRITES: Final = frozenset({"PutObject", "CopyObject", "CreateMultipartUpload", "UploadPart", "UploadPartCopy"}) | {
    "CompleteMultipartUpload"
}
_BATCH: Final = re.compile(rb"batch-[A-Za-z0-9_-]+-\d+")
_BATCH_ID: Final = re.compile(rb'batchId[\\\\]*": ?[\\\\"]*(\d+)')


def before(chain: HandlerChain[Any], context: Any, response: Response) -> None:
    """Request handler: may raise what a service would answer, wait, or change what is asked."""
    if not BOARD.active:
        return
    caller = SESSIONS.caller(context)
    match context.service_operation:
        case ("s3", _):
            _before_s3(context, caller)
        case ("secretsmanager", "GetSecretValue") if caller.app:
            _refuse("secrets.throttled", caller.app, "ThrottlingException", "Rate exceeded", 400)
        case ("stepfunctions", "StartExecution") if caller.app:
            message = "The maximum number of running executions has been reached"
            _refuse("states.execution-limit", _about(context), "ExecutionLimitExceeded", message, 400)
        case ("sqs", operation):
            delivery.before_sqs(operation, context.service_request, caller)
        case ("events", "PutEvents"):
            delivery.drop_events(context.service_request)
        case ("lambda", "Invoke"):
            _before_invoke(context)
    if caller.app and context.service_operation in lambdas.WRITES:
        lambdas.kill_before_write(context, caller.app, _about(context))


def after(chain: HandlerChain[Any], context: Any, response: Response) -> None:
    """Response handler: the service has done its part; the answer may still come late, broken or not at all."""
    if context.service is None or context.operation is None:
        return
    if not BOARD.active or response.status_code >= 300:
        return
    caller = SESSIONS.caller(context)
    about = _about(context)
    if caller.app and context.service_operation in lambdas.WRITES:
        lambdas.kill_after_write(context, caller.app, about)
    match context.service_operation:
        case ("s3", "GetObject") if caller.app and BOARD.strikes("s3.reset", about):
            response.response = broken(response)
        case ("s3", operation) if caller.app and operation in WRITES and BOARD.strikes("s3.answer-lost", about):
            _fail_late(response)
        case ("stepfunctions", "StartExecution") if caller.app:
            if BOARD.strikes("states.start-late", about):
                time.sleep(BOARD.between(1, 8, "states.start-late", about))
            if BOARD.strikes("states.start-answer-lost", about):
                _fail_late(response)
        case ("sqs", "SendMessage"):
            delivery.after_send(context)


def _before_s3(context: RequestContext, caller: Caller) -> None:
    operation = context.operation.name if context.operation else ""
    if operation not in READS | WRITES or not of_pipeline(caller):
        return
    key = f"{operation} {_about(context)}"
    if BOARD.strikes("s3.slow", key):
        time.sleep(BOARD.between(0.2, 5, "s3.slow", key))
    _refuse("s3.500", key, "InternalError", "We encountered an internal error. Please try again.", 500)
    _refuse("s3.503", key, "SlowDown", "Please reduce your request rate.", 503)
    _refuse("kms.throttled", key, "ThrottlingException", "You have exceeded the rate at which you may call KMS.", 400)


def _before_invoke(context: RequestContext) -> None:
    request: dict[str, Any] = dict(context.service_request or {})
    about = f"{request.get('FunctionName', '').rpartition(':')[2]} {_about(context)}"
    payload = payload_of(context)
    delivery.deliver_to_two(str(request["FunctionName"]), payload, about)
    lambdas.abort_execution(payload, about)
    _refuse("lambda.throttled", about, "TooManyRequestsException", "Rate Exceeded.", 429)
    message = "The function was idle for long and is being made ready"
    _refuse("lambda.not-ready", about, "ResourceNotReadyException", message, 502)


def of_pipeline(caller: Caller) -> bool:
    """Whether a function, the state machine or MediaConvert calls: those that have a role."""
    return caller.app is not None or caller.role is not None


def _refuse(site: str, subject: str, code: str, message: str, status: int) -> None:
    if BOARD.strikes(site, subject):
        raise CommonServiceException(code, message, status, sender_fault=status < 500)


def _about(context: RequestContext) -> str:
    """What a call is about, in words that are the same in a second run with the same seed."""
    request: dict[str, Any] = dict(context.service_request or {})
    if key := request.get("Key"):
        return str(key)
    text = str(request.get("name") or request.get("MessageBody") or request.get("Prefix") or "").encode()
    if context.service_operation == ("lambda", "Invoke"):
        text = payload_of(context)
    found = _BATCH.search(text)
    if found:
        return found[0].decode()
    message = _BATCH_ID.search(text)
    return f"batch-{message[1].decode()}" if message else str(request.get("name") or "")


def payload_of(context: RequestContext) -> bytes:
    """An invocation's payload; the service finds it unread."""
    request = cast(dict[str, Any], context.service_request)
    payload = request.get("Payload")
    if payload is None or isinstance(payload, bytes):
        return payload or b""
    if not isinstance(payload, io.BytesIO):
        payload = request["Payload"] = io.BytesIO(payload.read())
    return payload.getvalue()


def broken(response: Response) -> Iterator[bytes]:
    """Half of a body, then the end of the connection."""
    body = b"".join(part if isinstance(part, bytes) else part.encode() for part in response.iter_encoded())

    def half() -> Iterator[bytes]:
        yield body[: max(1, len(body) // 2)]
        raise ConnectionResetError("a fault of this run: the connection ends in the middle of a body")

    return half()


def _fail_late(response: Response) -> None:
    response.status_code = 500
    response.set_response(b"")
