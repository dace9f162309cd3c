"""``POST /media-processing/callback``: the backend, or an operator, asks for a batch's callback once more."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from handlers.callback_dispatch.delivery import CallbackRefused, CallbackUnavailable
from handlers.callback_dispatch.dispatch import Dispatcher
from handlers.callback_dispatch.lookup import find_attempt
from handlers.contract.errors import BatchRefusedError
from handlers.contract.ids import is_id
from handlers.contract.request import parse_json
from handlers.runtime.observability import bind, logger
from handlers.runtime.store import MediaStore

_MEMBERS: Final = frozenset({"batchId", "listingId", "attempt"})


def is_api_request(event: Mapping[str, Any]) -> bool:
    """Whether a Lambda event is API Gateway's (REST API, Lambda proxy integration)."""
    return "httpMethod" in event and "requestContext" in event


def respond(
    event: Mapping[str, Any], store: MediaStore, dispatcher: Dispatcher, remaining: Callable[[], float]
) -> dict[str, Any]:
    """Answer one request.

    Returns
    -------
    API Gateway's ``{"statusCode", "headers", "body"}``: 200 the backend accepted the callback; 202 the batch is still
    at work, its callback will come by itself; 400 malformed request; 404 no such batch or attempt; 502 the backend
    refused the callback; 503 the backend is not available now.
    """
    try:
        listing_id, batch_id, attempt = _parse(event)
    except BatchRefusedError as error:
        return _answer(400, error=str(error))
    found = find_attempt(store, listing_id, batch_id, attempt)
    if found is None:
        return _answer(404, error=f"listing {listing_id} has no such batch or attempt")
    batch = found.batch
    if batch is None or found.result is None:
        return _answer(202, status="AT_WORK")
    bind(batch, found.result["executionArn"])
    try:
        status = dispatcher.send(batch, found.result, remaining)
    except CallbackRefused as error:
        logger.warning("callback refused", reason=str(error))
        return _answer(502, error=str(error))
    except CallbackUnavailable as error:
        return _answer(503, error=str(error))
    return _answer(200, status="DELIVERED", eventId=found.result["eventId"], backendStatus=status)


def _parse(event: Mapping[str, Any]) -> tuple[str, str, int | None]:
    text = event.get("body") or ""
    try:
        body = parse_json(base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text)
    except ValueError as error:
        raise BatchRefusedError("the body is not base64") from error
    if not isinstance(body, dict) or not set(body) <= _MEMBERS:
        raise BatchRefusedError("the body must be an object of batchId, listingId and, if wanted, attempt")
    attempt = body.get("attempt")
    if attempt is not None and (type(attempt) is not int or attempt < 0):
        raise BatchRefusedError("attempt must be a whole number from 0")
    return _id(body, "listingId"), _id(body, "batchId"), attempt


def _id(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not is_id(value):
        raise BatchRefusedError(f"{name} must be a whole number or at most 64 of A-Z a-z 0-9 _ -")
    return str(value)


def _answer(code: int, /, **members: Any) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    if code == 503:
        headers["Retry-After"] = "30"
    return {"statusCode": code, "headers": headers, "isBase64Encoded": False, "body": json.dumps(members)}
