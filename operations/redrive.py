"""`make redrive`: shows the dead-letter queue and sends each message back to where it can be worked on again.

A message is sent first and deleted from the dead-letter queue afterwards: cut off in between, it is there twice, and
the second delivery changes nothing. Messages that arrive while this runs are left for the next run, so a message that
is refused again does not go round in circles.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from handlers.contract.names import function_name
from operations.dead_letters import DeadLetter, Route
from operations.deployment import DeployedResources, read_deployed
from operations.selection import Selection
from toolchain.errors import SetupError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient

EVERYTHING: Final = Selection()
_HIDDEN_SECONDS: Final = 300  # while it is being worked on, nobody else receives the message


class Redrive:
    """Works through one dead-letter queue.

    Parameters
    ----------
    source_url
        The dead-letter queue.
    """

    def __init__(
        self, deployment: DeployedResources, source_url: str, queues: "SQSClient", functions: "LambdaClient"
    ) -> None:
        self._deployment = deployment
        self._source_url = source_url
        self._queues = queues
        self._functions = functions

    def letters(self, before: float) -> Iterator[DeadLetter]:
        """Every message that was sent before a moment; hidden from others until it is deleted or released."""
        while True:
            answer = self._queues.receive_message(
                QueueUrl=self._source_url,
                MaxNumberOfMessages=10,
                WaitTimeSeconds=1,
                VisibilityTimeout=_HIDDEN_SECONDS,
                AttributeNames=["SentTimestamp"],
                MessageAttributeNames=["All"],
            )
            letters = [DeadLetter.from_sqs(message) for message in answer.get("Messages", [])]
            if not letters:
                return
            for letter in letters:
                if letter.sent_at < before:
                    yield letter
                else:
                    self.release(letter)
            if all(letter.sent_at >= before for letter in letters):
                return

    def release(self, letter: DeadLetter) -> None:
        """Let a message be received again at once."""
        self._queues.change_message_visibility(
            QueueUrl=self._source_url, ReceiptHandle=letter.receipt, VisibilityTimeout=0
        )

    def send_back(self, letter: DeadLetter) -> str | None:
        """Send one message to where it belongs and delete it here; why that failed, or None."""
        problem = self._send(letter)
        if problem is None:
            self._queues.delete_message(QueueUrl=self._source_url, ReceiptHandle=letter.receipt)
        return problem

    def _send(self, letter: DeadLetter) -> str | None:
        if letter.route is Route.CALLBACK:
            return self._invoke("callback_dispatch", json.dumps(letter.callback_event))
        if letter.route is Route.EVENT:
            self._queues.send_message(QueueUrl=self._deployment.event_queue_url, MessageBody=letter.body)
            return None
        self._queues.send_message(
            QueueUrl=self._deployment.queue_url,
            MessageBody=letter.body,
            MessageAttributes=letter.batch_attributes,
        )
        return None

    def _invoke(self, package: str, payload: str) -> str | None:
        arn = self._deployment.function_arns[function_name(package)]
        answer = self._functions.invoke(FunctionName=arn, Payload=payload.encode())
        if "FunctionError" not in answer:
            return None
        error = json.loads(answer["Payload"].read())
        return f"{error.get('errorType')}: {error.get('errorMessage')}"


def run(redrive: Redrive, *, dry_run: bool, selection: Selection = EVERYTHING) -> int:
    """Work through the queue and print what became of each message; 1 when one that was selected had to stay."""
    letters = list(redrive.letters(time.time()))
    stayed = moved = 0
    for letter in letters:
        batch = letter.batch_id
        if not selection.takes(moment=letter.sent_at, reason=letter.reason, batch_id=batch):
            redrive.release(letter)
            continue
        problem = None if dry_run else redrive.send_back(letter)
        if dry_run or problem:
            redrive.release(letter)
        stayed += bool(problem)
        moved += not problem
        fate = f"stays: {problem}" if problem else "would go back" if dry_run else "sent back"
        print(f"{letter.id}  {letter.route:<8}  batch {batch}  {letter.reason}  -> {fate}")
    done = "shown, none was moved" if dry_run else f"sent back, {stayed} stay"
    left = len(letters) - moved - stayed
    print(f"{moved} messages {done}{f', {left} not selected' if left else ''}")
    return 1 if stayed else 0


def main(arguments: Sequence[str]) -> int:
    """Run the command line; 0 done, 1 some messages stay, 2 bad input."""
    parser = argparse.ArgumentParser(prog="make redrive", description=__doc__, allow_abbrev=False)
    parser.add_argument("--env", default="dev", help="environment whose Terraform outputs name the queues")
    queues = parser.add_mutually_exclusive_group()
    queues.add_argument(
        "--events", action="store_true", help="the dead-letter queue of events instead of that of batches"
    )
    queues.add_argument("--all", action="store_true", help="both dead-letter queues")
    parser.add_argument("--dry-run", action="store_true", help="show the messages, move none")
    parser.add_argument("--batch", help="only this batch's messages")
    Selection.add_options(parser)
    options = parser.parse_args(arguments)
    try:
        deployment = read_deployed(options.env)
        session = boto3.Session(region_name=deployment.region)
        # A repeat by the SDK would send a callback twice.
        patient = Config(read_timeout=900, retries={"total_max_attempts": 1})
        queues_client, functions = session.client("sqs"), session.client("lambda", config=patient)
        sources = [] if options.events else [deployment.dead_letter_queue_url]
        sources += [deployment.event_dead_letter_queue_url] if options.events or options.all else []
        return max(
            run(
                Redrive(deployment, source, queues_client, functions),
                dry_run=options.dry_run,
                selection=Selection.from_options(options),
            )
            for source in sources
        )
    except (SetupError, BotoCoreError, ClientError) as error:
        print(f"redrive: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
