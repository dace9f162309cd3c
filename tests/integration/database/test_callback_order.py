"""Deliveries come twice, late and in any order; the rows end up as if they had come once and in order."""

import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from pymysql.cursors import DictCursor

from localstack.backend import callbacks
from localstack.backend.callbacks import Callback
from localstack.backend.repository import Repository, transaction
from tests.support.callback_bodies import LISTING, START, body, job, output
from tests.support.database.schema import Schema

SEQUENCES: Final = {"mysql": 1_000, "mariadb": 100}
KEYS: Final = [f"{LISTING}/raw/photo/vertical/2026-11-22/{number}.jpg" for number in range(3)]


class Batches:
    """The application's own connection, one transaction per delivery."""

    def __init__(self, schema: Schema) -> None:
        self._connection = schema.application_url.connect(autocommit=False)

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[Repository]:
        with self._connection.cursor(DictCursor) as cursor:
            yield Repository(cursor)
        self._connection.commit()

    def register(self, attempts: int) -> int:
        """A batch that the pipeline has been asked for so many times."""
        with self.transaction() as repository:
            batch_id = repository.insert_batch(LISTING, 1, {"uploadedBy": "PHOTOGRAPHER"})
            repository.insert_assets([asset(batch_id, number, key) for number, key in enumerate(KEYS)])
            batch = repository.lock_batch(batch_id)
            assert batch
            batch.status, batch.received_at = "PROCESSING", datetime(2026, 11, 22, 9, 59)
            batch.processing_metadata = {"attempt": attempts - 1}
            repository.save_progress(batch)
        return batch_id

    def deliver(self, batch_id: int, event: dict[str, Any]) -> bool:
        with self.transaction() as repository:
            return callbacks.apply(repository, Callback.model_validate_json(json.dumps(of_batch(event, batch_id))))

    def state(self, batch_id: int) -> dict[str, Any]:
        """All that the tables hold of the newest attempt, but for ids."""
        with self.transaction() as repository:
            batch = repository.find_batch(batch_id)
            assert batch
            newest = batch.attempt
            text = {
                "status": batch.status,
                "metadata": batch.processing_metadata,
                "times": (batch.received_at, batch.processing_started_at, batch.processing_finished_at),
                "error": (batch.error_code, batch.error_detail),
                "assets": [without_ids(row) for row in repository.assets(batch_id)],
                "jobs": sorted(
                    json.dumps(without_ids(row), default=str, sort_keys=True)
                    for row in repository.jobs(batch_id)
                    if row["input_payload_json"]["attempt"] == newest
                ),
            }
        return dict(json.loads(json.dumps(text, default=str).replace(f"batch-{batch_id}-", "batch-N-")))


@pytest.fixture
def batches(migrated: Schema) -> Iterator[Batches]:
    batches = Batches(migrated)
    yield batches
    batches.close()


def test_random_sequences_end_as_the_run_in_order(batches: Batches, request: pytest.FixtureRequest) -> None:
    dice = random.Random(20261122)  # noqa: S311 - a sequence that can be repeated
    ends: dict[str, Any] = {}
    for _ in range(SEQUENCES[request.node.callspec.params["empty"]]):
        story = dice.choice(STORIES)
        if story.name not in ends:
            ends[story.name] = run_in_order(batches, story.attempts)
        deliveries = [event for events in story.attempts for event in events for _ in range(dice.choice((1, 1, 2, 3)))]
        dice.shuffle(deliveries)
        batch_id = batches.register(len(story.attempts))
        for event in deliveries:
            batches.deliver(batch_id, resent(event, dice))
        assert batches.state(batch_id) == ends[story.name], (
            f"{story.name}: {[event['eventId'] for event in deliveries]}"
        )


def run_in_order(batches: Batches, attempts: list[list[dict[str, Any]]]) -> dict[str, Any]:
    batch_id = batches.register(len(attempts))
    for events in attempts:
        for event in events:
            batches.deliver(batch_id, event)
    return batches.state(batch_id)


def test_a_second_delivery_changes_nothing(batches: Batches) -> None:
    batch_id = batches.register(attempts=1)
    assert batches.deliver(batch_id, success(0))
    before = batches.state(batch_id)
    assert not batches.deliver(batch_id, success(0))
    assert batches.state(batch_id) == before


def test_an_older_attempt_after_a_newer_one_changes_nothing(batches: Batches) -> None:
    batch_id = batches.register(attempts=2)
    assert batches.deliver(batch_id, success(1))
    before = batches.state(batch_id)
    assert not batches.deliver(batch_id, failure(0))
    assert batches.state(batch_id) == before


def test_an_older_attempt_says_nothing_once_a_newer_one_was_asked_for(batches: Batches) -> None:
    batch_id = batches.register(attempts=2)
    before = batches.state(batch_id)
    assert not batches.deliver(batch_id, success(0))
    assert batches.state(batch_id) == before


def test_an_attempt_that_the_backend_did_not_ask_for_counts(batches: Batches) -> None:
    """An operator starts one by hand."""
    batch_id = batches.register(attempts=1)
    batches.deliver(batch_id, success(5))
    assert batches.state(batch_id)["metadata"]["attempt"] == 5
    assert not batches.deliver(batch_id, success(0))


def test_a_failed_batch_becomes_ready_when_its_late_video_arrives(batches: Batches) -> None:
    batch_id = batches.register(attempts=1)
    first, second = late_video(0)
    assert batches.deliver(batch_id, first)
    assert batches.state(batch_id)["status"] == "FAILED"
    assert batches.deliver(batch_id, second)
    assert batches.state(batch_id)["status"] == "READY"
    assert not batches.deliver(batch_id, first)


def test_two_attempts_delivered_at_once_leave_the_newer(migrated: Schema, batches: Batches) -> None:
    """Twenty races; the row lock lets one in after the other."""
    for _ in range(20):
        batch_id = batches.register(attempts=2)
        start = threading.Barrier(2)
        errors: list[Exception] = []

        def deliver(
            event: dict[str, Any], batch_id: int = batch_id, start: threading.Barrier = start, errors: Any = errors
        ) -> None:
            parsed = Callback.model_validate_json(json.dumps(of_batch(event, batch_id)))
            start.wait()
            try:
                with transaction(migrated.application_url) as repository:
                    callbacks.apply(repository, parsed)
            except Exception as error:  # noqa: BLE001 - reported by the test's own thread
                errors.append(error)

        threads = [threading.Thread(target=deliver, args=(event,)) for event in (failure(0), success(1))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert batches.state(batch_id)["status"] == "READY"


def asset(batch_id: int, number: int, key: str) -> dict[str, Any]:
    return {
        "batch_id": batch_id,
        "asset_type": "PHOTO_VERTICAL",
        "orientation": "VERTICAL",
        "source_key": key,
        "checksum_sha256": "cd" * 32,
        "content_type": "image/jpeg",
        "bytes": 10,
        "title": None,
        "sequence": number,
    }


def without_ids(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("id", "batch_id")}


def success(attempt: int) -> dict[str, Any]:
    outputs = [output(key, bytes=1000 + attempt) for key in KEYS]
    return body(0, attempt, outputs=outputs)


def partial(attempt: int) -> dict[str, Any]:
    """One photo was corrupt, and one is not mentioned at all."""
    corrupt = output(KEYS[1], processedKey=None, thumbnailKey=None, outputs={}, errorCode="IMAGE_CORRUPT")
    return body(0, attempt, outputs=[output(KEYS[0]), corrupt])


def failure(attempt: int) -> dict[str, Any]:
    error = {"code": "States.Timeout", "message": "the execution took too long", "details": {"state": "ZipBundle"}}
    return body(0, attempt, status="PROCESSING_FAILED", error=error, failureReason=error["message"], zipBundles=[])


def late_video(attempt: int) -> list[dict[str, Any]]:
    """An execution that timed out, and the same attempt once reconcile has the video that MediaConvert finished."""
    ended = failure(attempt)
    video = job("MEDIACONVERT", "1700000000000-abc", START, START + timedelta(hours=attempt + 2))
    execution = ended["jobs"][0] | {"finishedAt": video["finishedAt"]}
    members = {"eventId": f"{ended['eventId']}-late", "outputs": [output(KEYS[2])], "jobs": [execution, video]}
    return [ended, success(attempt) | members]


class Story:
    """What happened to a batch: for each attempt, the events that it sent, in order."""

    def __init__(self, name: str, *attempts: list[dict[str, Any]]) -> None:
        self.name = name
        self.attempts = list(attempts)


STORIES: Final = [
    Story("once", [success(0)]),
    Story("failed", [failure(0)]),
    Story("failed, then good", [failure(0)], [success(1)]),
    Story("good, then failed", [success(0)], [failure(1)]),
    Story("three attempts", [partial(0)], [failure(1)], [success(2)]),
    Story("good, then partial", [success(0)], [partial(1)]),
    Story("late video", late_video(0)),
    Story("late video of an older attempt", late_video(0), [partial(1)]),
    Story("late video of the newest attempt", [success(0)], late_video(1)),
    Story("five attempts", [failure(0)], late_video(1), [partial(2)], [success(3)], late_video(4)),
]


def of_batch(event: dict[str, Any], batch_id: int) -> dict[str, Any]:
    named = json.loads(json.dumps(event).replace("batch-0-", f"batch-{batch_id}-"))
    return dict(named) | {"batchId": batch_id}


def resent(event: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    """The same event in a later delivery: only the moment of sending differs."""
    return event | {"sentAt": f"2026-11-23T{dice.randrange(24):02}:00:00Z"}
