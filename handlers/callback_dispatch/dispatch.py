"""Sending a batch's callback: from ``result.json`` to the backend's acceptance in ``callback.json``."""

import datetime
import json
from collections.abc import Callable, Mapping
from typing import Any

from handlers.callback_dispatch.delivery import Accepted, Delivery, Message
from handlers.contract.batch import Batch
from handlers.contract.moments import iso
from handlers.contract.names import ManifestFile
from handlers.runtime.observability import logger
from handlers.runtime.store import MediaStore


class Dispatcher:
    """Sends callbacks of batches whose manifests are in one bucket."""

    def __init__(self, store: MediaStore, delivery: Delivery) -> None:
        self._store = store
        self._delivery = delivery

    def send_once(self, batch: Batch, remaining: Callable[[], float]) -> int:
        """Send the batch's callback, unless the backend has accepted the same result before.

        Returns
        -------
        int
            The backend's status code, now or then.

        Raises
        ------
        CallbackUnavailable, CallbackRefused
            As `Delivery.deliver` does.
        """
        result = self._store.get_json(batch.file(ManifestFile.RESULT))
        receipt = self._store.find_json(batch.file(ManifestFile.RECEIPT))
        if receipt and receipt["eventId"] == result["eventId"]:
            logger.info("callback was accepted before", eventId=result["eventId"])
            return int(receipt["statusCode"])
        return self.send(batch, result, remaining)

    def send(self, batch: Batch, result: Mapping[str, Any], remaining: Callable[[], float]) -> int:
        """Send the batch's callback, whether or not it was accepted before; see `send_once`."""
        sent_at = iso(datetime.datetime.now(datetime.UTC))
        body = json.dumps({**result, "sentAt": sent_at}, ensure_ascii=False, separators=(",", ":")).encode()
        event_id = result["eventId"]
        accepted = self._delivery.deliver(Message(event_id, body, batch.traceparent), remaining)
        self._store.put_json(batch.file(ManifestFile.RECEIPT), _receipt(event_id, sent_at, accepted))
        logger.info("callback accepted", eventId=event_id, answer=accepted.status, tries=accepted.tries)
        return accepted.status


def _receipt(event_id: str, sent_at: str | None, accepted: Accepted) -> dict[str, Any]:
    return {"eventId": event_id, "sentAt": sent_at, "statusCode": accepted.status, "tries": accepted.tries}
