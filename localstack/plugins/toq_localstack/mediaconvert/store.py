"""What the service remembers, per account and region."""

import datetime
import threading
from typing import Any

from localstack.services.stores import AccountRegionBundle, BaseStore, LocalAttribute

Document = dict[str, Any]
"""A structure of the API, with the API's PascalCase members."""


class MediaConvertStore(BaseStore):
    """Queues, job templates and jobs by name or id; tags by ARN; jobs by client request token."""

    queues: dict[str, Document] = LocalAttribute(default=dict)
    templates: dict[str, Document] = LocalAttribute(default=dict)
    jobs: dict[str, Document] = LocalAttribute(default=dict)
    tags: dict[str, dict[str, str]] = LocalAttribute(default=dict)
    tokens: dict[str, tuple[float, str]] = LocalAttribute(default=dict)


stores = AccountRegionBundle("mediaconvert", MediaConvertStore)
lock = threading.RLock()
"""Held while a store changes; requests and the job runner are different threads."""


def now() -> datetime.datetime:
    """The time as the API gives it: whole seconds, UTC."""
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)
