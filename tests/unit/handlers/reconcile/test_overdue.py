"""An execution whose event got lost is found by looking for it."""

import datetime
import json
from collections.abc import Iterator
from typing import Any

import pytest

from handlers.contract.batch import Batch
from handlers.contract.names import ManifestFile
from handlers.reconcile import handler as reconcile
from handlers.reconcile.overdue import GRACE, LOOKED_BACK, SECONDS, Overdue
from handlers.reconcile.reconciliation import Reconciliation
from handlers.runtime.store import MediaStore
from tests.support.builders import EXECUTION_ARN, MACHINE_ARN
from tests.support.lambda_context import LambdaContext
from tests.unit.handlers.reconcile.conftest import CallbackFunction

NOW = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)


class Machine:
    """A state machine with its ended executions, the newest first, a page of two at a time."""

    def __init__(self) -> None:
        self.ended: list[dict[str, Any]] = []
        self.inputs: dict[str, str] = {}
        self.pages = 0

    def add(self, batch: Batch, status: str, started: datetime.datetime, stopped: datetime.datetime) -> str:
        arn = f"{EXECUTION_ARN}{len(self.ended) or ''}"
        entry = {"executionArn": arn, "status": status, "startDate": started, "stopDate": stopped}
        self.ended.append(entry)
        self.ended.sort(key=lambda each: each["startDate"], reverse=True)
        self.inputs[arn] = json.dumps(batch.to_state())
        return arn

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:
        [entry] = [each for each in self.ended if each["executionArn"] == executionArn]
        return {**entry, "input": self.inputs[executionArn]}

    def get_paginator(self, operation: str) -> "Machine":
        assert operation == "list_executions"
        return self

    def paginate(self, *, stateMachineArn: str, statusFilter: str) -> Iterator[dict[str, Any]]:
        assert stateMachineArn == MACHINE_ARN
        found = [each for each in self.ended if each["status"] == statusFilter]
        for start in range(0, len(found), 2):
            self.pages += 1
            yield {"executions": found[start : start + 2]}


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def overdue(machine: Machine, store: MediaStore, callback: CallbackFunction) -> Overdue:
    working: Any = Reconciliation(store, machine, callback, "listing-media-callback-dispatch")  # type: ignore[arg-type]
    return Overdue(machine, MACHINE_ARN, working.end_execution)  # type: ignore[arg-type]


def ended(overdue: Overdue) -> int:
    return overdue.end_all(NOW, lambda: 0.0)


@pytest.mark.usefixtures("validated")
@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_a_batch_whose_execution_ended_unheard_gets_its_callback_once(
    overdue: Overdue, machine: Machine, batch: Batch, callback: CallbackFunction, status: str
) -> None:
    machine.add(batch, status, NOW - HOUR, NOW - 2 * GRACE)

    assert (ended(overdue), ended(overdue)) == (1, 0)

    (event,) = callback.events
    assert event["batch"] == batch.to_state()
    assert callback.result(batch)["jobs"][0]["status"] == status


@pytest.mark.usefixtures("validated")
def test_an_execution_that_ended_just_now_is_left_to_its_event(
    overdue: Overdue, machine: Machine, batch: Batch, callback: CallbackFunction
) -> None:
    machine.add(batch, "ABORTED", NOW - HOUR, NOW - GRACE / 2)
    assert ended(overdue) == 0
    assert callback.events == []


def test_what_was_told_and_what_succeeded_is_no_matter(
    overdue: Overdue, machine: Machine, store: MediaStore, batch: Batch, callback: CallbackFunction
) -> None:
    store.put_json(batch.file(ManifestFile.RECEIPT), {"eventId": "x"})
    machine.add(batch, "FAILED", NOW - HOUR, NOW - 2 * GRACE)
    machine.add(batch, "SUCCEEDED", NOW - HOUR, NOW - 2 * GRACE)
    assert ended(overdue) == 0
    assert callback.events == []


def test_no_more_pages_are_asked_for_than_the_time_looked_back_has(
    overdue: Overdue, machine: Machine, batch: Batch
) -> None:
    for number in range(1, 9):
        machine.add(batch, "FAILED", NOW - number * LOOKED_BACK, NOW - number * LOOKED_BACK + GRACE)
    assert ended(overdue) == 0
    assert machine.pages == 1


@pytest.mark.usefixtures("validated")
def test_an_execution_that_cannot_be_ended_now_stops_no_other_and_is_ended_next_time(
    overdue: Overdue, machine: Machine, batch: Batch, callback: CallbackFunction
) -> None:
    by_hand = machine.add(batch, "FAILED", NOW - HOUR, NOW - 2 * GRACE)
    machine.inputs[by_hand] = "{}"
    machine.add(batch, "ABORTED", NOW - HOUR / 2, NOW - 2 * GRACE)
    callback.error = {"errorType": "CallbackUnavailable"}
    assert ended(overdue) == 0

    callback.error = None
    assert ended(overdue) == 1


@pytest.mark.usefixtures("validated")
def test_nothing_is_taken_up_when_the_time_is_nearly_over(
    overdue: Overdue, machine: Machine, batch: Batch, callback: CallbackFunction
) -> None:
    machine.add(batch, "ABORTED", NOW - HOUR, NOW - 2 * GRACE)
    assert overdue.end_all(NOW, lambda: SECONDS + 1) == 0
    assert callback.events == []


@pytest.mark.usefixtures("validated")
def test_the_schedules_event_makes_the_function_look(
    overdue: Overdue, machine: Machine, batch: Batch, callback: CallbackFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.datetime.now(datetime.UTC)
    machine.add(batch, "TIMED_OUT", now - HOUR, now - 2 * GRACE)
    monkeypatch.setattr(reconcile, "_overdue", lambda: overdue)
    body = json.dumps({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}})
    record = {"messageId": "m1", "body": body, "eventSource": "aws:sqs", "attributes": {}}

    assert reconcile.handler({"Records": [record]}, LambdaContext()) == {"batchItemFailures": []}

    assert len(callback.events) == 1
