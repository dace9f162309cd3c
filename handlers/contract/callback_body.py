"""The body of a batch's callback, member by member as the design's contract names them, and what it is made from."""

import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Self

from handlers.contract.batch import Asset, AssetResult, Batch
from handlers.contract.errors import BatchErrorCode
from handlers.contract.media_types import Kind
from handlers.contract.moments import iso

PROVIDER: Final = "STEP_FUNCTIONS"
# An asset's own kind has its outputs alone, so the first one that is there is the right one.
_MAIN_OUTPUTS: Final = {
    "processedKey": [kind.treatment.main_output for kind in Kind],
    "thumbnailKey": [kind.treatment.thumbnail_output for kind in Kind if kind.treatment.thumbnail_output],
}
MAX_REASON: Final = 1_000  # characters
# Bytes. API Gateway, which the callback passes on its way to a private backend, takes 10 MB ("Amazon API Gateway quotas
# and important notes", payload size); about 7,000 photos with their previews.
MAX_BODY_WITH_PREVIEWS: Final = 9_000_000
_PREVIEW: Final = {"placeholder": "placeholder", "dominantColour": "dominant_colour"}
_FAILURE_NAME: Final = "error"  # member of the details of an error that came from a failure

# What Step Functions, or an event about an execution, calls the end of it.
_CODES: Final = {
    "BatchRefusedError": BatchErrorCode.BATCH_REFUSED,
    "TIMED_OUT": BatchErrorCode.TIMED_OUT,
    "States.Timeout": BatchErrorCode.TIMED_OUT,
    "ABORTED": BatchErrorCode.ABORTED,
}
_VALIDATION_CODES: Final = frozenset({BatchErrorCode.BATCH_REFUSED, BatchErrorCode.NO_VALID_ASSET})


class Status(StrEnum):
    """Status of a batch in its callback."""

    SUCCEEDED = "SUCCEEDED"
    PROCESSING_FAILED = "PROCESSING_FAILED"
    VALIDATION_FAILED = "VALIDATION_FAILED"


@dataclass(frozen=True, slots=True)
class BatchError:
    """Why a batch did not succeed.

    Parameters
    ----------
    details
        Facts for people, all strings.
    """

    code: BatchErrorCode
    message: str
    details: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_failure(cls, failure: Mapping[str, Any]) -> Self:
        """Read ``{"Error", "Cause"}`` as a Catch gives it; a Lambda's cause is JSON with ``errorMessage``."""
        name = str(failure.get("Error") or "Unknown")
        code = _CODES.get(name, BatchErrorCode.STEP_FAILED)
        return cls(code, _message(failure.get("Cause"), name), {_FAILURE_NAME: name[:200]})

    @property
    def status(self) -> Status:
        return Status.VALIDATION_FAILED if self.code in _VALIDATION_CODES else Status.PROCESSING_FAILED

    def to_json(self) -> dict[str, Any]:
        """As the callback's ``error``."""
        return {"code": self.code.value, "message": self.message, "details": self.details}


@dataclass(frozen=True, slots=True)
class FinishedAsset:
    """What became of one asset in the end; an error and outputs can stand together (processed, but not zipped).

    Parameters
    ----------
    duplicate_of
        Sequence of an earlier asset of the batch with the same content; None where there is none.
    """

    asset: Asset
    result: AssetResult
    error_code: str | None
    error_message: str | None
    duplicate_of: int | None = None


@dataclass(frozen=True, slots=True)
class BatchResult:
    """Everything that is known of a batch in the end.

    Parameters
    ----------
    assets
        In the manifest's order.
    error
        None when the batch succeeded.
    zip_result
        Content of ``zip.json``; None when the ZIP step was not reached.
    videos
        What MediaConvert made of each video, as `handlers.result.asset_results.video_results` gives it, in order.
    """

    assets: Sequence[FinishedAsset]
    error: BatchError | None
    zip_result: Mapping[str, Any] | None
    videos: Sequence[Mapping[str, Any]]

    @property
    def status(self) -> Status:
        return self.error.status if self.error else Status.SUCCEEDED


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


def callback_body(batch: Batch, execution: Execution, result: BatchResult, now: datetime.datetime) -> dict[str, Any]:
    """Everything the backend is told of a batch, but for the moment of sending.

    Parameters
    ----------
    now
        When the batch came to this result.
    """
    error = result.error
    body: dict[str, Any] = {
        "executionArn": execution.arn,
        "startedAt": execution.started_at,
        "jobId": batch.batch_id,
        "listingIdentityId": batch.listing_id,
        "externalId": execution.name,
        "status": result.status.value,
        "provider": PROVIDER,
        "traceparent": batch.traceparent,
        "outputs": [_output(asset) for asset in result.assets],
        **_zip_members(len(result.assets), result.zip_result),
        "failureReason": error.message if error else None,
        "error": error.to_json() if error else None,
        "batchId": batch.batch_id,
        "listingId": batch.listing_id,
        "attempt": batch.attempt,
        "jobs": [
            _execution_job(execution, result.status, now),
            *(_video_job(video) for video in result.videos),
        ],
    }
    body = _affordable(body)
    return body | {"eventId": _event_id(batch, body)}


def _event_id(batch: Batch, body: Mapping[str, Any]) -> str:
    """An id that is the same for the same result, so that a repeated state or delivery is seen as such.

    Another result has another id: a video transcoded after its execution had timed out changes the body.
    """
    lasting = {**body, "jobs": [{**job, "finishedAt": None} for job in body["jobs"]]}
    digest = hashlib.sha256(json.dumps(lasting, sort_keys=True).encode()).hexdigest()
    return f"{batch.execution_name}-{digest[:16]}"


def _output(finished: FinishedAsset) -> dict[str, Any]:
    asset, result = finished.asset, finished.result
    return {
        "rawKey": asset.key,
        **{name: _first(result.outputs, choices) for name, choices in _MAIN_OUTPUTS.items()},
        "outputs": result.outputs,
        "errorCode": finished.error_code,
        "errorMessage": finished.error_message,
        "assetType": asset.asset_type,
        "sequence": asset.sequence,
        "bytes": result.bytes,
        "checksumSha256": result.checksum_sha256,
        "contentType": result.content_type,
        "width": result.width or asset.width,
        "height": result.height or asset.height,
        "durationSeconds": result.duration_seconds or asset.duration_seconds,
        **_page_members(finished),
    }


def _page_members(finished: FinishedAsset) -> dict[str, Any]:
    """What helps a listing's page; a member is there only where there is something to say."""
    members = {
        "duplicateOf": finished.duplicate_of,
        "projection": finished.result.projection,
        **{member: getattr(finished.result, attribute) for member, attribute in _PREVIEW.items()},
    }
    return {member: value for member, value in members.items() if value is not None}


def _affordable(body: dict[str, Any]) -> dict[str, Any]:
    """The body without previews when it would be too large with them: they alone can be done without."""
    if len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()) <= MAX_BODY_WITH_PREVIEWS:
        return body
    outputs = [
        {member: value for member, value in output.items() if member not in _PREVIEW} for output in body["outputs"]
    ]
    return body | {"outputs": outputs}


def _first(outputs: Mapping[str, str], choices: Iterable[str]) -> str | None:
    return next((outputs[name] for name in choices if name in outputs), None)


def _zip_members(assets: int, zip_result: Mapping[str, Any] | None) -> dict[str, Any]:
    bundles = zip_result["bundles"] if zip_result else []
    return {
        "assetsZipped": assets - len(zip_result["missing"]) if zip_result and bundles else 0,
        "zipBundles": [bundle["key"] for bundle in bundles],
        "zipSizeBytes": zip_result["zipSizeBytes"] if zip_result else 0,
        "unzippedSizeBytes": zip_result["unzippedSizeBytes"] if zip_result else 0,
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
    """The MediaConvert job of a video's result: as such, or as JSON in the cause of an error."""
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


def failure_of(error: Mapping[str, Any] | None) -> dict[str, str] | None:
    """The failure that a callback's ``error`` was made from; None when it was drawn from the assets and the ZIP."""
    if error is None or _FAILURE_NAME not in error["details"]:
        return None
    return {"Error": error["details"][_FAILURE_NAME], "Cause": error["message"]}


def _message(cause: Any, name: str) -> str:
    """The sentence for people in a failure's cause; stack traces stay in the execution's history."""
    text = str(cause or "")
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if isinstance(document, dict):
        text = str(document.get("errorMessage") or document.get("Cause") or "")
    return (text or f"the execution ended with {name}")[:MAX_REASON]
