"""Batches of an SQS queue side by side, as Lambda takes them; LocalStack 4.14 takes one after the other.

AWS: "Using Lambda with Amazon SQS", "Configuring scaling behavior for SQS event source mappings": five at a time to
begin with. More are not needed here.
"""

import logging
import threading
from collections.abc import Callable
from typing import Any, Final

from localstack.services.lambda_.event_source_mapping.pollers.sqs_poller import SqsPoller

LOG = logging.getLogger(__name__)
AT_ONCE: Final = 5
Handle = Callable[[SqsPoller, list[dict[str, Any]]], None]


def install() -> None:
    """Let every poller of a queue hand its batches over without waiting for their end."""
    setattr(SqsPoller, "handle_messages", side_by_side(SqsPoller.handle_messages))  # noqa: B010 - a method, to mypy


def side_by_side(handle: Handle) -> Handle:
    """Wrap the method that invokes the function with a batch and deletes what it has done; FIFO queues keep to it."""

    def handled(poller: SqsPoller, messages: list[dict[str, Any]]) -> None:
        if poller.is_fifo_queue:
            handle(poller, messages)
            return
        places: threading.Semaphore = vars(poller).setdefault("toq_places", threading.Semaphore(AT_ONCE))
        places.acquire()

        def work() -> None:
            try:
                handle(poller, messages)
            except Exception:  # the messages come back
                LOG.exception("a batch of %s failed", poller.source_arn)
            finally:
                places.release()

        threading.Thread(target=work, name="toq-sqs-batch", daemon=True).start()

    return handled
