"""Callback bodies as the pipeline sends them, and the headers that go with them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from standardwebhooks import Webhook

from localstack.backend import signature
from localstack.backend.callbacks import Callback

LISTING = 42
START = datetime(2026, 11, 22, 10, tzinfo=UTC)
SECRET = "correct horse battery staple"


def iso(value: datetime) -> str:
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def output(raw_key: str, **members: Any) -> dict[str, Any]:
    """A photo's output; ``errorCode`` makes it a failed one."""
    return {
        "rawKey": raw_key,
        "processedKey": raw_key.replace("raw", "processed"),
        "thumbnailKey": raw_key.replace("raw", "thumb"),
        "outputs": {"processed": raw_key.replace("raw", "processed")},
        "errorCode": None,
        "errorMessage": None,
        "assetType": "PHOTO_VERTICAL",
        "sequence": 1,
        "bytes": 1000,
        "checksumSha256": "ab" * 32,
        "contentType": "image/jpeg",
        "width": 3000,
        "height": 4000,
        "durationSeconds": None,
    } | members


def body(batch_id: int, attempt: int = 0, **members: Any) -> dict[str, Any]:
    """A callback of a successful attempt that started `attempt` hours after `START` and took 90 seconds."""
    started = START + timedelta(hours=attempt)
    concluded = started + timedelta(seconds=90)
    execution = (
        f"arn:aws:states:us-east-1:000000000000:execution:listing-media-processing-sm:batch-{batch_id}-{attempt}"
    )
    return {
        "eventId": f"batch-{batch_id}-{attempt}-0123456789abcdef",
        "sentAt": iso(concluded + timedelta(seconds=1)),
        "executionArn": execution,
        "startedAt": iso(started),
        "jobId": batch_id,
        "listingIdentityId": LISTING,
        "externalId": f"batch-{batch_id}-{attempt}",
        "status": "SUCCEEDED",
        "provider": "STEP_FUNCTIONS",
        "traceparent": f"00-{attempt:032x}-00000000000000aa-01",
        "outputs": [],
        "assetsZipped": 1,
        "zipBundles": [f"{LISTING}/zip/complete/2026-11-22/batch-{batch_id}.zip"],
        "zipSizeBytes": 2000,
        "unzippedSizeBytes": 1900,
        "failureReason": None,
        "error": None,
        "batchId": batch_id,
        "listingId": LISTING,
        "attempt": attempt,
        "jobs": [job("STEP_FUNCTIONS", execution, started, concluded)],
    } | members


def job(provider: str, external_id: str | None, started: datetime, finished: datetime | None) -> dict[str, Any]:
    return {
        "provider": provider,
        "externalJobId": external_id,
        "status": "SUCCEEDED",
        "startedAt": iso(started),
        "finishedAt": finished and iso(finished),
    }


def callback(batch_id: int, attempt: int = 0, **members: Any) -> Callback:
    return Callback.model_validate_json(json.dumps(body(batch_id, attempt, **members)))


def signed(content: bytes, event_id: str, secret: str = SECRET, at: datetime | None = None) -> dict[str, str]:
    """All headers of a delivery, sent now."""
    moment = at or datetime.now(UTC)
    webhook = Webhook(signature.webhook_key(secret))
    return {
        "Content-Type": "application/json",
        "X-Toq-Signature": signature.sign(content, secret),
        "webhook-id": event_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": webhook.sign(event_id, moment, content.decode()),
    }
