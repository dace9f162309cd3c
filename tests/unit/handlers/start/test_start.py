"""listing-media-start: one execution for each batch whatever the queue does, and no malformed message twice."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handlers.contract import names
from handlers.contract.batch import Batch
from handlers.contract.names import ManifestFile
from handlers.runtime.store import MediaStore, media_store
from handlers.start import handler as start
from tests.support.builders import DATE, JPEG, REGION, TRACEPARENT, announced, aws_client, message

ATTRIBUTES = {"Traceparent": TRACEPARENT, "ListingId": "42", "BatchId": "7"}


class Machine:
    """The state machine and the dead-letter queue around the function."""

    def __init__(self, store: MediaStore, dlq_url: str, arn: str) -> None:
        self.store, self.dlq_url, self.arn = store, dlq_url, arn
        self.executions = aws_client("stepfunctions")
        self.queues = aws_client("sqs")

    def started(self) -> list[str]:
        return [one["name"] for one in self.executions.list_executions(stateMachineArn=self.arn)["executions"]]

    def input_of(self, name: str) -> dict[str, Any]:
        (one,) = [
            e for e in self.executions.list_executions(stateMachineArn=self.arn)["executions"] if e["name"] == name
        ]
        described = self.executions.describe_execution(executionArn=one["executionArn"])
        document: dict[str, Any] = json.loads(described["input"])
        return document

    def dead_letters(self) -> list[dict[str, Any]]:
        answer = self.queues.receive_message(
            QueueUrl=self.dlq_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        return list(answer.get("Messages", []))


@pytest.fixture
def machine(store: MediaStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    queue = aws_client("sqs").create_queue(QueueName="listing-media-processing-dlq")["QueueUrl"]
    definition = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
    role = "arn:aws:iam::123456789012:role/toq-media-processing-states"
    arn = aws_client("stepfunctions").create_state_machine(
        name="listing-media-processing-sm", definition=json.dumps(definition), roleArn=role
    )["stateMachineArn"]
    monkeypatch.setenv(names.STATE_MACHINE_ARN, arn)
    monkeypatch.setenv(names.DEAD_LETTER_QUEUE_URL, queue)
    caches = (media_store, start._intake, start._dead_letters)
    for cache in caches:
        cache.cache_clear()
    yield Machine(store, queue, arn)
    for cache in caches:
        cache.cache_clear()


def record(body: Any, attributes: dict[str, str] | None = None, message_id: str = "m-1") -> dict[str, Any]:
    given = ATTRIBUTES if attributes is None else attributes
    return {
        "messageId": message_id,
        "receiptHandle": "r",
        "body": body if isinstance(body, str) else json.dumps(body),
        "attributes": {"SentTimestamp": "1772359200000", "ApproximateReceiveCount": "1"},
        "messageAttributes": {name: {"stringValue": value, "dataType": "String"} for name, value in given.items()},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:listing-media-processing",
        "awsRegion": REGION,
    }


def handled(context: Any, *records: dict[str, Any]) -> list[str]:
    answer = start.handler({"Records": list(records)}, context)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_a_message_starts_an_execution_that_knows_its_batch(machine: Machine, batch: Batch, context: Any) -> None:
    assert handled(context, record(message())) == []
    assert machine.started() == ["batch-7-0"]
    assert machine.input_of("batch-7-0") == batch.to_state()
    written = machine.store.get_json(batch.file(ManifestFile.INPUT))
    assert [asset["key"] for asset in written["assets"]] == [announced(JPEG)["key"]]


def test_a_second_delivery_changes_nothing(machine: Machine, batch: Batch, context: Any) -> None:
    handled(context, record(message()))
    changed = message(announced(JPEG, name="other.jpg"))
    assert handled(context, record(changed, message_id="m-2")) == []
    assert machine.started() == ["batch-7-0"]
    written = machine.store.get_json(batch.file(ManifestFile.INPUT))
    assert written["assets"][0]["key"] == announced(JPEG)["key"]
    assert machine.dead_letters() == []


def test_a_delivery_long_after_the_batch_ended_changes_nothing(machine: Machine, context: Any) -> None:
    handled(context, record(message()))
    (execution,) = machine.executions.list_executions(stateMachineArn=machine.arn)["executions"]
    machine.executions.stop_execution(executionArn=execution["executionArn"])
    assert handled(context, record(message(), message_id="m-2")) == []
    assert machine.started() == ["batch-7-0"]


def test_another_attempt_is_another_execution(machine: Machine, context: Any) -> None:
    handled(context, record(message()), record(message(attempt=1), message_id="m-2"))
    assert sorted(machine.started()) == ["batch-7-0", "batch-7-1"]


def test_a_large_batch_is_read_from_its_manifest(machine: Machine, batch: Batch, context: Any) -> None:
    machine.store.put_json("42/raw/batch-7.json", {"assets": [announced(JPEG, sequence=n) for n in range(3_000)]})
    body = message(manifestKey="42/raw/batch-7.json")
    del body["assets"]
    assert handled(context, record(body)) == []
    assert len(machine.store.get_json(batch.file(ManifestFile.INPUT))["assets"]) == 3_000
    assert len(json.dumps(machine.input_of("batch-7-0"))) < 1_000


@pytest.mark.parametrize(
    ("body", "attributes", "reason"),
    [
        ("{broken", ATTRIBUTES, "not JSON"),
        (message(announced(JPEG, title="\ud83c")), ATTRIBUTES, "surrogates"),
        (message(assets=[]), ATTRIBUTES, "assets"),
        (message(), {}, "Traceparent is missing"),
        (message(), ATTRIBUTES | {"BatchId": "8"}, "BatchId does not agree"),
        (message(), ATTRIBUTES | {"ListingId": "43"}, "ListingId does not agree"),
        (message(), ATTRIBUTES | {"Traceparent": TRACEPARENT.replace("a", "c")}, "Traceparent does not agree"),
    ],
)
def test_a_malformed_message_goes_to_the_dead_letter_queue_with_its_reason(
    machine: Machine, context: Any, body: Any, attributes: dict[str, str], reason: str
) -> None:
    given = record(body, attributes)
    assert handled(context, given) == []
    assert machine.started() == []
    (letter,) = machine.dead_letters()
    assert letter["Body"] == given["body"]
    assert letter["MessageAttributes"]["ErrorCode"]["StringValue"] == "MALFORMED_MESSAGE"
    assert reason in letter["MessageAttributes"]["ErrorReason"]["StringValue"]
    kept = {n: v["StringValue"] for n, v in letter["MessageAttributes"].items() if n in ATTRIBUTES}
    assert kept == attributes


def test_binary_attributes_reach_the_dead_letter_queue_as_they_were(machine: Machine, context: Any) -> None:
    given = record("{broken")
    given["messageAttributes"]["Blob"] = {"binaryValue": "AAEC", "dataType": "Binary"}
    handled(context, given)
    (letter,) = machine.dead_letters()
    assert letter["MessageAttributes"]["Blob"]["BinaryValue"] == b"\x00\x01\x02"


def test_one_failure_does_not_hold_up_the_other_messages(
    machine: Machine, context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = MediaStore.create_json

    def fail_for_batch_8(self: MediaStore, key: str, value: Any) -> bool:
        if "batch-8-" in key:
            raise ClientError({"Error": {"Code": "SlowDown", "Message": "later"}}, "PutObject")
        return create(self, key, value)

    monkeypatch.setattr(MediaStore, "create_json", fail_for_batch_8)
    second = record(message(batchId=8), ATTRIBUTES | {"BatchId": "8"}, "m-8")
    assert handled(context, record(message()), second, record("{broken", message_id="m-9")) == ["m-8"]
    assert machine.started() == ["batch-7-0"]
    assert len(machine.dead_letters()) == 1


def test_when_all_fail_all_are_delivered_again(machine: Machine, context: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(names.STATE_MACHINE_ARN, machine.arn + "-gone")
    assert handled(context, record(message())) == ["m-1"]


def test_a_redelivery_after_a_crash_between_the_two_writes_still_starts(
    machine: Machine, batch: Batch, context: Any
) -> None:
    machine.store.put_json(batch.file(ManifestFile.INPUT), {"left": "by the crash"})
    assert handled(context, record(message())) == []
    assert machine.started() == ["batch-7-0"]


def test_log_lines_name_the_message_and_never_its_assets(
    machine: Machine, context: Any, log_lines: Callable[[], list[dict[str, Any]]]
) -> None:
    secret_title = announced(JPEG, title="Private address")
    handled(context, record(message(secret_title)), record("{broken", message_id="m-2"))
    lines = [line for line in log_lines() if "message" in line]
    assert {line["messageId"] for line in lines} == {"m-1", "m-2"}
    assert "Private address" not in json.dumps(lines)
    started = next(line for line in lines if line["message"] == "execution started")
    assert (started["batchId"], started["listingId"]) == (7, 42)
    refused = next(line for line in lines if line["message"] == "message refused")
    assert not {"batchId", "traceId", "traceparent"} & set(refused)


def test_the_date_of_a_batch_without_usable_keys_is_that_of_its_message(machine: Machine, context: Any) -> None:
    handled(context, record(message(announced(JPEG, key="nonsense"))))
    assert f"/{DATE}/" in machine.input_of("batch-7-0")["manifestPrefix"]


def test_messages_for_which_no_time_is_left_come_back_untouched(machine: Machine, context: Any) -> None:
    context.milliseconds = 1_999
    assert handled(context, record(message())) == ["m-1"]
    assert machine.started() == []
    context.milliseconds = 2_000
    assert handled(context, record(message())) == []
