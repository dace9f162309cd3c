"""Appends every AWS call that passes the gateway to a file: the evidence of the least-privilege proof."""

import datetime
import json
import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localstack.aws.api import RequestContext
from rolo import Response
from rolo.gateway import HandlerChain

from toq_localstack.calls.callers import Sessions
from toq_localstack.calls.permissions import Place, permissions
from toq_localstack.mediaconvert.store import stores

LOG = logging.getLogger(__name__)


def tags_of(arn: str) -> Mapping[str, str]:
    """Tags of a MediaConvert job: the only resource whose tags a policy here asks for."""
    if ":mediaconvert:" not in arn or ":jobs/" not in arn:
        return {}
    _, _, _, region, account, _ = arn.split(":", 5)
    return stores[account][region].tags.get(arn, {})


class CallRecorder:
    """A response handler of the gateway: one JSON line a call, written when the answer is known.

    Parameters
    ----------
    path
        File to append to; its folder is made.
    sessions
        Knows the roles behind temporary keys.
    """

    def __init__(self, path: Path, sessions: Sessions) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", buffering=1, encoding="utf-8")
        self._lock = threading.Lock()
        self._sessions = sessions

    def __call__(self, chain: HandlerChain[Any], context: Any, response: Response) -> None:
        if context.service is None or context.operation is None:
            return
        try:
            line = self._line(context, response)
        except Exception:  # a call must not fail because it cannot be recorded
            LOG.exception("call %s cannot be recorded", context.service_operation)
            return
        with self._lock:
            self._file.write(line + "\n")

    def _line(self, context: RequestContext, response: Response) -> str:
        assert context.service is not None and context.operation is not None  # noqa: S101, PT018 - checked above
        service, operation = context.service.service_name, context.operation.name
        place = Place(context.partition, context.region, context.account_id)
        needed = permissions(service, operation, context.service_request or {}, place, tags_of)
        return json.dumps(
            {
                "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
                "caller": self._sessions.caller(context).to_json(),
                "service": service,
                "operation": operation,
                "status": response.status_code,
                "permissions": [permission.to_json() for permission in needed],
            },
            separators=(",", ":"),
        )
