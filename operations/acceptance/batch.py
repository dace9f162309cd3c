"""The batch as the backend makes it: keys, presigned uploads, the message, and the execution that follows."""

import base64
import datetime
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx

from operations.acceptance.account import Account
from operations.acceptance.samples import Sample
from operations.executions import execution_arn
from toolchain.errors import SetupError

TAGS: Final = "stage=raw"  # what the bucket's rules tell raw media by
_UPLOAD_SECONDS: Final = 900  # that a presigned URL is good for
_START_SECONDS: Final = 180.0  # from the message to its execution: three tries of the queue
_POLL_SECONDS: Final = 1.0
_FOLDERS: Final = {
    "PHOTO_VERTICAL": "photo/vertical",
    "PHOTO_HORIZONTAL": "photo/horizontal",
    "VIDEO_VERTICAL": "video/vertical",
    "VIDEO_HORIZONTAL": "video/horizontal",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A sample at its place in the bucket; `sequence` is its position within the listing, from 1."""

    sample: Sample
    key: str
    sequence: int

    def announcement(self) -> dict[str, Any]:
        """What the message says of it."""
        return {
            "key": self.key,
            "assetType": self.sample.asset_type,
            "contentType": self.sample.content_type,
            "bytes": len(self.sample.content),
            "checksumSha256": hashlib.sha256(self.sample.content).hexdigest(),
            "sequence": self.sequence,
        }

    def output(self, stage: str, ending: str) -> str:
        """Key of what is made of it, e.g. ``output("thumb", "-small.jpg")`` (docs/architecture.md)."""
        listing, _, group, kind, date, name = self.key.split("/")
        return f"{listing}/{stage}/{group}/{kind}/{date}/{name.rsplit('.', 1)[0]}{ending}"


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch.

    Parameters
    ----------
    known
        Whether the backend has registered it: only then can it take the callback.
    date
        ``YYYY-MM-DD`` in the keys.
    """

    batch_id: int | str
    listing_id: int
    known: bool
    date: str
    traceparent: str
    assets: tuple[Asset, ...]
    began: datetime.datetime

    @property
    def trace_id(self) -> str:
        """The 32 hex digits that every log line about the batch carries."""
        return self.traceparent.split("-")[1]

    @property
    def manifest_prefix(self) -> str:
        """Where the states keep what grows; the first attempt is 0."""
        return f"{self.listing_id}/processed/manifest/{self.date}/batch-{self.batch_id}-0/"

    @property
    def prefixes(self) -> list[str]:
        """Every folder in which the run leaves objects."""
        folders = {asset.key.rsplit("/", 1)[0] for asset in self.assets}
        return sorted(folders | {self.manifest_prefix.rstrip("/")})

    def execution_arn(self, machine_arn: str) -> str:
        """Of the execution that the message starts; its name is fixed."""
        return execution_arn(machine_arn, f"batch-{self.batch_id}-0")


def plan_batch(samples: Sequence[Sample], listing_id: int, batch_id: str | None, backend_url: str | None) -> Batch:
    """Give the batch its number and its keys.

    Parameters
    ----------
    batch_id
        One that the backend has registered; None for a number of ours.
    backend_url
        A backend whose API registers the batch (the local platform's); None where there is none to ask.

    Raises
    ------
    SetupError
        The backend does not register it.
    """
    now = datetime.datetime.now(datetime.UTC)
    date = now.date().isoformat()
    traceparent = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
    # 15 digits: no table of the backend's has counted so far, and a JSON number keeps them all.
    number: int | str = f"9{now:%Y%m%d%H%M%S}" if batch_id is None else batch_id
    keys = [f"{listing_id}/raw/{_FOLDERS[s.asset_type]}/{date}/acceptance-{now:%H%M%S}-{s.name}" for s in samples]
    if batch_id is None and backend_url:
        number, keys = register(backend_url, listing_id, samples)
        date = keys[0].split("/")[4]
    assets = tuple(Asset(sample, key, at) for at, (sample, key) in enumerate(zip(samples, keys, strict=True), start=1))
    known = batch_id is not None or bool(backend_url)
    return Batch(_number(number), listing_id, known, date, traceparent, assets, now)


def _number(identity: int | str) -> int | str:
    """Ids travel to the backend as they came; its own are numbers."""
    return int(identity) if str(identity).isdecimal() else identity


def register(backend_url: str, listing_id: int, samples: Sequence[Sample]) -> tuple[int, list[str]]:
    """Announce the files to the reference backend; the batch's number and a key for each file.

    Raises
    ------
    SetupError
        It is not there, or refuses.
    """
    announced = [
        Asset(sample, "", at).announcement() | {"filename": sample.name} for at, sample in enumerate(samples, start=1)
    ]
    for each in announced:
        del each["key"]
    body = {"photographerUserId": 1, "assets": announced}
    try:
        answer = httpx.post(f"{backend_url}/listings/{listing_id}/batches", json=body, timeout=60).raise_for_status()
    except httpx.HTTPError as error:
        raise SetupError(f"{backend_url} does not register the batch ({error}): see its log, or set BATCH=") from error
    registered = answer.json()
    return registered["batchId"], [target["key"] for target in registered["uploads"]]


def presign(account: Account, key: str, sample: Sample) -> tuple[str, dict[str, str]]:
    """URL of an upload and the headers that are signed and must be sent: type, length, checksum, tags."""
    checksum = base64.b64encode(hashlib.sha256(sample.content).digest()).decode()
    size = len(sample.content)
    url: str = account.backend("s3").generate_presigned_url(
        "put_object",
        Params={
            "Bucket": account.outputs["media_bucket"],
            "Key": key,
            "ContentType": sample.content_type,
            "ContentLength": size,
            "ChecksumSHA256": checksum,
            "Tagging": TAGS,
        },
        ExpiresIn=_UPLOAD_SECONDS,
        HttpMethod="PUT",
    )
    headers = {
        "Content-Type": sample.content_type,
        "Content-Length": str(size),
        "x-amz-checksum-sha256": checksum,
        "x-amz-tagging": TAGS,
    }
    return url, headers


def upload(account: Account, batch: Batch) -> dict[str, str]:
    """PUT every file; what S3 answered (``200``, or status and error) by key."""
    answers = {}
    with httpx.Client(timeout=120) as client:
        for asset in batch.assets:
            url, headers = presign(account, asset.key, asset.sample)
            answers[asset.key] = said(client.put(url, content=asset.sample.content, headers=headers))
    return answers


def said(answer: httpx.Response) -> str:
    """Status, and of a refusal the code in S3's XML."""
    if answer.is_success:
        return str(answer.status_code)
    _, _, rest = answer.text.partition("<Code>")
    return f"{answer.status_code} {rest.partition('<')[0]}".strip()


def enqueue(account: Account, batch: Batch) -> None:
    """Send the message as the backend does."""
    body = {
        "batchId": batch.batch_id,
        "listingId": batch.listing_id,
        "attempt": 0,
        "traceparent": batch.traceparent,
        "assets": [asset.announcement() for asset in batch.assets],
    }
    values = {"Traceparent": batch.traceparent, "ListingId": str(batch.listing_id), "BatchId": str(batch.batch_id)}
    account.backend("sqs").send_message(
        QueueUrl=account.outputs["queue_url"],
        MessageBody=json.dumps(body, ensure_ascii=False),
        MessageAttributes={name: {"DataType": "String", "StringValue": value} for name, value in values.items()},
    )


def find_execution(account: Account, batch: Batch) -> Mapping[str, Any] | None:
    """The batch's execution as Step Functions describes it; None when there is none."""
    client = account.operator("stepfunctions")
    try:
        found: Mapping[str, Any] = client.describe_execution(
            executionArn=batch.execution_arn(account.outputs["state_machine_arn"])
        )
    except client.exceptions.ExecutionDoesNotExist:
        return None
    return found


def follow(
    account: Account, batch: Batch, seconds: float, tell: Callable[[str], None] = lambda status: None
) -> Mapping[str, Any] | None:
    """Wait for the end of the execution.

    Parameters
    ----------
    seconds
        To wait at most.
    tell
        Told of the status at each look.

    Returns
    -------
    The execution, still running when the time is over; None when the message started none.
    """
    began = time.monotonic()
    while True:
        execution = find_execution(account, batch)
        waited = time.monotonic() - began
        tell(execution["status"] if execution else "waiting for the message to be taken")
        if execution and execution["status"] != "RUNNING":
            return execution
        if waited > (seconds if execution else min(seconds, _START_SECONDS)):
            return execution
        time.sleep(_POLL_SECONDS)
