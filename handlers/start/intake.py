"""From a queued message to a running execution, so that any number of deliveries gives one execution."""

import datetime
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from handlers.contract import names
from handlers.contract.batch import Batch
from handlers.contract.errors import BatchRefusedError
from handlers.contract.moments import date_of
from handlers.contract.request import BatchRequest, parse_json
from handlers.runtime.observability import bind, logger
from handlers.runtime.store import MediaStore

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class Intake:
    """Accepts batches for one state machine.

    Parameters
    ----------
    store
        The media bucket, for the batch's ``input.json`` and for manifests in place of assets.
    machine_arn
        ARN of the state machine.
    client
        boto3 Step Functions client.
    """

    def __init__(self, store: MediaStore, machine_arn: str, client: "SFNClient") -> None:
        self._store = store
        self._machine_arn = machine_arn
        self._client = client

    def accept(self, body: str, attributes: Mapping[str, str], sent_at: datetime.datetime) -> bool:
        """Start the execution that a message asks for.

        Parameters
        ----------
        body
            JSON, as in the design's contract "SQS message".
        attributes
            Message attributes by name; those required must agree with the body.
        sent_at
            When the message was sent; its date is used where no asset's key has one.

        Returns
        -------
        bool
            False when the execution was there before: a second delivery.

        Raises
        ------
        BatchRefusedError
            The message is malformed; nothing was started.
        """
        request = BatchRequest.parse(parse_json(body), self._store.get_announced, date_of(sent_at))
        batch = request.batch
        _check_attributes(batch, attributes)
        bind(batch)
        # The first writer wins: states that are running must not see their input change under them.
        self._store.create_json(batch.file(names.ManifestFile.INPUT), request.to_json())
        return self._start(batch, len(request.assets))

    def _start(self, batch: Batch, assets: int) -> bool:
        try:
            answer = self._client.start_execution(
                stateMachineArn=self._machine_arn,
                name=batch.execution_name,
                input=json.dumps(batch.to_state(), separators=(",", ":")),
            )
        except self._client.exceptions.ExecutionAlreadyExists:
            logger.info("execution exists already: this is a repeated delivery")
            return False
        logger.info("execution started", executionArn=answer["executionArn"], assets=assets)
        return True


def _check_attributes(batch: Batch, attributes: Mapping[str, str]) -> None:
    expected: dict[str, Any] = {
        "Traceparent": batch.traceparent,
        "ListingId": batch.listing_id,
        "BatchId": batch.batch_id,
    }
    for name in names.MESSAGE_ATTRIBUTES:
        if name not in attributes:
            raise BatchRefusedError(f"message attribute {name} is missing")
        if attributes[name] != str(expected[name]):
            raise BatchRefusedError(f"message attribute {name} does not agree with the body")
