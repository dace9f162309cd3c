"""What the service remembers, per account and region."""

import datetime
import threading

from localstack.services.stores import AccountRegionBundle, BaseStore, LocalAttribute

from toq_localstack.mediaconvert.shapes import Document


class MediaConvertStore(BaseStore):
    """Queues, job templates and jobs by name or id; tags by ARN; jobs by client request token.

    The attributes are descriptors of LocalStack, which give each account and region a value of its own.
    """

    queues: dict[str, Document] = LocalAttribute(default=dict)  # type: ignore[assignment]
    templates: dict[str, Document] = LocalAttribute(default=dict)  # type: ignore[assignment]
    jobs: dict[str, Document] = LocalAttribute(default=dict)  # type: ignore[assignment]
    tags: dict[str, dict[str, str]] = LocalAttribute(default=dict)  # type: ignore[assignment]
    tokens: dict[str, tuple[float, str]] = LocalAttribute(default=dict)  # type: ignore[assignment]


stores = AccountRegionBundle("mediaconvert", MediaConvertStore)
lock = threading.RLock()
"""Held while a store changes; requests and the job runner are different threads."""


def now() -> datetime.datetime:
    """The time as the API gives it: whole seconds, UTC."""
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)
