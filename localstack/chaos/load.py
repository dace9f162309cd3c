"""The photographers' apps of a run: batches one after the other, each accepted for sure or not at all, and repeats."""

import hashlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
from botocore.exceptions import ClientError

from handlers.runtime.store import MediaStore
from localstack.backend import client
from localstack.backend.client import MediaFile
from localstack.chaos.auditor.ledger import Ledger, RawObject
from localstack.chaos.media import Media
from localstack.chaos.surroundings import Surroundings
from operations.deployment import DeployedResources
from operations.executions import execution_arn
from operations.replay import Replay
from toolchain.errors import SetupError

LISTINGS: Final = range(101, 121)  # of the stand-ins that every local database has
PHOTOGRAPHER: Final = 7
_SENDERS: Final = 3
_PAUSE: Final = 0.1
_STUCK_SECONDS: Final = 15.0  # a batch that waits for a retry must not hold up the next ones


@dataclass
class Load:
    """Sends batches until it is told to stop.

    Parameters
    ----------
    at_work
        Batches that are younger than some seconds and have no result: no more than these at a time.
    """

    surroundings: Surroundings
    ledger: Ledger
    media: Media
    at_work: int
    _open: dict[int, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _number: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _abandoned: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Send batches until `stop`."""
        with ThreadPoolExecutor(_SENDERS + 1) as pool:
            for work in [pool.submit(self._watch), *(pool.submit(self._send_all) for _ in range(_SENDERS))]:
                work.result()

    def stop(self) -> None:
        """Begin no further batch."""
        self._stop.set()

    def abandon(self) -> None:
        """Begin no further batch, and insist on no answer for those that are begun: the run was interrupted."""
        self._abandoned.set()
        self._stop.set()

    def _send_all(self) -> None:
        with self.surroundings.api() as api:
            while not self._stop.is_set():
                with self._lock:
                    young = sum(time.time() - at < _STUCK_SECONDS for at in self._open.values())
                    room = young < self.at_work
                    if room:
                        self._number += 1
                        number = self._number
                        self._open[-number] = time.time()  # its place, until it has an id
                if not room:
                    self._stop.wait(_PAUSE)
                    continue
                try:
                    self._send(api, number)
                finally:
                    with self._lock:
                        del self._open[-number]

    def _send(self, api: httpx.Client, number: int) -> None:
        files = self.media.files(self.surroundings.seed, number)
        listing = LISTINGS[number % len(LISTINGS)]
        registered = self._insist(lambda: client.register(api, listing, PHOTOGRAPHER, files))
        client.upload(registered["uploads"], files)
        batch_id = int(registered["batchId"])
        raw = [self._raw(file, upload) for file, upload in zip(files, registered["uploads"], strict=True)]
        self.ledger.uploaded(batch_id, listing, raw)
        with self._lock:
            self._open[batch_id] = time.time()
        self._complete(api, batch_id)
        self.ledger.accepted(batch_id, 0, time.time())

    def _raw(self, file: MediaFile, upload: dict[str, Any]) -> RawObject:
        bucket = self.surroundings.platform.outputs["media_bucket"]
        version = self.surroundings.s3.head_object(Bucket=bucket, Key=upload["key"])["VersionId"]
        content = file.path.read_bytes()
        return RawObject(upload["key"], version, len(content), hashlib.sha256(content).hexdigest())

    def _complete(self, api: httpx.Client, batch_id: int) -> None:
        """Hand the batch over; asked again when the answer was lost, which changes nothing."""

        def ask() -> None:
            answer = api.post(f"/batches/{batch_id}/complete")
            if answer.status_code != httpx.codes.CONFLICT:  # it has its result: it was handed over before
                answer.raise_for_status()

        self._insist(ask)

    def _insist[T](self, ask: Callable[[], T]) -> T:
        """Ask the backend until it answers: it may be away just now."""
        while True:
            try:
                return ask()
            except httpx.HTTPError as error:
                refused = isinstance(error, httpx.HTTPStatusError) and error.response.status_code < 500
                if refused or self._abandoned.is_set():
                    raise
                time.sleep(_PAUSE)

    def _watch(self) -> None:
        """Notice which batches have ended, and repeat some of them."""
        places = self.surroundings.places
        repeats = ThreadPoolExecutor(4)
        with repeats:
            while not self._stop.wait(0.5):
                with self._lock:
                    asked = [batch for batch in self._open if batch > 0]
                if not asked:
                    continue
                with places.connect() as connection, connection.cursor() as cursor:
                    cursor.execute(
                        f"SELECT id FROM listing_media_batches WHERE status IN ('READY', 'FAILED') "  # noqa: S608 - numbers
                        f"AND id IN ({','.join(map(str, asked))})"
                    )
                    ended = [row["id"] for row in cursor.fetchall()]
                with self._lock:
                    for batch in ended:
                        del self._open[batch]
                for batch in ended:
                    repeats.submit(self._repeat, batch)

    def _repeat(self, batch_id: int) -> None:
        """Replay a batch twice at once, or let the backend retry it twice at once, where the seed says so."""
        strikes = self.surroundings.strikes
        self._wait_for_execution(batch_id)
        if strikes.strikes("replay.twice-at-once", f"batch-{batch_id}-0"):
            self._at_once(lambda: self._replay(batch_id))
        elif strikes.strikes("retry.twice-at-once", f"batch-{batch_id}-0"):
            self._at_once(lambda: self._retry(batch_id))

    def _wait_for_execution(self, batch_id: int) -> None:
        """The backend knows of a batch's end before its execution has ended; nobody can replay it until then."""
        outputs = self.surroundings.platform.outputs
        arn = execution_arn(outputs["state_machine_arn"], f"batch-{batch_id}-0")
        while not self._stop.is_set():
            if self.surroundings.states.describe_execution(executionArn=arn)["status"] != "RUNNING":
                return
            self._stop.wait(_PAUSE)

    def _at_once(self, act: Callable[[], None]) -> None:
        with ThreadPoolExecutor(2) as pool:
            for work in [pool.submit(act), pool.submit(act)]:
                work.result()

    def _replay(self, batch_id: int) -> None:
        outputs = self.surroundings.platform.outputs
        deployed = DeployedResources(**{name: outputs[name] for name in DeployedResources.__slots__})
        store = MediaStore(deployed.media_bucket, self.surroundings.s3)
        try:
            batch, _ = Replay(store, self.surroundings.states, deployed.state_machine_arn).start(str(batch_id))
        except (ClientError, SetupError):
            return  # the other one was first
        self.ledger.accepted(batch_id, batch.attempt, time.time())

    def _retry(self, batch_id: int) -> None:
        with self.surroundings.api() as api:
            try:
                answer = api.post(f"/batches/{batch_id}/retry").raise_for_status().json()
            except httpx.HTTPError:
                self._retry_after_doubt(api, batch_id)
                return
        self.ledger.accepted(batch_id, int(answer["attempt"]), time.time())

    def _retry_after_doubt(self, api: httpx.Client, batch_id: int) -> None:
        """The answer was lost: the attempt may be counted and sent, or not. Send the newest one's message again."""
        attempt = int(self._insist(lambda: client.find(api, batch_id))["attempt"])
        for number in range(1, attempt + 1):
            self.ledger.asked(batch_id, number)
        self._complete(api, batch_id)
