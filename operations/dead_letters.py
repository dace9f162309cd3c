"""Messages of the dead-letter queue: what each is, and where it belongs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

from handlers.contract.names import ManifestFile
from handlers.runtime.dead_letters import ERROR_CODE, ERROR_REASON, DeadLetterCode

_SHOWN: Final = 200  # characters of a reason
_BATCH_MEMBERS: Final = ("batchId", "listingId", "attempt", "traceparent")
_CALLBACK_MEMBERS: Final = frozenset({*_BATCH_MEMBERS, "status", "resultKey"})


class Route(StrEnum):
    """Where a message goes on a redrive."""

    BATCH = "batch"  # back to the queue of batches
    CALLBACK = "callback"  # to listing-media-callback-dispatch
    EVENT = "event"  # back to the queue of events, from which listing-media-reconcile takes it


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message, as `sqs:ReceiveMessage` gives it."""

    id: str
    receipt: str
    sent_at: float  # seconds since 1970
    body: str
    attributes: Mapping[str, Any]

    @classmethod
    def from_sqs(cls, message: Mapping[str, Any]) -> Self:
        """Read a received message."""
        return cls(
            message["MessageId"],
            message["ReceiptHandle"],
            int(message["Attributes"]["SentTimestamp"]) / 1000,
            message["Body"],
            message.get("MessageAttributes", {}),
        )

    @property
    def route(self) -> Route:
        """By the body's shape: the state machine's undelivered callbacks, EventBridge's events, all else is a batch.

        What start refused came through the queue of batches and goes back there, whatever it looks like: nobody who
        can only send batches shall have another function called.
        """
        body = self.document
        if self._text(ERROR_CODE) == DeadLetterCode.MALFORMED_MESSAGE:
            return Route.BATCH
        if body.keys() >= _CALLBACK_MEMBERS:
            return Route.CALLBACK
        return Route.EVENT if "detail-type" in body else Route.BATCH

    @property
    def document(self) -> dict[str, Any]:
        """The body as an object; an empty one for a body that is none."""
        try:
            document = json.loads(self.body)
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}

    @property
    def batch_id(self) -> str:
        """The batch that it is of, as far as it tells."""
        return str(self.document.get("batchId") or self._text("BatchId") or "?")

    @property
    def batch_attributes(self) -> dict[str, Any]:
        """The attributes with which the message was sent first."""
        return {
            name: {kind: value[kind] for kind in ("DataType", "StringValue", "BinaryValue") if kind in value}
            for name, value in self.attributes.items()
            if name not in (ERROR_CODE, ERROR_REASON)
        }

    @property
    def callback_event(self) -> dict[str, Any]:
        """The event with which the state machine invokes listing-media-callback-dispatch."""
        body = self.document
        prefix = str(body["resultKey"]).removesuffix(ManifestFile.RESULT)
        return {
            "batch": {name: body[name] for name in _BATCH_MEMBERS} | {"manifestPrefix": prefix},
            "status": body["status"],
            "resultKey": body["resultKey"],
            "execution": {"arn": body.get("executionArn", "")},
        }

    @property
    def reason(self) -> str:
        """Why it is here, on one line."""
        code, text = self._text(ERROR_CODE), self._text(ERROR_REASON)
        if not code:
            function = "reconcile" if self.route is Route.EVENT else "start"
            return f"given up by SQS: the {function} function failed on every receive, see its log"
        return f"{code}: {' '.join(_sentence(text).split())[:_SHOWN]}"

    def _text(self, name: str) -> str:
        return str(self.attributes.get(name, {}).get("StringValue", ""))


def _sentence(text: str) -> str:
    """The message in a Lambda's error document; any other text as it is."""
    try:
        document = json.loads(text)
    except ValueError:
        return text
    return str(document.get("errorMessage", text)) if isinstance(document, dict) else text
