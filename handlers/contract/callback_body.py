"""The body of a batch's callback, member by member as the design's contract names them."""

import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from handlers.contract.batch import Batch
from handlers.contract.media_types import Kind
from handlers.result.outcome import AssetOutcome, BatchOutcome, Status

PROVIDER: Final = "STEP_FUNCTIONS"
# An asset's own kind has its outputs alone, so the first one that is there is the right one.
_MAIN_OUTPUTS: Final = {
    "processedKey": [kind.treatment.main_output for kind in Kind],
    "thumbnailKey": [kind.treatment.thumbnail_output for kind in Kind if kind.treatment.thumbnail_output],
}


@dataclass(frozen=True, slots=True)
class Execution:
    """The execution that worked on a batch.

    Parameters
    ----------
    started_at
        ISO 8601.
    status
        As Step Functions names it (``TIMED_OUT``, ``ABORTED``, ``FAILED``); None while it is ending in the usual way.
    """

    arn: str
    started_at: str
    status: str | None = None

    @property
    def name(self) -> str:
        return self.arn.rsplit(":", 1)[-1]


def callback_body(batch: Batch, execution: Execution, outcome: BatchOutcome, now: datetime.datetime) -> dict[str, Any]:
    """Everything the backend is told of a batch, but for the moment of sending.

    Parameters
    ----------
    now
        When the batch was concluded.
    """
    error = outcome.error
    body = {
        "executionArn": execution.arn,
        "startedAt": execution.started_at,
        "jobId": batch.batch_id,
        "listingIdentityId": batch.listing_id,
        "externalId": execution.name,
        "status": outcome.status.value,
        "provider": PROVIDER,
        "traceparent": batch.traceparent,
        "outputs": [_output(asset) for asset in outcome.assets],
        **_zip_members(len(outcome.assets), outcome.zip_record),
        "failureReason": error.message if error else None,
        "error": error.to_json() if error else None,
        "batchId": batch.batch_id,
        "listingId": batch.listing_id,
        "attempt": batch.attempt,
        "jobs": [
            _execution_job(execution, outcome.status, now),
            *(_video_job(video) for video in outcome.videos),
        ],
    }
    return body | {"eventId": _event_id(batch, body)}


def _event_id(batch: Batch, body: Mapping[str, Any]) -> str:
    """An id that is the same for the same news, so that a repeated state or delivery is seen as such.

    It is not the same when there is news: a video transcoded after its execution had timed out changes the body.
    """
    lasting = {**body, "jobs": [{**job, "finishedAt": None} for job in body["jobs"]]}
    digest = hashlib.sha256(json.dumps(lasting, sort_keys=True).encode()).hexdigest()
    return f"{batch.execution_name}-{digest[:16]}"


def _output(outcome: AssetOutcome) -> dict[str, Any]:
    asset, result = outcome.asset, outcome.result
    return {
        "rawKey": asset.key,
        **{name: _first(result.outputs, choices) for name, choices in _MAIN_OUTPUTS.items()},
        "outputs": result.outputs,
        "errorCode": outcome.error_code,
        "errorMessage": outcome.error_message,
        "assetType": asset.asset_type,
        "sequence": asset.sequence,
        "bytes": result.bytes,
        "checksumSha256": result.checksum_sha256,
        "contentType": result.content_type,
        "width": result.width or asset.width,
        "height": result.height or asset.height,
        "durationSeconds": result.duration_seconds or asset.duration_seconds,
    }


def _first(outputs: Mapping[str, str], choices: Iterable[str]) -> str | None:
    return next((outputs[name] for name in choices if name in outputs), None)


def _zip_members(assets: int, record: Mapping[str, Any] | None) -> dict[str, Any]:
    bundles = record["bundles"] if record else []
    return {
        "assetsZipped": assets - len(record["missing"]) if record and bundles else 0,
        "zipBundles": [bundle["key"] for bundle in bundles],
        "zipSizeBytes": record["zipSizeBytes"] if record else 0,
        "unzippedSizeBytes": record["unzippedSizeBytes"] if record else 0,
    }


def _execution_job(execution: Execution, status: Status, now: datetime.datetime) -> dict[str, Any]:
    usual = "SUCCEEDED" if status is Status.SUCCEEDED else "FAILED"
    return _job(PROVIDER, execution.arn, execution.status or usual, execution.started_at, iso(now))


def _video_job(video: Mapping[str, Any]) -> dict[str, Any]:
    job = _job_of(video)
    timing = job.get("Timing") or {}
    return _job(
        "MEDIACONVERT", job.get("Id"), video["status"], iso(timing.get("StartTime")), iso(timing.get("FinishTime"))
    )


def _job(
    provider: str, external_id: str | None, status: str, started_at: str | None, finished_at: str | None
) -> dict[str, Any]:
    return {
        "provider": provider,
        "externalJobId": external_id,
        "status": status,
        "startedAt": started_at,
        "finishedAt": finished_at,
    }


def _job_of(video: Mapping[str, Any]) -> Mapping[str, Any]:
    """The MediaConvert job of an outcome: as such, or as JSON in the cause of an error."""
    job = video.get("job")
    if job is None:
        try:
            job = json.loads((video.get("error") or {}).get("Cause") or "")
        except ValueError:
            job = None
    if not isinstance(job, dict):
        return {}
    inner: dict[str, Any] = job.get("Job", job)
    return inner


def iso(moment: datetime.datetime | float | str | None) -> str | None:
    """A moment in ISO 8601, UTC; numbers are seconds since 1970, as Step Functions renders the API's times, or ms."""
    if moment is None or isinstance(moment, str):
        return moment
    if isinstance(moment, int | float):
        seconds = moment / 1000 if moment > 1e11 else moment
        moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
