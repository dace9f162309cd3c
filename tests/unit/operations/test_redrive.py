"""`make redrive`: every message is shown, goes where it belongs, and none is lost."""

import io
import json
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handlers.contract.batch import Batch
from handlers.contract.names import ManifestFile
from handlers.runtime.dead_letters import DeadLetterCode, DeadLetterQueue
from operations import redrive as command
from operations.dead_letters import DeadLetter, Route
from operations.deployment import DeployedResources
from operations.redrive import Redrive, main, run
from tests.support.builders import BUCKET, EXECUTION_ARN, MACHINE_ARN, REGION, TRACEPARENT, aws_client, message

ATTRIBUTES = {
    name: {"DataType": "String", "StringValue": value}
    for name, value in {"Traceparent": TRACEPARENT, "ListingId": "42", "BatchId": "7"}.items()
}


class Functions:
    """The Lambda functions that a redrive calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.error: dict[str, str] | None = None

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:
        self.calls.append((FunctionName, json.loads(Payload)))
        if self.error:
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(json.dumps(self.error).encode())}
        return {"Payload": io.BytesIO(b"{}")}


class Queues:
    """The queues of batches and of events, and their dead-letter queues."""

    def __init__(self) -> None:
        self.client = aws_client("sqs")
        self.main = self.client.create_queue(QueueName="listing-media-processing")["QueueUrl"]
        self.dead = self.client.create_queue(QueueName="listing-media-processing-dlq")["QueueUrl"]
        self.functions = Functions()
        self.events = self.client.create_queue(QueueName="listing-media-events")["QueueUrl"]
        self.dead_events = self.client.create_queue(QueueName="listing-media-events-dlq")["QueueUrl"]
        arns = {"listing-media-callback-dispatch": "arn:listing-media-callback-dispatch"}
        self.deployment = DeployedResources(
            REGION, BUCKET, self.main, self.dead, self.events, self.dead_events, MACHINE_ARN, arns
        )
        self.redrive: Any = Redrive(self.deployment, self.dead, self.client, self.functions)  # type: ignore[arg-type]

    def refuse(self, body: str, reason: str = "not JSON") -> None:
        DeadLetterQueue(self.dead, self.client).put(body, ATTRIBUTES, DeadLetterCode.MALFORMED_MESSAGE, reason)

    def bury(self, body: Any, **attributes: str) -> None:
        given = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        self.client.send_message(QueueUrl=self.dead, MessageBody=json.dumps(body), MessageAttributes=given)

    def messages(self, url: str) -> list[dict[str, Any]]:
        answer = self.client.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=0
        )
        return list(answer.get("Messages", []))

    def count(self, url: str) -> int:
        attributes = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.client.get_queue_attributes(QueueUrl=url, AttributeNames=attributes)["Attributes"]
        return sum(int(value) for value in found.values())


@pytest.fixture
def queues(aws: None) -> Queues:
    return Queues()


def undelivered(batch: Batch) -> dict[str, Any]:
    """As the state machine's SendToDeadLetterQueue writes it."""
    state = batch.to_state()
    del state["manifestPrefix"]
    key = batch.file(ManifestFile.RESULT)
    return state | {"status": "SUCCEEDED", "resultKey": key, "executionArn": EXECUTION_ARN}


def test_a_batch_goes_back_as_it_was_first_sent(queues: Queues, capsys: pytest.CaptureFixture[str]) -> None:
    body = json.dumps(message())
    queues.refuse(body, "traceparent")
    assert run(queues.redrive, dry_run=False) == 0
    (sent,) = queues.messages(queues.main)
    assert sent["Body"] == body
    assert {name: value["StringValue"] for name, value in sent["MessageAttributes"].items()} == {
        name: value["StringValue"] for name, value in ATTRIBUTES.items()
    }
    assert queues.count(queues.dead) == 0
    shown = capsys.readouterr().out
    assert "batch 7  MALFORMED_MESSAGE: traceparent" in shown
    assert "1 messages sent back, 0 stay" in shown


def test_a_callback_goes_to_its_function_as_the_machine_calls_it(queues: Queues, batch: Batch) -> None:
    queues.bury(undelivered(batch), ErrorCode="CallbackRefused", ErrorReason="HTTP 410")
    assert run(queues.redrive, dry_run=False) == 0
    (call,) = queues.functions.calls
    assert call == (
        "arn:listing-media-callback-dispatch",
        {
            "batch": batch.to_state(),
            "status": "SUCCEEDED",
            "resultKey": batch.file(ManifestFile.RESULT),
            "execution": {"arn": EXECUTION_ARN},
        },
    )
    assert queues.count(queues.dead) == queues.count(queues.main) == 0


def test_an_event_goes_back_to_the_queue_that_reconcile_takes_it_from(queues: Queues) -> None:
    event = {"detail-type": "MediaConvert Job State Change", "detail": {}}
    queues.bury(event)
    assert run(queues.redrive, dry_run=False) == 0
    assert queues.functions.calls == []
    (sent,) = queues.messages(queues.events)
    assert json.loads(sent["Body"]) == event


def test_what_start_refused_calls_no_function_whatever_it_looks_like(queues: Queues, batch: Batch) -> None:
    for body in (undelivered(batch), {"resultKey": "k"}, {"detail-type": "MediaConvert Job State Change"}):
        queues.refuse(json.dumps(body))
    assert run(queues.redrive, dry_run=False) == 0
    assert queues.functions.calls == []
    assert queues.count(queues.main) == 3


def test_what_fails_again_stays_and_is_reported(
    queues: Queues, batch: Batch, capsys: pytest.CaptureFixture[str]
) -> None:
    queues.bury(undelivered(batch), ErrorCode="CallbackRefused", ErrorReason="HTTP 410")
    queues.refuse(json.dumps(message()))
    queues.functions.error = {"errorType": "CallbackRefused", "errorMessage": "HTTP 410 from the backend"}
    assert run(queues.redrive, dry_run=False) == 1
    assert len(queues.messages(queues.dead)) == 1
    assert len(queues.messages(queues.main)) == 1
    shown = capsys.readouterr().out
    assert "stays: CallbackRefused: HTTP 410 from the backend" in shown
    assert "1 messages sent back, 1 stay" in shown


def test_a_dry_run_shows_and_moves_nothing(queues: Queues, batch: Batch, capsys: pytest.CaptureFixture[str]) -> None:
    queues.refuse("{broken")
    queues.bury(undelivered(batch), ErrorCode="CallbackRefused", ErrorReason="HTTP 410")
    assert run(queues.redrive, dry_run=True) == 0
    assert len(queues.messages(queues.dead)) == 2
    assert queues.count(queues.main) == 0
    assert queues.functions.calls == []
    assert "2 messages shown, none was moved" in capsys.readouterr().out


def test_a_message_that_cannot_be_sent_is_not_deleted(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    queues.refuse(json.dumps(message()))

    def refuse(**_arguments: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "SendMessage")

    monkeypatch.setattr(queues.client, "send_message", refuse)
    with pytest.raises(ClientError):
        run(queues.redrive, dry_run=False)
    assert queues.count(queues.dead) == 1


def test_messages_that_arrive_meanwhile_wait_for_the_next_run(queues: Queues) -> None:
    queues.refuse("{broken")
    assert list(queues.redrive.letters(time.time() - 3_600)) == []
    assert len(queues.messages(queues.dead)) == 1


def test_more_messages_than_one_receive_gives_are_all_taken(queues: Queues) -> None:
    for _ in range(23):
        queues.refuse(json.dumps(message()))
    assert run(queues.redrive, dry_run=False) == 0
    assert queues.count(queues.main) == 23


def letter(body: str, **attributes: str) -> DeadLetter:
    return DeadLetter("m", "r", 0.0, body, {name: {"StringValue": value} for name, value in attributes.items()})


@pytest.mark.parametrize(
    ("body", "route"),
    [
        ("{broken", Route.BATCH),
        ("[]", Route.BATCH),
        ('{"resultKey": "k"}', Route.BATCH),
        ('{"detail-type": "MediaConvert Job State Change"}', Route.EVENT),
    ],
)
def test_the_shape_of_a_body_says_where_it_belongs(body: str, route: Route) -> None:
    assert letter(body).route is route


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({}, "given up by SQS: the start function failed on every receive, see its log"),
        ({"ErrorCode": "X", "ErrorReason": "plain\nwords"}, "X: plain words"),
        ({"ErrorCode": "X", "ErrorReason": '{"errorMessage": "HTTP 410", "stackTrace": []}'}, "X: HTTP 410"),
        ({"ErrorCode": "X", "ErrorReason": "[1]"}, "X: [1]"),
    ],
)
def test_the_reason_is_one_line_for_people(attributes: dict[str, str], reason: str) -> None:
    assert letter("{}", **attributes).reason == reason


def test_an_event_that_was_given_up_names_its_function() -> None:
    assert "the reconcile function failed" in letter('{"detail-type": "MediaConvert Job State Change"}').reason


@pytest.fixture
def deployed(queues: Queues, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Queues:
    outputs = {name: getattr(queues.deployment, name) for name in DeployedResources.__slots__}
    path = tmp_path / "outputs.json"
    path.write_text(json.dumps({name: {"value": value, "type": "string"} for name, value in outputs.items()}))
    monkeypatch.setenv("TOQ_OUTPUTS", str(path))
    return queues


def test_the_command_finds_its_queues_in_the_terraform_outputs(
    deployed: Queues, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.refuse(json.dumps(message()))
    assert main(["--dry-run"]) == 0
    assert main([]) == 0
    assert deployed.count(deployed.main) == 1
    assert "1 messages sent back" in capsys.readouterr().out


def test_events_have_a_dead_letter_queue_of_their_own(deployed: Queues) -> None:
    body = json.dumps({"detail-type": "MediaConvert Job State Change", "detail": {}})
    deployed.client.send_message(QueueUrl=deployed.dead_events, MessageBody=body)
    assert main(["--events"]) == 0
    assert deployed.count(deployed.dead_events) == 0
    assert deployed.count(deployed.events) == 1


def test_both_queues_are_worked_through_at_once(deployed: Queues, capsys: pytest.CaptureFixture[str]) -> None:
    deployed.refuse(json.dumps(message()))
    deployed.client.send_message(QueueUrl=deployed.dead_events, MessageBody='{"detail-type": "x"}')
    assert main(["--all"]) == 0
    assert deployed.count(deployed.main) == deployed.count(deployed.events) == 1
    assert capsys.readouterr().out.count("-> sent back") == 2


def test_what_is_not_selected_stays_and_can_be_received_at_once(
    deployed: Queues, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.refuse(json.dumps(message()), "no trace")
    deployed.refuse(json.dumps(message()), "no assets")
    assert main(["--reason", "No Trace", "--batch", "7", "--since", "1h"]) == 0
    (left,) = deployed.messages(deployed.dead)
    assert left["MessageAttributes"]["ErrorReason"]["StringValue"] == "no assets"
    assert "1 messages sent back, 0 stay, 1 not selected" in capsys.readouterr().out


def test_a_moment_that_cannot_be_read_moves_nothing(deployed: Queues, capsys: pytest.CaptureFixture[str]) -> None:
    deployed.refuse(json.dumps(message()))
    with pytest.raises(SystemExit) as ended:
        main(["--since", "yesterday"])
    assert ended.value.code == 2
    assert "'yesterday' is neither" in capsys.readouterr().err
    assert deployed.count(deployed.dead) == 1


@pytest.mark.parametrize(
    ("content", "word"),
    [(None, "cannot be read"), ("{broken", "no JSON"), ('{"x": 1}', "lack 'region'")],
)
def test_bad_outputs_are_one_line_and_exit_code_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    content: str | None,
    word: str,
) -> None:
    path = tmp_path / "outputs.json"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("TOQ_OUTPUTS", str(path))
    assert main([]) == 2
    said = capsys.readouterr().err
    assert word in said
    assert said.count("\n") == 1


def test_a_queue_that_is_not_there_is_one_line_and_exit_code_2(
    deployed: Queues, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.client.delete_queue(QueueUrl=deployed.dead_events)
    assert main(["--events"]) == 2
    assert capsys.readouterr().err.startswith("redrive: ")


def test_the_command_is_what_make_calls() -> None:
    assert command.__doc__ is not None
    assert command.__doc__.startswith("`make redrive`")
