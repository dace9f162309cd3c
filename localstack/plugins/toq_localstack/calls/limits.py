"""Lambda's limits on what Invoke takes, which LocalStack does not hold ("Lambda quotas", invocation payload)."""

from collections.abc import Mapping
from typing import Any

from localstack.aws.api import CommonServiceException
from rolo import Response
from rolo.gateway import HandlerChain

MAX_REQUEST_BYTES = {"RequestResponse": 6 * 1024 * 1024, "Event": 256 * 1024}
"""By invocation type. AWS raised the asynchronous limit to 1 MB in October 2025; the older one is kept here, so that
what runs locally runs in every region."""


def refuse_large_invocations(chain: HandlerChain[Any], context: Any, response: Response) -> None:
    """Request handler of the gateway: answers HTTP 413 in Lambda's place.

    Raises
    ------
    CommonServiceException
        ``RequestEntityTooLargeException`` when the payload is over the limit.
    """
    if context.service_operation != ("lambda", "Invoke"):
        return
    request: Mapping[str, Any] = context.service_request or {}
    kind = request.get("InvocationType") or "RequestResponse"
    most, size = MAX_REQUEST_BYTES.get(kind), context.request.content_length or 0
    if most is not None and size > most:
        raise CommonServiceException(
            "RequestEntityTooLargeException",
            f"{size} byte payload is too large for the {kind} invocation type (limit {most} bytes)",
            413,
            sender_fault=True,
        )
