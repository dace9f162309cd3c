"""`make replay BATCH=...`: processes a batch once more, as a new attempt, from the input that its last attempt had.

With ``--failed`` all whose newest execution failed, or those of them since a moment or with a reason.

Only what changed since, or failed, is made again, and the command says what was reused; outputs are written to the same
keys. Where the backend can, ask it to retry instead: it then counts the attempt itself.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from handlers.contract.batch import Asset, Batch
from handlers.contract.ids import is_id
from handlers.contract.keys import manifest_prefix
from handlers.contract.media_types import Kind
from handlers.contract.names import ManifestFile
from handlers.contract.request import BatchRequest
from handlers.runtime.store import MediaStore
from operations.deployment import read_deployed
from operations.executions import find_execution
from operations.failed_batches import FailedBatch, find_failed
from operations.selection import Selection
from toolchain.errors import SetupError

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

_LOOKS: Final = 600  # at most; validate takes 300 s at most, and may be tried again
_PAUSE_SECONDS: Final = 1.0  # between two looks


@dataclass(frozen=True, slots=True)
class Replay:
    """Replays batches of one state machine."""

    store: MediaStore
    executions: "SFNClient"
    machine_arn: str

    def start(self, batch_id: str) -> tuple[Batch, str]:
        """Start the next attempt of a batch.

        Returns
        -------
        The new attempt and its execution's ARN.

        Raises
        ------
        SetupError
            The batch is unknown, still at work, or its input is gone.
        """
        last = self._last(batch_id)
        document = self.store.find_json(last.file(ManifestFile.INPUT))
        if document is None:
            raise SetupError(f"batch {batch_id} has no {last.file(ManifestFile.INPUT)}: ask the backend to retry it")
        request = _next_attempt(BatchRequest.from_json(document), last)
        batch = request.batch
        self.store.create_json(batch.file(ManifestFile.INPUT), request.to_json())
        answer = self.executions.start_execution(
            stateMachineArn=self.machine_arn,
            name=batch.execution_name,
            input=json.dumps(batch.to_state(), separators=(",", ":")),
        )
        return batch, answer["executionArn"]

    def validated(
        self, batch: Batch, execution_arn: str, pause: Callable[[float], None] = time.sleep
    ) -> list[Asset] | None:
        """The assets of a started attempt once they are validated; None when it ends, or takes, too early or long.

        Parameters
        ----------
        pause
            Waits so many seconds between two looks.
        """
        for _ in range(_LOOKS):
            # In this order: what ends in between has written its manifest before.
            running = self.executions.describe_execution(executionArn=execution_arn)["status"] == "RUNNING"
            manifest = self.store.find_json(batch.file(ManifestFile.ASSETS))
            if manifest is not None:
                return [Asset.from_json(line) for line in manifest["assets"]]
            if not running:
                return None
            pause(_PAUSE_SECONDS)
        return None

    def _last(self, batch_id: str) -> Batch:
        """The latest attempt, found by the names of executions: the batch's number alone does not tell its listing."""
        if not is_id(batch_id):
            raise SetupError(f"BATCH={batch_id!r} is no batch id: a number, or at most 64 of A-Z a-z 0-9 _ -")
        last: dict[str, Any] | None = None
        attempt = 0
        while execution := find_execution(self.executions, self.machine_arn, f"batch-{batch_id}-{attempt}"):
            last, attempt = execution, attempt + 1
        if last is None:
            raise SetupError(f"batch {batch_id} has no execution of the last 90 days: ask the backend to retry it")
        if last["status"] == "RUNNING":
            raise SetupError(f"batch {batch_id} is still at work in {last['executionArn']}: wait, or stop it first")
        state = json.loads(last["input"])
        if "manifestPrefix" not in state:
            raise SetupError(f"{last['executionArn']} was started by hand: start it again by hand")
        return Batch.from_state(state)


def _next_attempt(request: BatchRequest, last: Batch) -> BatchRequest:
    attempt = last.attempt + 1
    prefix = manifest_prefix(str(last.listing_id), last.date, str(last.batch_id), attempt)
    return replace(request, batch=replace(last, attempt=attempt, manifest_prefix=prefix))


def describe_reuse(assets: Iterable[Asset] | None) -> str:
    """What an attempt takes over from earlier ones, and of how many valid assets of the kind."""
    if assets is None:
        return "reused: not known, the assets were not validated; see the execution"
    valid = [asset for asset in assets if asset.valid]
    there, reused = Counter(asset.kind for asset in valid), Counter(asset.kind for asset in valid if asset.reused)
    told = [f"{reused[kind]} of {there[kind]} {kind}{'s' if there[kind] != 1 else ''}" for kind in Kind if there[kind]]
    return f"reused: {', '.join(told) or 'nothing, no asset is valid'}"


def replay_all(replay: Replay, failed: Sequence[FailedBatch], *, dry_run: bool) -> int:
    """Start the next attempt of each and print what became of it; 1 when one could not be started."""
    stayed = 0
    for each in failed:
        fate = "would be processed again"
        if not dry_run:
            try:
                batch, _ = replay.start(each.batch_id)
                fate = f"attempt {batch.attempt} started"
            except SetupError as error:
                stayed += 1
                fate = f"stays: {error}"
        print(f"batch {each.batch_id}  {each.reason}  -> {fate}", flush=True)
    print(f"{len(failed) - stayed} batches {'shown, none was started' if dry_run else f'started, {stayed} stay'}")
    return 1 if stayed else 0


def main(arguments: Sequence[str]) -> int:
    """Run the command line; 0 started, 1 some could not be, 2 bad input."""
    parser = argparse.ArgumentParser(prog="make replay", description=__doc__, allow_abbrev=False)
    parser.add_argument("--env", default="dev", help="environment whose Terraform outputs name the resources")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--batch", help="the batch's id")
    which.add_argument("--failed", action="store_true", help="every batch whose newest execution failed")
    Selection.add_options(parser)
    parser.add_argument("--dry-run", action="store_true", help="with --failed: show them, start none")
    options = parser.parse_args(arguments)
    try:
        deployment = read_deployed(options.env)
        session = boto3.Session(region_name=deployment.region)
        store, executions = MediaStore(deployment.media_bucket, session.client("s3")), session.client("stepfunctions")
        replay = Replay(store, executions, deployment.state_machine_arn)
        if options.failed:
            failed = find_failed(executions, deployment.state_machine_arn, Selection.from_options(options))
            return replay_all(replay, failed, dry_run=options.dry_run)
        batch, arn = replay.start(options.batch)
        print(f"batch {batch.batch_id}, attempt {batch.attempt}: {arn}", flush=True)
        print(describe_reuse(replay.validated(batch, arn)))
    except (SetupError, BotoCoreError, ClientError) as error:
        print(f"replay: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
