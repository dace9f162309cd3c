"""`make replay BATCH=...`: processes a batch once more, as a new attempt, from the input that its last attempt had.

The raw objects are read anew; outputs are written to the same keys. Where the backend can, ask it to retry instead: it
then counts the attempt itself.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from handlers.contract.batch import Batch
from handlers.contract.ids import is_id
from handlers.contract.keys import manifest_prefix
from handlers.contract.names import ManifestFile
from handlers.contract.request import BatchRequest
from handlers.runtime.store import MediaStore
from operations.deployment import read_deployed
from toolchain.errors import SetupError

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


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

    def _last(self, batch_id: str) -> Batch:
        """The latest attempt, found by the names of executions: the batch's number alone does not tell its listing."""
        if not is_id(batch_id):
            raise SetupError(f"BATCH={batch_id!r} is no batch id: a number, or at most 64 of A-Z a-z 0-9 _ -")
        last: dict[str, Any] | None = None
        attempt = 0
        while execution := self._execution(f"batch-{batch_id}-{attempt}"):
            last, attempt = execution, attempt + 1
        if last is None:
            raise SetupError(f"batch {batch_id} has no execution of the last 90 days: ask the backend to retry it")
        if last["status"] == "RUNNING":
            raise SetupError(f"batch {batch_id} is still at work in {last['executionArn']}: wait, or stop it first")
        state = json.loads(last["input"])
        if "manifestPrefix" not in state:
            raise SetupError(f"{last['executionArn']} was started by hand: start it again by hand")
        return Batch.from_state(state)

    def _execution(self, name: str) -> Any:
        arn = f"{self.machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
        try:
            return self.executions.describe_execution(executionArn=arn)
        except self.executions.exceptions.ExecutionDoesNotExist:
            return None


def _next_attempt(request: BatchRequest, last: Batch) -> BatchRequest:
    attempt = last.attempt + 1
    prefix = manifest_prefix(str(last.listing_id), last.date, str(last.batch_id), attempt)
    return replace(request, batch=replace(last, attempt=attempt, manifest_prefix=prefix))


def main(arguments: Sequence[str]) -> int:
    """Run the command line; 0 started, 2 bad input."""
    parser = argparse.ArgumentParser(prog="make replay", description=__doc__, allow_abbrev=False)
    parser.add_argument("--env", default="dev", help="environment whose Terraform outputs name the resources")
    parser.add_argument("--batch", required=True, help="the batch's id")
    options = parser.parse_args(arguments)
    try:
        deployment = read_deployed(options.env)
        session = boto3.Session(region_name=deployment.region)
        store = MediaStore(deployment.media_bucket, session.client("s3"))
        replay = Replay(store, session.client("stepfunctions"), deployment.state_machine_arn)
        batch, arn = replay.start(options.batch)
    except (SetupError, BotoCoreError, ClientError) as error:
        print(f"replay: {error}", file=sys.stderr)
        return 2
    print(f"batch {batch.batch_id}, attempt {batch.attempt}: {arn}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
