"""The dead letters of a batch: found among others, which stay as they are; this run's own are taken away."""

import time
from collections.abc import Mapping
from typing import Any, Final

_HIDDEN_SECONDS: Final = 60  # from others, while they are looked through
_PAUSE: Final = 1.0


def take_letters(
    queues: Any, url: str, batch_id: object, *, wanted: int, seconds: float
) -> tuple[list[Mapping[str, str]], int]:
    """Take this batch's letters out of the queue, so that no alarm stays on and no redrive repeats them.

    Parameters
    ----------
    wanted
        How many there should be; looked for until they are there or `seconds` are over.

    Returns
    -------
    Attributes of each letter about the batch, and the number of all others.
    """
    deadline = time.monotonic() + seconds
    own: list[Mapping[str, str]] = []
    while True:
        found, others = _look_through(queues, url, batch_id)
        own += found
        if len(own) >= wanted or time.monotonic() > deadline:
            return own, others
        time.sleep(_PAUSE)


def _look_through(queues: Any, url: str, batch_id: object) -> tuple[list[Mapping[str, str]], int]:
    own: list[Mapping[str, str]] = []
    others: list[str] = []
    while messages := queues.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=10,
        MessageAttributeNames=["All"],
        VisibilityTimeout=_HIDDEN_SECONDS,
        WaitTimeSeconds=1,
    ).get("Messages", []):
        for message in messages:
            attributes = {
                name: value.get("StringValue", "") for name, value in message.get("MessageAttributes", {}).items()
            }
            if attributes.get("BatchId") == str(batch_id):
                own.append(attributes)
                queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            else:
                others.append(message["ReceiptHandle"])
    for receipt in others:
        queues.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0)
    return own, len(others)
