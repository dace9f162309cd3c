"""Reads the evidence: S3, MySQL, queues, executions, and the log that was kept in front of the backend."""

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from localstack.chaos.auditor.evidence import (
    Attempt,
    BackendAnswer,
    DeadLetter,
    Evidence,
    Execution,
    Rows,
    StoredObject,
    manifest_of,
)
from localstack.chaos.auditor.ledger import Ledger

_READERS: Final = 8
_DOCUMENTS: Final = frozenset({"result.json", "callback.json"})
_LOOKS, _LOOK_SECONDS = 12, 0.5  # a schedule's message is there for a second or two
_DEPTHS: Final = ("", "NotVisible", "Delayed")


@dataclass(frozen=True, slots=True)
class Places:
    """What is read.

    Parameters
    ----------
    clients
        boto3 clients by service: ``s3``, ``sqs``, ``stepfunctions``.
    queue_urls
        All queues of the pipeline, those of dead letters included; these end in ``-dlq``.
    connect
        Opens a connection (DB-API, dictionaries as rows) to the schema.
    backend_log
        What was written in front of the backend, one JSON line a callback.
    """

    clients: Mapping[str, Any]
    bucket: str
    state_machine_arn: str
    queue_urls: tuple[str, ...]
    connect: Any
    backend_log: Path


@dataclass(frozen=True, slots=True)
class Before:
    """What was there before anything was handed over, and is no matter of the audit: executions' names and keys."""

    executions: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()


def look_before(places: Places) -> Before:
    """What there is now."""
    states = places.clients["stepfunctions"].get_paginator("list_executions")
    pages = states.paginate(stateMachineArn=places.state_machine_arn)
    names = frozenset(entry["name"] for page in pages for entry in page["executions"])
    return Before(names, frozenset(_objects(places.clients["s3"], places.bucket)))


def collect(places: Places, ledger: Ledger, before: Before) -> Evidence:
    """Read everything; nothing is changed, but that dead letters are hidden for a moment."""
    s3 = places.clients["s3"]
    objects = {key: each for key, each in _objects(s3, places.bucket).items() if key not in before.keys}
    contents = _contents(s3, places.bucket, objects)
    documents = {key: json.loads(body) for key, body in contents.items() if is_document(key)}
    for key, body in contents.items():
        objects[key].sha256 = hashlib.sha256(body).hexdigest()
    rules = _lifecycle(s3, places.bucket)
    return Evidence(
        ledger=ledger,
        executions=list(_executions(places.clients["stepfunctions"], places.state_machine_arn, before.executions)),
        objects=objects,
        documents=documents,
        rows=_rows(places.connect),
        queues={_name(url): depth(places.clients["sqs"], url) for url in places.queue_urls},
        dead_letters=[
            letter
            for url in places.queue_urls
            if url.endswith("-dlq")
            for letter in _dead_letters(places.clients["sqs"], url)
        ],
        uploads=[each["Key"] for each in s3.list_multipart_uploads(Bucket=places.bucket).get("Uploads", [])],
        abort_days=min((rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] for rule in rules
                        if "AbortIncompleteMultipartUpload" in rule), default=None),
        expirations=[rule.get("ID", "?") for rule in rules
                     if {"Expiration", "NoncurrentVersionExpiration"} & set(rule)],
        backend=list(_backend(places.backend_log)),
    )  # fmt: skip


def is_document(key: str) -> bool:
    """Whether a key is that of a result or a receipt."""
    told = manifest_of(key)
    return told is not None and told[1] in _DOCUMENTS


def _objects(s3: Any, bucket: str) -> dict[str, StoredObject]:
    objects: dict[str, StoredObject] = {}
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for entry in page.get("Versions", []):
            stored = objects.setdefault(entry["Key"], StoredObject(entry["Key"], [], 0, "", 0))
            if entry["IsLatest"]:
                stored.versions.insert(0, entry["VersionId"])
                stored.bytes, stored.modified = entry["Size"], entry["LastModified"].timestamp()
            else:
                stored.versions.append(entry["VersionId"])
        for marker in page.get("DeleteMarkers", []):
            objects.pop(marker["Key"], None)
    return objects


def _contents(s3: Any, bucket: str, objects: Mapping[str, StoredObject]) -> dict[str, bytes]:
    def read(key: str) -> tuple[str, bytes]:
        body: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return key, body

    with ThreadPoolExecutor(_READERS) as pool:
        return dict(pool.map(read, objects))


def _lifecycle(s3: Any, bucket: str) -> list[dict[str, Any]]:
    try:
        rules: list[dict[str, Any]] = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchLifecycleConfiguration":
            raise
        return []
    return [rule for rule in rules if rule["Status"] == "Enabled"]


def _executions(states: Any, machine: str, but: frozenset[str]) -> Iterator[Execution]:
    for page in states.get_paginator("list_executions").paginate(stateMachineArn=machine):
        for entry in page["executions"]:
            if entry["name"] in but:
                continue
            described = states.describe_execution(executionArn=entry["executionArn"])
            yield Execution(entry["name"], entry["status"], attempt_of(described.get("input") or ""))


def attempt_of(text: str) -> Attempt | None:
    """The attempt that an execution's input, a message or an event is about."""
    try:
        document = json.loads(text)
        if isinstance(document, dict) and "detail" in document:  # an event of EventBridge
            detail = document["detail"]
            document = json.loads(detail["input"]) if "input" in detail else detail.get("userMetadata") or {}
        return int(document["batchId"]), int(document.get("attempt", 0))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _rows(connect: Any) -> dict[int, Rows]:
    with closing(connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT * FROM listing_media_batches")
        found = {row["id"]: Rows(_decoded(row), [], []) for row in cursor.fetchall()}
        cursor.execute("SELECT * FROM listing_media_assets ORDER BY id")
        for row in cursor.fetchall():
            found[row["batch_id"]].assets.append(_decoded(row))
        cursor.execute("SELECT * FROM listing_media_jobs ORDER BY id")
        for row in cursor.fetchall():
            found[row["batch_id"]].jobs.append(_decoded(row))
    return found


def _decoded(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: json.loads(value) if name.endswith("_json") and value else value for name, value in row.items()}


def depth(sqs: Any, url: str, looks: int = _LOOKS, pause: float = _LOOK_SECONDS) -> int:
    """The fewest messages that several looks saw: what the schedule puts there is worked on in between."""
    fewest = _now(sqs, url)
    for _ in range(looks - 1):
        if not fewest:
            break
        threading.Event().wait(pause)
        fewest = min(fewest, _now(sqs, url))
    return fewest


def _now(sqs: Any, url: str) -> int:
    names = [f"ApproximateNumberOfMessages{kind}" for kind in _DEPTHS]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(attributes[name]) for name in names)


def _dead_letters(sqs: Any, url: str) -> Iterator[DeadLetter]:
    """Every message once, and back into the queue; others wait a few seconds for it at most."""
    held: list[str] = []
    while messages := sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=60, MessageAttributeNames=["All"]
    ).get("Messages"):
        for message in messages:
            held.append(message["ReceiptHandle"])
            texts = {name: value.get("StringValue", "") for name, value in message.get("MessageAttributes", {}).items()}
            attempt = attempt_of(message["Body"])
            yield DeadLetter(_name(url), attempt, texts.get("ErrorCode", ""), texts.get("ErrorReason", ""))
    for receipt in held:
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0)


def _backend(log: Path) -> Iterator[BackendAnswer]:
    if not log.exists():
        return
    for line in log.read_text().splitlines():
        entry = json.loads(line)
        attempt = entry["batch"], entry["attempt"]
        yield BackendAnswer(entry["event"], attempt, entry["status"], bool(entry["applied"]))


def _name(url: str) -> str:
    return url.rpartition("/")[2]
