"""The state machine's own definition with the functions' own handlers behind it, in one process."""

import datetime
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import pytest

from handlers.callback_dispatch import handler as dispatch
from handlers.callback_dispatch.delivery import Accepted, CallbackRefused, Message
from handlers.callback_dispatch.dispatch import Dispatcher
from handlers.contract.batch import Asset, AssetResult, Batch
from handlers.contract.keys import VARIANT_WIDTHS, MediaKey, photo_key, variant_key
from handlers.contract.media_types import MediaType
from handlers.contract.names import ManifestFile, chunk_file
from handlers.files.transcode import output_keys
from handlers.finalize import handler as finalize
from handlers.runtime.store import MediaStore
from handlers.start.intake import Intake
from handlers.thumbnails import careful
from handlers.thumbnails import handler as thumbnails
from handlers.thumbnails.chunk import process_all
from handlers.validate import handler as validate
from handlers.zip import handler as bundle
from modules.environments.environment import FunctionSize
from modules.functions import RECORDS
from modules.workflow.asl import Resources
from modules.workflow.state_machine import definition
from tests.support.builders import BUCKET, EXECUTION_ARN, MACHINE_ARN, STARTED_AT, announced, aws_client, video_file
from tests.support.lambda_context import LambdaContext
from tests.support.workflow.interpreter import Interpreter, Run, StateError
from tests.support.workflow.memory_s3 import MemoryS3

VIDEO_FILE = video_file()


def _photograph() -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.radial_gradient("L").resize((64, 48)).convert("RGB").save(file, "JPEG")
    return file.getvalue()


PHOTOGRAPH = _photograph()
_RESOURCES = Resources(
    functions={package: package for package in RECORDS},
    sizes={package: FunctionSize(512, 60, None) for package in RECORDS},
    media_bucket=BUCKET,
    dead_letter_queue_url="https://sqs/dlq",
    job_template="toq-media-video-preset",
    job_queue_arn="arn:queue",
    job_role_arn="arn:role",
)


@dataclass
class Backend:
    """Takes callbacks, or refuses them all."""

    refuses: bool = False
    bodies: list[dict[str, Any]] = field(default_factory=list)

    def deliver(self, message: Message, _remaining: Callable[[], float]) -> Accepted:
        if self.refuses:
            raise CallbackRefused("HTTP 410 from the backend")
        self.bodies.append(json.loads(message.body))
        return Accepted(200, 1)


class Killed(BaseException):
    """The function's process is gone; no code of its own runs any more."""


class Executions:
    """Step Functions, as the start function sees it."""

    def __init__(self) -> None:
        self.exceptions = aws_client("stepfunctions").exceptions
        self.started: dict[str, Any] = {}

    def start_execution(self, **arguments: Any) -> dict[str, str]:
        self.started = json.loads(arguments["input"])
        return {"executionArn": EXECUTION_ARN}


class Pipeline:
    """Everything around the definition; `kills` are photos (by file name) on which the thumbnails function dies."""

    def __init__(self, store: MediaStore, backend: Backend) -> None:
        self.store, self.backend = store, backend
        self.assets: list[dict[str, Any]] = []
        self.kills: set[str] = set()
        self.broken_videos: set[str] = set()
        self.mediaconvert_errors: list[str] = []  # one for each of the next requests for a job
        self.broken_functions: set[str] = set()
        self.errors: dict[str, str] = {}
        self.waking: dict[str, int] = {}  # how often a function is not ready yet, and how Lambda says so
        self.waking_error = "Lambda.ResourceNotReadyException"
        self.dead_letters: list[dict[str, Any]] = []
        self.context = LambdaContext(300_000)
        self._manifest: Any = None

    def photos(self, number: int) -> None:
        for _ in range(number):
            self._add(announced(PHOTOGRAPH, f"{len(self.assets):05d}.jpg", len(self.assets)), PHOTOGRAPH)

    def videos(self, number: int) -> None:
        for _ in range(number):
            name, sequence = f"{len(self.assets):05d}.mp4", len(self.assets)
            self._add(announced(VIDEO_FILE, name, sequence, MediaType.VIDEO_HORIZONTAL, "video/mp4"), VIDEO_FILE)

    def missing(self, number: int) -> None:
        for _ in range(number):
            self.assets.append(announced(PHOTOGRAPH, f"{len(self.assets):05d}.jpg", len(self.assets)))

    def _add(self, asset: dict[str, Any], content: bytes) -> None:
        self.assets.append(asset)
        self.store.client.put_object(Bucket=BUCKET, Key=asset["key"], Body=content, ChecksumAlgorithm="SHA256")

    def take(self, body: dict[str, Any]) -> dict[str, Any]:
        """Give a message to the start function's logic; the input with which it starts the execution."""
        executions: Any = Executions()
        attributes = {
            "Traceparent": body["traceparent"],
            "ListingId": str(body["listingId"]),
            "BatchId": str(body["batchId"]),
        }
        sent_at = datetime.datetime.fromisoformat(STARTED_AT)
        Intake(self.store, MACHINE_ARN, executions).accept(json.dumps(body), attributes, sent_at)
        state: dict[str, Any] = executions.started
        return state

    def run(self, state: dict[str, Any]) -> Run:
        tasks = {
            "arn:aws:states:::lambda:invoke": self._invoke,
            "arn:aws:states:::mediaconvert:createJob.sync": self._transcode,
            "arn:aws:states:::aws-sdk:s3:getObject": self._get,
            "arn:aws:states:::aws-sdk:s3:putObject": self._put,
            "arn:aws:states:::sqs:sendMessage": self._send,
        }
        return Interpreter(definition(_RESOURCES), tasks).run(state, EXECUTION_ARN, STARTED_AT)

    def one_by_one(self, store: MediaStore, assets: list[Asset]) -> list[AssetResult]:
        """What careful processing does with an asset, which may be the last thing it does."""
        if assets[0].raw.filename in self.kills:
            raise Killed
        return process_all(store, assets)

    def result(self, batch: Batch) -> dict[str, Any]:
        found: dict[str, Any] = self.store.get_json(batch.file(ManifestFile.RESULT))
        return found

    def _invoke(self, parameters: dict[str, Any]) -> dict[str, Any]:
        package, event = parameters["FunctionName"], json.loads(json.dumps(parameters["Payload"]))
        if self.waking.get(package):
            self.waking[package] -= 1
            raise StateError(self.waking_error, "not ready")
        if package in self.errors:
            raise StateError(self.errors[package], "as the test wants it")
        if package in self.broken_functions or (package == "thumbnails" and self._kills(event)):
            raise StateError("Lambda.Unknown", "killed")
        handler: Callable[[dict[str, Any], Any], Any] = import_module(f"handlers.{package}.handler").handler
        try:
            payload = handler(event, self.context)
        except Killed:
            raise StateError("Runtime.ExitError", "killed") from None
        return {"Payload": json.loads(json.dumps(payload)), "StatusCode": 200, "ExecutedVersion": "$LATEST"}

    def _kills(self, event: dict[str, Any]) -> bool:
        if not self.kills or event.get("careful"):
            return False
        chunk = self._chunk(Batch.from_state(event["batch"]), event["range"])
        return any(asset.raw.filename in self.kills for asset in chunk)

    def _chunk(self, batch: Batch, positions: dict[str, int]) -> list[Asset]:
        if self._manifest is None:  # as large as the batch: read once, or 120 chunks spend the test on it
            self._manifest = self.store.get_json(batch.file(ManifestFile.ASSETS))
        manifest = self._manifest
        indexes = manifest["chunked"][positions["first"] : positions["last"] + 1]
        return [Asset.from_json(manifest["assets"][index]) for index in indexes]

    def rendered(self, event: dict[str, Any], _context: Any) -> dict[str, int]:
        """Writes what the thumbnails function writes of photos, without any pixels."""
        batch, positions = Batch.from_state(event["batch"]), event["range"]
        results = []
        for asset in self._chunk(batch, positions):
            outputs = {name: variant_key(asset.raw, name) for name in VARIANT_WIDTHS}
            outputs["processed"] = photo_key(asset.raw)
            result = AssetResult(asset.index, outputs, 9, "image/jpeg", 4000, 3000, checksum_sha256="0" * 64)
            results.append(result.to_json())
        self.store.put_json(batch.file(chunk_file(positions["first"], positions["last"])), {"results": results})
        return {"done": len(results), "failed": 0}

    def bundled(self, event: dict[str, Any], _context: Any) -> dict[str, Any]:
        """Writes what the zip function writes, without a ZIP."""
        batch = Batch.from_state(event["batch"])
        assets = self.store.get_json(batch.file(ManifestFile.ASSETS))["assets"]
        missing = [asset["index"] for asset in assets if asset["error_code"]]
        record = {"bundles": [{"key": "z", "bytes": 9, "entries": len(assets) - len(missing)}], "zipSizeBytes": 9}
        record |= {"unzippedSizeBytes": 9, "partial": bool(missing), "missing": missing, "error": None}
        self.store.put_json(batch.file(ManifestFile.ZIP), record)
        return {"entries": len(assets) - len(missing), "partial": bool(missing)}

    def _transcode(self, parameters: dict[str, Any]) -> dict[str, Any]:
        if self.mediaconvert_errors:
            raise StateError(self.mediaconvert_errors.pop(0))
        source = parameters["Settings"]["Inputs"][0]["FileInput"]
        if source.rsplit("/", 1)[-1] in self.broken_videos:
            raise StateError("States.TaskFailed", json.dumps({"Job": {"Id": "j", "ErrorMessage": "no decoder"}}))
        key = source.removeprefix(f"s3://{BUCKET}/")
        for output in output_keys(MediaKey.parse(key)).values():
            self.store.client.put_object(Bucket=BUCKET, Key=output, Body=b"video")
        details = [{"DurationInMs": 5040, "VideoDetails": {"WidthInPx": 1920, "HeightInPx": 1080}}] * 2
        job = {"Id": "j", "Status": "COMPLETE", "Settings": parameters["Settings"], "Role": parameters["Role"]}
        return {"Job": job | {"OutputGroupDetails": [{"OutputDetails": details}]}}

    def _get(self, parameters: dict[str, Any]) -> dict[str, Any]:
        return {"Body": self.store.client.get_object(**parameters)["Body"].read().decode()}

    def _put(self, parameters: dict[str, Any]) -> dict[str, Any]:
        self.store.client.put_object(**parameters | {"Body": json.dumps(parameters["Body"])})
        return {"ETag": '"e"'}

    def _send(self, parameters: dict[str, Any]) -> dict[str, Any]:
        self.dead_letters.append(parameters)
        return {"MessageId": "m"}


@pytest.fixture
def backend() -> Backend:
    return Backend()


def _assembled(store: MediaStore, backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    delivery: Any = backend
    for module in (validate, finalize, thumbnails, bundle, dispatch):
        monkeypatch.setattr(module, "media_store", lambda: store)
    monkeypatch.setattr(dispatch, "_dispatcher", lambda: Dispatcher(store, delivery))
    pipeline = Pipeline(store, backend)
    monkeypatch.setattr(careful, "process_all", pipeline.one_by_one)
    return pipeline


@pytest.fixture
def pipeline(store: MediaStore, backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """Over an emulated S3."""
    return _assembled(store, backend, monkeypatch)


@pytest.fixture
def large_pipeline(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """Over a dictionary, for numbers that would take the emulator minutes; pixels and the ZIP itself are left out."""
    client: Any = MemoryS3()
    large = _assembled(MediaStore(BUCKET, client), backend, monkeypatch)
    monkeypatch.setattr(thumbnails, "handler", large.rendered)
    monkeypatch.setattr(bundle, "handler", large.bundled)
    return large
