"""The dead-letter queue as our functions write it: the message as it was, and why it is there."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

ERROR_CODE: Final = "ErrorCode"
ERROR_REASON: Final = "ErrorReason"
_MAX_ATTRIBUTES: Final = 10  # "Amazon SQS message quotas"
_MAX_REASON: Final = 900  # characters; keeps a message of the largest size within the queue's limit in most cases


class DeadLetterCode(StrEnum):
    """Attribute ``ErrorCode`` that a function of ours sets; none is set when SQS itself gave up on a message.

    The state machine sets it for undelivered callbacks, to the name of the error (``CallbackRefused``, ...).
    """

    MALFORMED_MESSAGE = "MALFORMED_MESSAGE"  # start refused it: no retry can help


class DeadLetterQueue:
    """Sends to one queue.

    Parameters
    ----------
    url
        URL of the dead-letter queue.
    client
        boto3 SQS client.
    """

    def __init__(self, url: str, client: "SQSClient") -> None:
        self._url = url
        self._client = client

    def put(self, body: str, attributes: Mapping[str, Any], code: DeadLetterCode, reason: str) -> None:
        """Keep a message with the reason why it could not be worked on.

        Parameters
        ----------
        attributes
            As `sqs:SendMessage` takes them: name to ``{"DataType", "StringValue" | "BinaryValue"}``.
        reason
            For people; shortened where needed.
        """
        ours = {ERROR_CODE: _text(code.value), ERROR_REASON: _text(_printable(reason)[:_MAX_REASON])}
        kept = [(name, value) for name, value in attributes.items() if name not in ours]
        self._client.send_message(
            QueueUrl=self._url,
            MessageBody=body,
            MessageAttributes=dict(kept[: _MAX_ATTRIBUTES - len(ours)]) | ours,
        )


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


def _printable(text: str) -> str:
    """SQS refuses control characters in attributes, and empty ones."""
    return "".join(character if character.isprintable() else " " for character in text) or "unknown"
