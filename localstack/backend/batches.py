"""A batch's life up to the pipeline: register, upload, enqueue, ask again; and how it is shown."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

import pymysql
from pydantic.alias_generators import to_camel
from pymysql.constants import ER

from handlers.contract.errors import AssetError
from handlers.contract.keys import MediaKey, Stage
from handlers.contract.media_types import MediaType
from localstack.backend.callbacks import PAGE_MEMBERS
from localstack.backend.errors import RequestError
from localstack.backend.pipeline import Pipeline
from localstack.backend.repository import BatchRecord, Repository, Row
from localstack.backend.requests import AnnouncedAsset, NewBatch

# Enqueued again under the same attempt, these change nothing that the pipeline already does for it.
ENQUEUEABLE: Final = ("PENDING_UPLOAD", "RECEIVED", "PROCESSING")

Transaction = Callable[[], AbstractContextManager[Repository]]


@dataclass(frozen=True, slots=True)
class Batches:
    """What clients of the backend do with batches.

    Parameters
    ----------
    transaction
        Opens a transaction on the database.
    now
        UTC without an offset, as the tables keep it.
    """

    transaction: Transaction
    pipeline: Pipeline
    now: Callable[[], datetime]

    def register(self, listing_id: int, request: NewBatch) -> dict[str, Any]:
        """Write the batch and its assets and presign their uploads.

        Raises
        ------
        RequestError
            404: the listing or the photographer does not exist; 422: a file name cannot stand in a key.
        """
        manifest: dict[str, Any] = {
            "uploadedBy": request.uploaded_by,
            "registeredAt": f"{self.now():%Y-%m-%d %H:%M:%S.%f}",
        }
        try:
            with self.transaction() as repository:
                batch_id = repository.insert_batch(listing_id, request.photographer_user_id, manifest)
                manifest["assets"] = [self._manifest_asset(listing_id, batch_id, asset) for asset in request.assets]
                repository.set_manifest(batch_id, manifest)
                repository.insert_assets([_asset_row(batch_id, asset) for asset in manifest["assets"]])
        except pymysql.IntegrityError as error:
            raise _missing_parent(error, listing_id, request.photographer_user_id) from error
        uploads = [self.pipeline.upload_target(asset) for asset in manifest["assets"]]
        return {"batchId": batch_id, "uploads": uploads}

    def complete(self, batch_id: int, traceparent: str) -> dict[str, Any]:
        """Hand the uploaded batch to the pipeline; safe to call again when the answer was lost.

        Raises
        ------
        RequestError
            404 for an unknown batch, 409 for one that has its result.
        """
        with self.transaction() as repository:
            batch = _known(repository.lock_batch(batch_id), batch_id)
            if batch.status not in ENQUEUEABLE:
                raise RequestError(HTTPStatus.CONFLICT, f"batch {batch_id} is {batch.status}: retry it instead")
            batch.status = "RECEIVED"
            batch.received_at = batch.received_at or self.now()
            batch.processing_metadata.setdefault("traceparent", traceparent)
            repository.save_progress(batch)
        return self._enqueue(batch)

    def retry(self, batch_id: int, traceparent: str) -> dict[str, Any]:
        """Ask the pipeline for the batch once more, as a new attempt; whatever the older ones still say is ignored.

        Raises
        ------
        RequestError
            404 for an unknown batch, 409 for one that was never handed over.
        """
        with self.transaction() as repository:
            batch = _known(repository.lock_batch(batch_id), batch_id)
            if batch.status == "PENDING_UPLOAD":
                raise RequestError(HTTPStatus.CONFLICT, f"batch {batch_id} was never completed: complete it instead")
            batch.processing_metadata |= {"attempt": batch.attempt + 1, "traceparent": traceparent}
            batch.status, batch.received_at = "RECEIVED", self.now()
            batch.processing_started_at = batch.processing_finished_at = None
            batch.error_code = batch.error_detail = None
            repository.save_progress(batch)
        return self._enqueue(batch)

    def show(self, batch_id: int) -> dict[str, Any]:
        """The batch with its assets and jobs.

        Raises
        ------
        RequestError
            404 for an unknown batch.
        """
        with self.transaction() as repository:
            batch = _known(repository.find_batch(batch_id), batch_id)
            assets, jobs = repository.assets(batch_id), repository.jobs(batch_id)
        return describe(batch) | {
            "assets": [describe_asset(row) for row in assets],
            "jobs": [describe_job(row) for row in jobs],
        }

    def of_listing(self, listing_id: int, status: str | None) -> list[dict[str, Any]]:
        """A listing's batches in one status, newest first; without a status just its newest batch."""
        with self.transaction() as repository:
            if status is not None:
                return [describe(batch) for batch in repository.batches_by_status(listing_id, status)]
            newest = repository.newest_batch(listing_id)
            return [] if newest is None else [describe(newest)]

    def stuck(self, minutes: int) -> list[dict[str, Any]]:
        """Batches handed over at least so many minutes ago that have no result, each with its last job."""
        with self.transaction() as repository:
            return [
                {
                    "batchId": row["id"],
                    "listingId": row["listing_id"],
                    "status": row["status"],
                    "receivedAt": iso(row["received_at"]),
                    "lastJob": (job := repository.last_job(row["id"])) and describe_job(job),
                }
                for row in repository.stuck_batches(self.now() - timedelta(minutes=minutes))
            ]

    def _enqueue(self, batch: BatchRecord) -> dict[str, Any]:
        """Send the message, then note that the pipeline has the batch; cut off between, the batch stays RECEIVED."""
        traceparent = batch.processing_metadata["traceparent"]
        assets = batch.upload_manifest["assets"]
        message_id = self.pipeline.enqueue(batch.id, batch.listing_id, batch.attempt, traceparent, assets)
        with self.transaction() as repository:
            current = _known(repository.lock_batch(batch.id), batch.id)
            # The callback, or another attempt, may have been faster than this line.
            if current.status == "RECEIVED" and current.attempt == batch.attempt:
                current.status, current.processing_started_at = "PROCESSING", self.now()
                current.processing_metadata["messageId"] = message_id
                repository.save_progress(current)
        return {"messageId": message_id, "attempt": batch.attempt}

    def _manifest_asset(self, listing_id: int, batch_id: int, asset: AnnouncedAsset) -> dict[str, Any]:
        """The asset as the pipeline's message carries it.

        The file name begins with batch and sequence: cameras repeat names, and outputs are named after the stem.
        """
        date = f"{self.now():%Y-%m-%d}"
        filename = f"{batch_id}-{asset.sequence:04d}-{_plain(asset.filename)}"
        key = str(MediaKey(str(listing_id), Stage.RAW, asset.asset_type, date, filename))
        try:
            MediaKey.parse(key)
        except AssetError as error:
            raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, error.message) from error
        line: dict[str, Any] = {
            "key": key,
            "assetType": asset.asset_type.asset_type,
            "contentType": asset.content_type,
            "bytes": asset.bytes,
            "checksumSha256": asset.checksum_sha256.lower(),
            "sequence": asset.sequence,
        }
        return line if asset.title is None else line | {"title": asset.title}


def describe(batch: BatchRecord) -> dict[str, Any]:
    """A batch in the API's words."""
    callback = batch.processing_metadata.get("callback") or {}
    return {
        "batchId": batch.id,
        "listingId": batch.listing_id,
        "photographerUserId": batch.photographer_user_id,
        "uploadedBy": batch.upload_manifest.get("uploadedBy"),
        "status": batch.status,
        "attempt": batch.attempt,
        "traceparent": batch.processing_metadata.get("traceparent"),
        "receivedAt": iso(batch.received_at),
        "processingStartedAt": iso(batch.processing_started_at),
        "processingFinishedAt": iso(batch.processing_finished_at),
        "errorCode": batch.error_code,
        "errorDetail": batch.error_detail,
        "executionArn": callback.get("executionArn"),
        "zipBundles": callback.get("zipBundles", []),
        "assetsZipped": callback.get("assetsZipped"),
        "zipSizeBytes": callback.get("zipSizeBytes"),
        "unzippedSizeBytes": callback.get("unzippedSizeBytes"),
        "failedAssets": callback.get("failedAssets", []),
    }


def describe_asset(row: Row) -> dict[str, Any]:
    """An asset in the API's words."""
    variants = row["variant_metadata_json"] or {}
    return {
        "sequence": row["sequence"],
        "title": row["title"],
        "assetType": row["asset_type"],
        "orientation": row["orientation"],
        "contentType": row["content_type"],
        "bytes": row["bytes"],
        "checksumSha256": row["checksum_sha256"],
        "sourceKey": row["source_key"],
        "processedKey": row["processed_key"],
        "thumbnailKey": row["thumbnail_key"],
        "resolution": row["resolution"],
        "durationSeconds": row["duration_seconds"],
        "outputs": variants.get("outputs", {}),
        "processed": variants.get("processed"),
        **{member: variants.get(member) for member in map(to_camel, PAGE_MEMBERS)},
        "errorCode": variants.get("errorCode"),
        "errorMessage": variants.get("errorMessage"),
    }


def describe_job(row: Row) -> dict[str, Any]:
    """A job in the API's words."""
    return {
        "provider": row["provider"],
        "externalJobId": row["external_job_id"],
        "status": row["status"],
        "attempt": (row["input_payload_json"] or {}).get("attempt"),
        "startedAt": iso(row["started_at"]),
        "finishedAt": iso(row["finished_at"]),
    }


def iso(value: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return None if value is None else f"{value.isoformat(timespec='microseconds')}Z"


def _plain(filename: str) -> str:
    """File name with ASCII letters, digits, dot, dash and underscore alone; the title keeps the human name."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", filename)


def _asset_row(batch_id: int, asset: dict[str, Any]) -> Row:
    """Columns of a new row of `listing_media_assets`."""
    return {
        "batch_id": batch_id,
        "asset_type": asset["assetType"],
        "orientation": MediaType[asset["assetType"]].orientation,
        "source_key": asset["key"],
        "checksum_sha256": asset["checksumSha256"],
        "content_type": asset["contentType"],
        "bytes": asset["bytes"],
        "title": asset.get("title"),
        "sequence": asset["sequence"],
    }


def _known(batch: BatchRecord | None, batch_id: int) -> BatchRecord:
    if batch is None:
        raise RequestError(HTTPStatus.NOT_FOUND, f"batch {batch_id} does not exist")
    return batch


def _missing_parent(error: pymysql.IntegrityError, listing_id: int, user_id: int | None) -> Exception:
    """What a refused foreign key means to the client; any other broken constraint is a fault of ours.

    MySQL does not tell which key it was to an account without rights on the parent tables.
    """
    if error.args[0] != ER.NO_REFERENCED_ROW_2:
        return error
    parents = f"listing {listing_id}" if user_id is None else f"listing {listing_id} or photographer {user_id}"
    return RequestError(HTTPStatus.NOT_FOUND, f"{parents} does not exist")
