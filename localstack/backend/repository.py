"""The three tables as the backend uses them; a repository belongs to one transaction."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from pymysql.cursors import DictCursor

from localstack.backend import queries
from operations.migrate.database_url import DatabaseUrl

Row = dict[str, Any]


@dataclass(slots=True)
class BatchRecord:
    """One row of `listing_media_batches`; datetimes are UTC without an offset.

    Parameters
    ----------
    upload_manifest
        ``{uploadedBy, registeredAt, assets: [...]}``: what the client announced, with the keys that it was given.
    processing_metadata
        ``{attempt, traceparent, messageId, callback}``; `callback` is what `callbacks.summary` made of the newest one.
    """

    id: int
    listing_id: int
    photographer_user_id: int | None
    status: str
    upload_manifest: dict[str, Any]
    processing_metadata: dict[str, Any] = field(default_factory=dict)
    received_at: datetime | None = None
    processing_started_at: datetime | None = None
    processing_finished_at: datetime | None = None
    error_code: str | None = None
    error_detail: str | None = None

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """Read a row as the driver returns it: JSON columns are text."""
        return cls(
            id=row["id"],
            listing_id=row["listing_id"],
            photographer_user_id=row["photographer_user_id"],
            status=row["status"],
            upload_manifest=json.loads(row["upload_manifest_json"]),
            processing_metadata=json.loads(row["processing_metadata_json"] or "{}"),
            received_at=row["received_at"],
            processing_started_at=row["processing_started_at"],
            processing_finished_at=row["processing_finished_at"],
            error_code=row["error_code"],
            error_detail=row["error_detail"],
        )

    @property
    def attempt(self) -> int:
        """The newest attempt that was asked for or heard of; the tables have no column for it."""
        return int(self.processing_metadata.get("attempt", 0))


class Repository:
    """Statements of one transaction.

    Parameters
    ----------
    cursor
        Of a connection that does not commit by itself.
    """

    def __init__(self, cursor: DictCursor) -> None:
        self._cursor = cursor

    def insert_batch(self, listing_id: int, photographer_user_id: int | None, manifest: Mapping[str, Any]) -> int:
        """Add a batch that waits for its uploads; returns its id."""
        self._cursor.execute(
            queries.INSERT_BATCH,
            {
                "listing_id": listing_id,
                "photographer_user_id": photographer_user_id,
                "upload_manifest_json": as_json(manifest),
                "processing_metadata_json": as_json({"attempt": 0}),
            },
        )
        return self._cursor.lastrowid

    def set_manifest(self, batch_id: int, manifest: Mapping[str, Any]) -> None:
        """Replace the manifest; the keys in it hold the batch's id, which the database gives."""
        self._cursor.execute(queries.SET_MANIFEST, (as_json(manifest), batch_id))

    def insert_assets(self, rows: Sequence[Row]) -> None:
        """Add a batch's assets, many in one statement."""
        self._cursor.executemany(queries.INSERT_ASSET, rows)

    def find_batch(self, batch_id: int) -> BatchRecord | None:
        """Read a batch that is not deleted."""
        return self._batch(queries.BATCH, (batch_id,))

    def lock_batch(self, batch_id: int) -> BatchRecord | None:
        """Read a batch and keep every other writer of it waiting until this transaction ends."""
        return self._batch(queries.LOCK_BATCH, (batch_id,))

    def newest_batch(self, listing_id: int) -> BatchRecord | None:
        """The batch that a listing shows."""
        return self._batch(queries.NEWEST_BATCH, (listing_id,))

    def batches_by_status(self, listing_id: int, status: str) -> list[BatchRecord]:
        """Up to 50 batches of a listing in one status, newest first."""
        return [BatchRecord.from_row(row) for row in self._rows(queries.BATCHES_BY_STATUS, (listing_id, status))]

    def stuck_batches(self, received_before: datetime) -> list[Row]:
        """Up to 100 batches without a result, oldest first."""
        return self._rows(queries.STUCK_BATCHES, (received_before,))

    def save_progress(self, batch: BatchRecord) -> None:
        """Write all that may change in a batch after its registration."""
        self._cursor.execute(
            queries.SAVE_PROGRESS,
            {
                "id": batch.id,
                "status": batch.status,
                "processing_metadata_json": as_json(batch.processing_metadata),
                "received_at": batch.received_at,
                "processing_started_at": batch.processing_started_at,
                "processing_finished_at": batch.processing_finished_at,
                "error_code": batch.error_code,
                "error_detail": batch.error_detail,
            },
        )

    def assets(self, batch_id: int) -> list[Row]:
        """A batch's assets by sequence, JSON decoded."""
        return self._decoded(queries.ASSETS_IN_ORDER, (batch_id,), "variant_metadata_json")

    def replace_outputs(self, batch_id: int, rows: Sequence[Row]) -> None:
        """Make the assets' results exactly these; an asset that has none here has none afterwards."""
        self._cursor.execute(queries.FORGET_OUTPUTS, (batch_id,))
        encoded = [row | {"variant_metadata_json": as_json(row["variant_metadata_json"])} for row in rows]
        self._cursor.executemany(queries.SAVE_OUTPUT, encoded)

    def jobs(self, batch_id: int) -> list[Row]:
        """A batch's jobs, newest first, JSON decoded."""
        return self._decoded(queries.JOBS, (batch_id,), "input_payload_json", "output_payload_json")

    def last_job(self, batch_id: int) -> Row | None:
        """A batch's newest job."""
        return next(
            iter(self._decoded(queries.LAST_JOB, (batch_id,), "input_payload_json", "output_payload_json")), None
        )

    def save_job(self, job: Row) -> None:
        """Add a job, or bring the one with the same batch, provider and external id up to date."""
        encoded = job | {name: as_json(job[name]) for name in ("input_payload_json", "output_payload_json")}
        known = self._rows(queries.JOB, encoded)
        self._cursor.execute(*((queries.UPDATE_JOB, encoded | known[0]) if known else (queries.INSERT_JOB, encoded)))

    def _batch(self, query: str, arguments: tuple[int, ...]) -> BatchRecord | None:
        rows = self._rows(query, arguments)
        return BatchRecord.from_row(rows[0]) if rows else None

    def _rows(self, query: str, arguments: tuple[object, ...] | Row) -> list[Row]:
        self._cursor.execute(query, arguments)
        return list(self._cursor.fetchall())

    def _decoded(self, query: str, arguments: tuple[object, ...], *columns: str) -> list[Row]:
        rows = self._rows(query, arguments)
        return [row | {name: row[name] and json.loads(row[name]) for name in columns} for row in rows]


def as_json(value: object) -> str | None:
    """Text for a JSON column; None stays SQL's NULL."""
    return None if value is None else json.dumps(value, ensure_ascii=False)


@contextmanager
def transaction(url: DatabaseUrl) -> Iterator[Repository]:
    """Run the block in one transaction on a connection of its own; an exception rolls it back.

    Raises
    ------
    pymysql.Error
        As the server or the network says it.
    """
    connection = url.connect(autocommit=False, read_timeout=30, write_timeout=30)
    try:
        with connection.cursor() as cursor:
            yield Repository(cursor)
        connection.commit()
    finally:
        connection.close()  # the server rolls back what was not committed
