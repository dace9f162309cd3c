"""The HTTP API: routes parse, call, answer."""

import re
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

import pymysql
from fastapi import Depends, FastAPI, Header, Query, Request
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from pymysql.constants import ER

from localstack.backend import callbacks, signature
from localstack.backend.batches import Batches
from localstack.backend.errors import RequestError
from localstack.backend.pipeline import Pipeline
from localstack.backend.repository import Repository, transaction
from localstack.backend.requests import NewBatch
from localstack.backend.secrets import DOUBT_SECONDS, CallbackSecrets
from localstack.backend.settings import Settings

MAX_CALLBACK_BYTES = 32 * 1024**2  # a callback for 10,000 assets has about 10 MiB
# No connection or not for long, a deadlock, a lock that took too long; a broken CHECK has the same class of error.
TRANSIENT = {ER.CON_COUNT_ERROR, ER.SERVER_SHUTDOWN, ER.LOCK_WAIT_TIMEOUT, ER.LOCK_DEADLOCK, *range(2000, 2100)}
_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")  # W3C Trace Context, version 00


def create_app(settings: Settings) -> FastAPI:
    """The backend with AWS clients from the environment (region, credentials, endpoint)."""
    import boto3
    from botocore.config import Config

    # Signature Version 4, so that headers are signed; no checksum but the client's own SHA-256 goes into the URL.
    s3_config = Config(signature_version="s3v4", request_checksum_calculation="when_required")
    pipeline = Pipeline(
        s3=boto3.client("s3", config=s3_config),
        sqs=boto3.client("sqs"),
        bucket=settings.media_bucket,
        queue_url=settings.queue_url,
        upload_seconds=settings.upload_seconds,
    )
    callback_secrets = CallbackSecrets(boto3.client("secretsmanager"), settings.callback_secret_arn)
    return assemble(partial(transaction, settings.database), pipeline, callback_secrets)


def assemble(
    open_transaction: Callable[[], AbstractContextManager[Repository]],
    pipeline: Pipeline,
    callback_secrets: CallbackSecrets,
) -> FastAPI:
    """The backend on ports that are given to it."""
    app = FastAPI(title="TOQ reference backend", docs_url=None, redoc_url=None)
    batches = Batches(open_transaction, pipeline, now=lambda: datetime.now(UTC).replace(tzinfo=None))
    _add_batch_routes(app, batches)
    _add_callback_route(app, open_transaction, callback_secrets)

    @app.get("/health")
    def health() -> dict[str, str]:
        with open_transaction() as repository:
            repository.find_batch(0)
        return {"status": "ok"}

    @app.exception_handler(RequestError)
    def refuse(_: Request, error: RequestError) -> JSONResponse:
        return JSONResponse({"detail": error.detail}, status_code=error.status)

    @app.exception_handler(pymysql.OperationalError)
    def ask_to_retry(_: Request, error: pymysql.OperationalError) -> JSONResponse:
        """Nothing was written, so the caller may ask again where time helps."""
        if error.args[0] not in TRANSIENT:
            raise error
        answer = {"detail": "the database is not available"}
        return JSONResponse(answer, status_code=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "1"})

    return app


def _add_batch_routes(app: FastAPI, batches: Batches) -> None:
    @app.post("/listings/{listing_id}/batches", status_code=HTTPStatus.CREATED)
    def register(listing_id: int, body: NewBatch) -> dict[str, Any]:
        return batches.register(listing_id, body)

    @app.get("/listings/{listing_id}/batches")
    def of_listing(listing_id: int, status: str | None = None) -> list[dict[str, Any]]:
        return batches.of_listing(listing_id, status)

    @app.get("/batches/stuck")
    def stuck(minutes: Annotated[int, Query(ge=0)] = 75) -> list[dict[str, Any]]:
        return batches.stuck(minutes)

    @app.get("/batches/{batch_id}")
    def show(batch_id: int) -> dict[str, Any]:
        return batches.show(batch_id)

    @app.post("/batches/{batch_id}/complete", status_code=HTTPStatus.ACCEPTED)
    def complete(batch_id: int, trace: Annotated[str, Depends(_traceparent)]) -> dict[str, Any]:
        return batches.complete(batch_id, trace)

    @app.post("/batches/{batch_id}/retry", status_code=HTTPStatus.ACCEPTED)
    def retry(batch_id: int, trace: Annotated[str, Depends(_traceparent)]) -> dict[str, Any]:
        return batches.retry(batch_id, trace)


def _add_callback_route(
    app: FastAPI,
    open_transaction: Callable[[], AbstractContextManager[Repository]],
    callback_secrets: CallbackSecrets,
) -> None:
    @app.post("/internal/media-processing/callback")
    def receive(request: Request, body: Annotated[bytes, Depends(_raw_body)]) -> dict[str, bool]:
        _verify(body, request, callback_secrets)
        try:
            callback = callbacks.Callback.model_validate_json(body)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "body"
            raise RequestError(HTTPStatus.BAD_REQUEST, f"{where}: {first['msg']}") from error
        if callback.event_id != request.headers["webhook-id"]:
            raise RequestError(HTTPStatus.BAD_REQUEST, "eventId and webhook-id differ")
        with open_transaction() as repository:
            return {"applied": callbacks.apply(repository, callback)}


def _verify(body: bytes, request: Request, callback_secrets: CallbackSecrets) -> None:
    """Check the signatures; when none fits, the secret may just have been rotated, so it is read once more."""
    try:
        signature.verify(body, request.headers, callback_secrets.current())
    except signature.SignatureError:
        try:
            signature.verify(body, request.headers, callback_secrets.current(max_age=DOUBT_SECONDS))
        except signature.SignatureError as error:
            raise RequestError(HTTPStatus.UNAUTHORIZED, str(error)) from error


async def _raw_body(request: Request) -> bytes:
    """The body's own bytes, which are what is signed; not more of them than a callback can have."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_CALLBACK_BYTES:
            limit = f"a callback has at most {MAX_CALLBACK_BYTES} bytes"
            raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, limit)
    return bytes(body)


def _traceparent(traceparent: Annotated[str | None, Header()] = None) -> str:
    """The caller's trace, or a new one."""
    if traceparent and _TRACEPARENT.fullmatch(traceparent):
        return traceparent
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
