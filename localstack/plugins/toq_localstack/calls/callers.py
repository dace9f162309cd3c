"""Who makes a call: from its credentials, its user agent, and LocalStack's own notes."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from localstack.aws.api import RequestContext
from rolo import Response
from rolo.gateway import HandlerChain

_KEY_ID = re.compile(r"Credential=([^/\s,]+)")
_APP_ID = re.compile(r"\bapp/([^\s#]+)")


@dataclass(frozen=True)
class Caller:
    """The caller of one request.

    Parameters
    ----------
    app
        ``AWS_SDK_UA_APP_ID`` of the client: a Lambda function's name, since the process executor sets it so.
    role, session
        Role behind temporary credentials, and the session's name; None for long-lived ones.
    access_key
        Of long-lived credentials only: what the local platform's own tools use.
    service
        AWS service in whose name LocalStack calls, e.g. ``lambda``.
    source
        ARN of the resource in whose name it calls.
    internal
        Made inside LocalStack, not through the network by a client.
    """

    app: str | None
    role: str | None
    session: str | None
    access_key: str | None
    service: str | None
    source: str | None
    internal: bool

    def to_json(self) -> dict[str, Any]:
        """For the log: only what is known."""
        return {name: value for name, value in asdict(self).items() if value not in (None, False)}


class Sessions:
    """Remembers which role stands behind which temporary access key, by watching AssumeRole's answers."""

    def __init__(self) -> None:
        self._roles: dict[str, tuple[str, str]] = {}

    def learn(self, chain: HandlerChain[Any], context: RequestContext, response: Response) -> None:
        """Response handler of the gateway: looks at an answered call; only AssumeRole and its like teach anything."""
        request: Mapping[str, Any] = context.service_request or {}
        answer: Mapping[str, Any] = context.service_response or {}
        if "RoleArn" in request and (credentials := answer.get("Credentials")):
            self._roles[credentials["AccessKeyId"]] = (request["RoleArn"], request.get("RoleSessionName", ""))

    def caller(self, context: RequestContext) -> Caller:
        """Who made this call."""
        headers = context.request.headers
        key_id = _access_key(context)
        role, session = self._roles.get(key_id or "", (None, None))
        app = _APP_ID.search(headers.get("User-Agent", ""))
        notes: Mapping[str, Any] = context.internal_request_params or {}
        return Caller(
            app=app[1] if app else None,
            role=role,
            session=session,
            access_key=None if role or context.is_internal_call else key_id,
            service=notes.get("service_principal"),
            source=notes.get("source_arn"),
            internal=context.is_internal_call,
        )


SESSIONS: Final = Sessions()
"""Of this emulator."""


def _access_key(context: RequestContext) -> str | None:
    if found := _KEY_ID.search(context.request.headers.get("Authorization", "")):
        return found[1]
    credential = context.request.args.get("X-Amz-Credential")  # a presigned URL
    return credential.split("/")[0] if credential else None
