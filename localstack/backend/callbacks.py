"""The pipeline's callback: what it may say, and what it does to the tables.

One rule decides everything: the rows show what the newest attempt's last event said, whatever order deliveries come in.
So an event replaces all that an earlier one wrote, and one that is not newer than the last changes nothing.
"""

from datetime import UTC, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from localstack.backend.errors import RequestError
from localstack.backend.repository import BatchRecord, Repository, Row

ERROR_CODE_LENGTH: Final = 50  # characters of the column
PAGE_MEMBERS: Final = ("duplicate_of", "projection", "placeholder", "dominant_colour")  # of an output, kept with it


class Status(StrEnum):
    """How an attempt ended."""

    SUCCEEDED = "SUCCEEDED"
    PROCESSING_FAILED = "PROCESSING_FAILED"
    VALIDATION_FAILED = "VALIDATION_FAILED"


class Provider(StrEnum):
    """What runs jobs."""

    STEP_FUNCTIONS = "STEP_FUNCTIONS"
    MEDIACONVERT = "MEDIACONVERT"


class Part(BaseModel):
    """JSON in camelCase; members that are new to this backend are left alone."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True)


class Output(Part):
    """What became of one asset; `bytes`, `width` and the like describe the processed file."""

    raw_key: str
    processed_key: Annotated[str | None, Field(max_length=512)] = None
    thumbnail_key: Annotated[str | None, Field(max_length=512)] = None
    outputs: dict[str, str] = {}
    error_code: str | None = None
    error_message: str | None = None
    sequence: int | None = None
    bytes: int | None = None
    checksum_sha256: str | None = None
    content_type: str | None = None
    width: int | None = None
    height: int | None = None
    duration_seconds: Annotated[float | None, Field(ge=0)] = None
    duplicate_of: int | None = None
    projection: str | None = None
    placeholder: str | None = None
    dominant_colour: str | None = None


class Job(Part):
    """One execution or MediaConvert job of the attempt; a job that was never created has no id."""

    provider: Provider
    external_job_id: Annotated[str | None, Field(max_length=255)] = None
    status: Annotated[str, Field(max_length=50)]
    started_at: AwareDatetime | None = None
    finished_at: AwareDatetime | None = None


class Failure(Part):
    """Why the attempt failed."""

    code: str
    message: str = ""
    details: dict[str, str] = {}


class Callback(Part):
    """The body, as the design's "Callback" lists it; ids come as numbers or strings."""

    event_id: Annotated[str, Field(min_length=1)]
    sent_at: AwareDatetime
    batch_id: Annotated[int, Field(gt=0)]
    listing_id: Annotated[int, Field(gt=0)]
    attempt: Annotated[int, Field(ge=0)]
    status: Status
    execution_arn: str | None = None
    started_at: AwareDatetime | None = None
    traceparent: str | None = None
    outputs: list[Output] = []
    assets_zipped: int | None = None
    zip_bundles: list[str] = []
    zip_size_bytes: int | None = None
    unzipped_size_bytes: int | None = None
    failure_reason: str | None = None
    error: Failure | None = None
    jobs: list[Job] = []

    @property
    def concluded_at(self) -> datetime:
        """When the pipeline came to this result; unlike `sent_at` the same in every delivery of it."""
        ends = [job.finished_at for job in self.jobs if job.provider is Provider.STEP_FUNCTIONS and job.finished_at]
        return max(ends, default=self.sent_at)


def apply(repository: Repository, callback: Callback) -> bool:
    """Bring a batch's rows to what the callback says, unless it is a duplicate or older than what they show.

    Parameters
    ----------
    repository
        In a transaction: the batch's row stays locked until its end, so callbacks of one batch come one by one.

    Returns
    -------
    bool
        Whether anything changed.

    Raises
    ------
    RequestError
        404 for an unknown batch, 400 for a listing that is not the batch's.
    """
    batch = repository.lock_batch(callback.batch_id)
    if batch is None:
        raise RequestError(HTTPStatus.NOT_FOUND, f"batch {callback.batch_id} does not exist")
    if batch.listing_id != callback.listing_id:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"batch {batch.id} is not of listing {callback.listing_id}")
    if not is_newer(batch, callback):
        return False
    _end(batch, callback)
    repository.save_progress(batch)
    repository.replace_outputs(batch.id, _output_rows(repository.assets(batch.id), callback))
    for job in _job_rows(batch.id, callback):
        repository.save_job(job)
    return True


def is_newer(batch: BatchRecord, callback: Callback) -> bool:
    """Whether the callback is of the newest attempt and later than what that attempt said before.

    A second event of one attempt is rare: reconcile sends it when a MediaConvert job ends after its execution did.
    """
    if callback.attempt != batch.attempt:
        return callback.attempt > batch.attempt
    last = batch.processing_metadata.get("callback")
    if last is None or last["attempt"] < callback.attempt:
        return True
    known = (datetime.fromisoformat(last["concludedAt"]), last["eventId"])
    return callback.event_id != last["eventId"] and (callback.concluded_at, callback.event_id) > known


def summary(callback: Callback) -> dict[str, Any]:
    """What `processing_metadata_json` keeps of a callback: all but the assets' own results, which their rows hold."""
    return {
        "attempt": callback.attempt,
        "eventId": callback.event_id,
        "concludedAt": callback.concluded_at.astimezone(UTC).isoformat(),
        "status": callback.status,
        "executionArn": callback.execution_arn,
        "zipBundles": callback.zip_bundles,
        "assetsZipped": callback.assets_zipped,
        "zipSizeBytes": callback.zip_size_bytes,
        "unzippedSizeBytes": callback.unzipped_size_bytes,
        "failureReason": callback.failure_reason,
        "error": callback.error and callback.error.model_dump(),
        "failedAssets": [
            {
                "sequence": output.sequence,
                "rawKey": output.raw_key,
                "errorCode": output.error_code,
                "errorMessage": output.error_message,
            }
            for output in callback.outputs
            if output.error_code
        ],
    }


def _end(batch: BatchRecord, callback: Callback) -> None:
    """Give the batch its result.

    READY means "there is something to show", also when some assets failed: a listing with 39 of 40 photos goes online,
    and the one that failed is named in `processing_metadata_json` and in its own row.
    """
    batch.processing_metadata |= {"attempt": callback.attempt, "callback": summary(callback)}
    if callback.traceparent:
        batch.processing_metadata["traceparent"] = callback.traceparent
    concluded_at = naive(callback.concluded_at)
    batch.processing_started_at = naive(callback.started_at) or concluded_at
    # The two times come from different clocks; the table refuses an end before its beginning.
    batch.processing_finished_at = max(concluded_at, batch.processing_started_at)
    batch.received_at = batch.received_at or batch.processing_started_at
    if callback.status is Status.SUCCEEDED:
        batch.status, batch.error_code, batch.error_detail = "READY", None, None
        return
    code = callback.error.code if callback.error else callback.status
    detail = (callback.error and callback.error.message) or callback.failure_reason
    batch.status, batch.error_code, batch.error_detail = "FAILED", code[:ERROR_CODE_LENGTH], detail


def _output_rows(assets: list[Row], callback: Callback) -> list[Row]:
    """The assets' new results; an output whose raw key was never registered here has no row to go to."""
    ids = {asset["source_key"]: asset["id"] for asset in assets}
    return [_output_row(ids[output.raw_key], output) for output in callback.outputs if output.raw_key in ids]


def _output_row(asset_id: int, output: Output) -> Row:
    measured = output.width is not None and output.height is not None
    variants: dict[str, Any] = {"outputs": output.outputs} | _page_members(output)
    if output.error_code:
        variants |= {"errorCode": output.error_code, "errorMessage": output.error_message}
    if output.processed_key or not output.error_code:  # what is processed may still lack a variant, or the ZIP
        variants["processed"] = {
            "bytes": output.bytes,
            "contentType": output.content_type,
            "checksumSha256": output.checksum_sha256,
        }
    return {
        "id": asset_id,
        "processed_key": output.processed_key,
        "thumbnail_key": output.thumbnail_key,
        "resolution": f"{output.width}x{output.height}" if measured else None,
        "duration_seconds": None if output.duration_seconds is None else round(output.duration_seconds),
        "variant_metadata_json": variants,
    }


def _page_members(output: Output) -> dict[str, Any]:
    """What helps a listing's page; the callback names a member only where there is something to say."""
    members = output.model_dump(include=set(PAGE_MEMBERS), exclude_none=True)
    return {to_camel(member): value for member, value in members.items()}


def _job_rows(batch_id: int, callback: Callback) -> list[Row]:
    """MediaConvert's jobs, then the execution, so that the batch's last job is the one that speaks for all."""
    jobs = sorted(callback.jobs, key=lambda job: job.provider is Provider.STEP_FUNCTIONS)
    execution = callback.execution_arn
    if execution and all(job.external_job_id != execution for job in jobs):
        jobs.append(
            Job(
                provider=Provider.STEP_FUNCTIONS,
                external_job_id=execution,
                status=callback.status,
                started_at=callback.started_at,
                finished_at=callback.concluded_at,
            )
        )
    return [_job_row(batch_id, job, callback) for job in jobs if job.external_job_id]


def _job_row(batch_id: int, job: Job, callback: Callback) -> Row:
    started, finished = naive(job.started_at), naive(job.finished_at)
    speaks_for_all = job.provider is Provider.STEP_FUNCTIONS
    return {
        "batch_id": batch_id,
        "external_job_id": job.external_job_id,
        "provider": job.provider,
        "status": job.status,
        "input_payload_json": {"attempt": callback.attempt, "traceparent": callback.traceparent},
        "output_payload_json": summary(callback) if speaks_for_all else None,
        "started_at": started,
        "finished_at": max(started, finished) if started and finished else finished,
    }


def naive(value: datetime | None) -> Any:
    """UTC without an offset, as the tables keep time."""
    return None if value is None else value.astimezone(UTC).replace(tzinfo=None)
