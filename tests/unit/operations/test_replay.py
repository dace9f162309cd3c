"""`make replay BATCH=...`: a new attempt with the old input, and clear words where there can be none."""

import json
from pathlib import Path
from typing import Any

import pytest

from handlers.contract.batch import Asset, Batch
from handlers.contract.media_types import MediaType
from handlers.contract.names import ManifestFile
from handlers.runtime.store import MediaStore
from operations.replay import Replay, describe_reuse, main
from tests.support.builders import DATE, JPEG, REGION, announced, aws_client, raw_key
from toolchain.errors import SetupError

DEFINITION = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}


class Machine:
    """A state machine with executions of earlier attempts."""

    def __init__(self, store: MediaStore) -> None:
        self.store = store
        self.client = aws_client("stepfunctions")
        self.arn = self.client.create_state_machine(
            name="listing-media-processing-sm",
            definition=json.dumps(DEFINITION),
            roleArn="arn:aws:iam::123456789012:role/states",
        )["stateMachineArn"]

    def attempt(self, batch: Batch, *, status: str = "FAILED", written: bool = True) -> str:
        if written:
            document = batch.to_state() | {"assets": [announced(JPEG) | {"title": None}]}
            self.store.put_json(batch.file(ManifestFile.INPUT), document)
        arn: str = self.client.start_execution(
            stateMachineArn=self.arn, name=batch.execution_name, input=json.dumps(batch.to_state())
        )["executionArn"]
        if status != "RUNNING":
            self.client.stop_execution(executionArn=arn)
        return arn

    def validate(self, batch: Batch, *assets: Asset) -> None:
        """Write what validate writes."""
        self.store.put_json(batch.file(ManifestFile.ASSETS), {"assets": [asset.to_json() for asset in assets]})

    def replay(self) -> Replay:
        return Replay(self.store, self.client, self.arn)


def second_attempt(batch: Batch) -> Batch:
    return Batch(7, 42, 1, batch.traceparent, f"42/processed/manifest/{DATE}/batch-7-1/")


def line(index: int, media_type: MediaType = MediaType.PHOTO_VERTICAL, **changes: Any) -> Asset:
    return Asset(index, raw_key(f"{index}.x", media_type), media_type.asset_type, "x", 1, "0" * 64, index, **changes)


@pytest.fixture
def machine(store: MediaStore) -> Machine:
    return Machine(store)


def test_the_next_attempt_starts_from_the_last_ones_input(machine: Machine, batch: Batch) -> None:
    machine.attempt(batch)
    new, arn = machine.replay().start("7")
    assert (new.attempt, new.batch_id, new.listing_id, new.traceparent) == (1, 7, 42, batch.traceparent)
    assert new.manifest_prefix == f"42/processed/manifest/{DATE}/batch-7-1/"
    written = machine.store.get_json(new.file(ManifestFile.INPUT))
    assert written["assets"] == machine.store.get_json(batch.file(ManifestFile.INPUT))["assets"]
    assert written["attempt"] == 1
    described = machine.client.describe_execution(executionArn=arn)
    assert described["name"] == "batch-7-1"
    assert json.loads(described["input"]) == new.to_state()


def test_the_last_of_several_attempts_is_replayed(machine: Machine, batch: Batch) -> None:
    machine.attempt(batch)
    machine.attempt(second_attempt(batch))
    assert machine.replay().start("7")[0].attempt == 2


def test_a_batch_at_work_is_left_alone(machine: Machine, batch: Batch) -> None:
    machine.attempt(batch, status="RUNNING")
    with pytest.raises(SetupError, match="still at work"):
        machine.replay().start("7")


def test_a_batch_that_was_never_started_is_unknown(machine: Machine) -> None:
    with pytest.raises(SetupError, match="no execution"):
        machine.replay().start("7")


def test_a_batch_whose_input_is_gone_cannot_be_replayed(machine: Machine, batch: Batch) -> None:
    machine.attempt(batch, written=False)
    with pytest.raises(SetupError, match="ask the backend"):
        machine.replay().start("7")


def test_an_execution_by_hand_is_started_again_by_hand(machine: Machine) -> None:
    arn = machine.client.start_execution(stateMachineArn=machine.arn, name="batch-7-0", input='{"batchId": 7}')
    machine.client.stop_execution(executionArn=arn["executionArn"])
    with pytest.raises(SetupError, match="by hand"):
        machine.replay().start("7")


@pytest.fixture
def outputs(machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    values = {
        "region": REGION,
        "media_bucket": machine.store.bucket,
        "queue_url": "q",
        "dead_letter_queue_url": "d",
        "event_queue_url": "e",
        "event_dead_letter_queue_url": "f",
        "state_machine_arn": machine.arn,
        "function_arns": {},
    }
    path = tmp_path / "outputs.json"
    path.write_text(json.dumps(values))
    monkeypatch.setenv("TOQ_OUTPUTS", str(path))
    return values


@pytest.mark.usefixtures("outputs")
def test_the_command_says_what_it_started_and_what_that_reuses(
    machine: Machine, batch: Batch, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.attempt(batch)
    machine.validate(second_attempt(batch), line(0, reused=True))
    assert main(["--batch", "7"]) == 0
    started, reused = capsys.readouterr().out.splitlines()
    assert started.startswith("batch 7, attempt 1: arn:aws:states:")
    assert reused == "reused: 1 of 1 photo"


def test_what_is_reused_is_known_once_the_assets_are_validated(machine: Machine, batch: Batch) -> None:
    arn = machine.attempt(batch, status="RUNNING")
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            machine.validate(batch, line(0, reused=True))

    assert machine.replay().validated(batch, arn, pause) == [line(0, reused=True)]
    assert pauses == [1.0] * 3


def test_an_execution_that_ended_before_validation_reuses_nothing_known(machine: Machine, batch: Batch) -> None:
    arn = machine.attempt(batch)
    assert machine.replay().validated(batch, arn, lambda _seconds: None) is None
    assert describe_reuse(None) == "reused: not known, the assets were not validated; see the execution"


def test_a_validation_that_never_ends_is_not_waited_for(machine: Machine, batch: Batch) -> None:
    arn = machine.attempt(batch, status="RUNNING")
    pauses: list[float] = []
    assert machine.replay().validated(batch, arn, pauses.append) is None
    assert sum(pauses) == 600


def test_reuse_is_told_by_kind_of_what_is_valid() -> None:
    video, document = MediaType.VIDEO_VERTICAL, MediaType.PROJECT_DOC
    photos = [line(0, reused=True), line(1), line(2, error_code="NOT_FOUND")]
    assert describe_reuse([*photos, line(3, video, reused=True), line(4, video), line(5, document)]) == (
        "reused: 1 of 2 photos, 1 of 2 videos, 0 of 1 document"
    )
    assert describe_reuse(photos[2:]) == "reused: nothing, no asset is valid"


@pytest.mark.usefixtures("outputs")
@pytest.mark.parametrize(("given", "word"), [("7", "no execution"), ("../7", "no batch id"), ("", "no batch id")])
def test_bad_input_is_one_line_and_exit_code_2(capsys: pytest.CaptureFixture[str], given: str, word: str) -> None:
    assert main(["--batch", given]) == 2
    said = capsys.readouterr().err
    assert said.startswith("replay: ")
    assert word in said
    assert said.count("\n") == 1


def test_a_call_without_a_batch_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2
    assert "--batch" in capsys.readouterr().err
