"""Batches that failed are found by their executions, and started again in bulk."""

from dataclasses import replace

import pytest

from handlers.contract.batch import Batch
from handlers.runtime.store import MediaStore
from operations.failed_batches import find_failed
from operations.replay import replay_all
from operations.selection import Selection
from tests.support.builders import DATE
from tests.unit.operations.test_replay import Machine, second_attempt


@pytest.fixture
def machine(store: MediaStore) -> Machine:
    return Machine(store)


def other(batch: Batch, number: int) -> Batch:
    return replace(batch, batch_id=number, manifest_prefix=f"42/processed/manifest/{DATE}/batch-{number}-0/")


def found(machine: Machine, selection: Selection | None = None) -> list[str]:
    return [each.batch_id for each in find_failed(machine.client, machine.arn, selection or Selection())]


def test_a_batch_whose_newest_attempt_failed_is_found_once(machine: Machine, batch: Batch) -> None:
    machine.attempt(batch)
    machine.attempt(second_attempt(batch))
    machine.attempt(other(batch, 8))
    assert found(machine) == ["7", "8"]


def test_one_that_is_at_work_again_is_not(machine: Machine, batch: Batch) -> None:
    machine.attempt(batch)
    machine.attempt(second_attempt(batch), status="RUNNING")
    assert found(machine) == []


def test_an_execution_of_another_name_is_nobodys_batch(machine: Machine, batch: Batch) -> None:
    arn = machine.client.start_execution(stateMachineArn=machine.arn, name="by-hand", input="{}")["executionArn"]
    machine.client.stop_execution(executionArn=arn)
    assert found(machine) == []


def test_moment_and_reason_select(machine: Machine, batch: Batch) -> None:
    machine.attempt(batch)
    assert found(machine, Selection(since=9e9)) == []
    assert found(machine, Selection(reason="aborted")) == ["7"]
    assert found(machine, Selection(reason="timed_out")) == []


def test_each_is_started_again_and_told(machine: Machine, batch: Batch, capsys: pytest.CaptureFixture[str]) -> None:
    machine.attempt(batch)
    machine.attempt(other(batch, 8), written=False)
    failed = find_failed(machine.client, machine.arn, Selection())
    assert replay_all(machine.replay(), failed, dry_run=False) == 1
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.endswith("-> attempt 1 started")
    assert "batch 8  ABORTED  -> stays: batch 8 has no" in second
    assert last == "1 batches started, 1 stay"
    described = machine.client.list_executions(stateMachineArn=machine.arn)["executions"]
    assert {each["name"] for each in described} == {"batch-7-0", "batch-7-1", "batch-8-0"}


def test_a_dry_run_starts_none(machine: Machine, batch: Batch, capsys: pytest.CaptureFixture[str]) -> None:
    machine.attempt(batch)
    failed = find_failed(machine.client, machine.arn, Selection())
    assert replay_all(machine.replay(), failed, dry_run=True) == 0
    assert "1 batches shown, none was started" in capsys.readouterr().out
    executions = machine.client.list_executions(stateMachineArn=machine.arn)["executions"]
    assert [each["name"] for each in executions] == ["batch-7-0"]
