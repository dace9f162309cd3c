import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from localstack.backend import callbacks
from localstack.backend.callbacks import Callback, is_newer
from localstack.backend.errors import RequestError
from localstack.backend.repository import BatchRecord
from tests.support.callback_bodies import LISTING, START, body, callback, iso, job, output

KEY = f"{LISTING}/raw/photo/vertical/2026-11-22/1.jpg"


class Rows:
    """The repository's part in `callbacks.apply`, without a database."""

    def __init__(self, batch: BatchRecord | None) -> None:
        self.batch = batch
        self.outputs: list[dict[str, Any]] = []
        self.saved_jobs: list[dict[str, Any]] = []

    def lock_batch(self, batch_id: int) -> BatchRecord | None:
        return self.batch

    def save_progress(self, batch: BatchRecord) -> None:
        self.batch = batch

    def assets(self, batch_id: int) -> list[dict[str, Any]]:
        return [{"id": 11, "source_key": KEY}]

    def replace_outputs(self, batch_id: int, rows: list[dict[str, Any]]) -> None:
        self.outputs = rows

    def save_job(self, job: dict[str, Any]) -> None:
        self.saved_jobs.append(job)


def record(attempt: int = 0) -> BatchRecord:
    received = datetime(2026, 11, 22, 9, 59)
    return BatchRecord(7, LISTING, 1, "PROCESSING", {}, {"attempt": attempt}, received)


def applied(*events: Callback, attempt: int = 0) -> Rows:
    rows = Rows(record(attempt))
    for event in events:
        callbacks.apply(rows, event)  # type: ignore[arg-type]
    return rows


def batch_of(rows: Rows) -> BatchRecord:
    assert rows.batch
    return rows.batch


def test_success_makes_a_batch_ready() -> None:
    batch = batch_of(applied(callback(7)))
    assert (batch.status, batch.error_code, batch.error_detail) == ("READY", None, None)
    assert batch.processing_started_at == START.replace(tzinfo=None)
    assert batch.processing_finished_at == (START + timedelta(seconds=90)).replace(tzinfo=None)


def test_a_batch_with_a_failed_asset_is_ready_and_names_it() -> None:
    failed = output(KEY, errorCode="IMAGE_CORRUPT", errorMessage="truncated", processedKey=None, outputs={})
    rows = applied(callback(7, outputs=[failed]))
    batch = batch_of(rows)
    assert batch.status == "READY"
    assert batch.processing_metadata["callback"]["failedAssets"] == [
        {"sequence": 1, "rawKey": KEY, "errorCode": "IMAGE_CORRUPT", "errorMessage": "truncated"}
    ]
    assert rows.outputs[0]["variant_metadata_json"]["errorCode"] == "IMAGE_CORRUPT"


@pytest.mark.parametrize(
    ("members", "code", "detail"),
    [
        ({"error": {"code": "ZIP_FAILED", "message": "disk", "details": {}}}, "ZIP_FAILED", "disk"),
        ({"failureReason": "no asset is valid"}, "VALIDATION_FAILED", "no asset is valid"),
        ({"error": {"code": "x" * 80, "message": ""}}, "x" * 50, None),
    ],
)
def test_a_failure_says_why(members: dict[str, Any], code: str, detail: str | None) -> None:
    batch = batch_of(applied(callback(7, status="VALIDATION_FAILED", **members)))
    assert (batch.status, batch.error_code, batch.error_detail) == ("FAILED", code, detail)


def test_an_outputs_measures_become_the_assets_columns() -> None:
    video = output(KEY, width=1920, height=1080, durationSeconds=12.6)
    [row] = applied(callback(7, outputs=[video])).outputs
    assert (row["id"], row["resolution"], row["duration_seconds"]) == (11, "1920x1080", 13)
    assert row["variant_metadata_json"]["processed"]["bytes"] == 1000


def test_a_processed_asset_with_an_error_keeps_both() -> None:
    without_variant = output(KEY, errorCode="VARIANT_TOO_LARGE", errorMessage="processed, but without portal")
    [row] = applied(callback(7, outputs=[without_variant])).outputs
    kept = row["variant_metadata_json"]
    assert (kept["errorCode"], kept["processed"]["bytes"]) == ("VARIANT_TOO_LARGE", 1000)


def test_what_a_page_shows_is_kept_with_the_variants() -> None:
    page = {"placeholder": "data:image/webp;base64,UklGRg==", "dominantColour": "#0a0b0c", "duplicateOf": 0}
    [row] = applied(callback(7, outputs=[output(KEY, projection="equirectangular", **page)])).outputs
    kept = row["variant_metadata_json"]
    assert {name: kept.get(name) for name in (*page, "projection")} == page | {"projection": "equirectangular"}
    [row] = applied(callback(7, outputs=[output(KEY)])).outputs
    assert set(row["variant_metadata_json"]) == {"outputs", "processed"}


def test_an_output_of_an_asset_that_was_never_registered_is_left_out() -> None:
    assert applied(callback(7, outputs=[output("42/raw/photo/vertical/2026-11-22/other.jpg")])).outputs == []


def test_the_execution_is_the_batchs_last_job() -> None:
    video = job("MEDIACONVERT", "1700000000000-abc", START, START + timedelta(seconds=60))
    execution = body(7)["jobs"][0]
    rows = applied(callback(7, jobs=[execution, video]))
    assert [row["provider"] for row in rows.saved_jobs] == ["MEDIACONVERT", "STEP_FUNCTIONS"]


def test_an_execution_that_the_jobs_leave_out_gets_its_row() -> None:
    [row] = applied(callback(7, jobs=[])).saved_jobs
    assert row["external_job_id"].endswith("batch-7-0")
    assert row["status"] == "SUCCEEDED"


def test_a_job_that_was_never_created_has_no_row() -> None:
    video = job("MEDIACONVERT", None, START, None)
    assert len(applied(callback(7, jobs=[video, body(7)["jobs"][0]])).saved_jobs) == 1


def test_times_of_two_clocks_never_end_before_they_begin() -> None:
    rows = applied(callback(7, startedAt=iso(START + timedelta(hours=1))))
    assert batch_of(rows).processing_finished_at == batch_of(rows).processing_started_at
    backwards = job("MEDIACONVERT", "1-a", START, START - timedelta(seconds=1))
    [row, _] = applied(callback(7, jobs=[backwards, body(7)["jobs"][0]])).saved_jobs
    assert row["finished_at"] == row["started_at"]


def test_a_batch_of_another_listing_is_refused() -> None:
    with pytest.raises(RequestError, match="is not of listing 43"):
        applied(callback(7, listingId=43))


def test_an_unknown_batch_is_refused() -> None:
    with pytest.raises(RequestError, match="batch 7 does not exist"):
        callbacks.apply(Rows(None), callback(7))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "event", "news"),
    [
        (None, callback(7, 0), True),
        (callback(7, 0), callback(7, 0), False),
        (callback(7, 0), callback(7, 1), True),
        (callback(7, 1), callback(7, 0), False),
        (callback(7, 0), callback(7, 0, sentAt=iso(START + timedelta(days=1))), False),
    ],
)
def test_news_is_what_is_newer_than_what_the_rows_show(known: Callback | None, event: Callback, news: bool) -> None:
    rows = applied(*([known] if known else []))
    assert is_newer(batch_of(rows), event) is news


def test_nothing_is_news_from_an_attempt_before_the_one_that_was_asked_for() -> None:
    assert not is_newer(record(attempt=2), callback(7, 1))


def test_a_later_result_of_the_same_attempt_is_news_and_an_earlier_one_is_not() -> None:
    late_job = body(7)["jobs"][0] | {"finishedAt": iso(START + timedelta(hours=2))}
    later = callback(7, eventId="another", jobs=[late_job])
    assert is_newer(batch_of(applied(callback(7))), later)
    assert not is_newer(batch_of(applied(later)), callback(7))


def test_ids_may_be_text() -> None:
    event = Callback.model_validate_json(json.dumps(body(7) | {"batchId": "7", "listingId": str(LISTING)}))
    assert (event.batch_id, event.listing_id) == (7, LISTING)


@pytest.mark.parametrize(
    "members",
    [
        {"batchId": "seven"},
        {"attempt": -1},
        {"status": "DONE"},
        {"sentAt": "yesterday"},
        {"sentAt": "2026-11-22T10:00:00"},
        {"eventId": ""},
        {"outputs": [{}]},
        {"jobs": [{"provider": "LAMBDA", "externalJobId": "x", "status": "OK"}]},
        {"outputs": [output(KEY, processedKey="k" * 513)]},
    ],
)
def test_a_malformed_body_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        callback(7, **members)


def test_the_moment_of_the_result_does_not_depend_on_when_it_is_sent() -> None:
    assert callback(7).concluded_at == START + timedelta(seconds=90)
    sent = datetime(2026, 11, 23, tzinfo=UTC)
    assert callback(7, jobs=[], sentAt=iso(sent)).concluded_at == sent
