"""Checks of the private API: closed to the world, its endpoint there."""

import re
from typing import Final
from urllib.parse import urlsplit

import httpx

from operations.acceptance.check import Check, Seen
from operations.acceptance.run import Run

_SECONDS: Final = 10.0


def api_host(run: Run) -> re.Match[str] | None:
    """Host of the private API, ``API-VPCE.execute-api...``; None in an environment without a network."""
    host = urlsplit(run.account.outputs["callback_api_url"]).hostname or ""
    return re.fullmatch(r"(\w+)-(vpce-\w+)\.(execute-api\..+)", host)


def api_closed(run: Run) -> Seen:
    """The endpoint's name resolves anywhere, to addresses inside the VPC; the API's own name serves nobody outside.

    Amazon API Gateway "How to invoke a private API".
    """
    host = api_host(run)
    if host is None:
        return Seen(True, "this environment has no private API")
    path = urlsplit(run.account.outputs["callback_api_url"]).path
    seen = {name: _answer(f"https://{name}{path}") for name in (host[0], f"{host[1]}.{host[3]}")}
    good = all(answer == "HTTP 403" or not answer.startswith("HTTP") for answer in seen.values())
    return Seen(good, ", ".join(f"{answer} from {name}" for name, answer in seen.items()))


def _answer(url: str) -> str:
    """What an unsigned request gets; the error's name where nobody answers."""
    try:
        return f"HTTP {httpx.post(url, json={}, timeout=_SECONDS).status_code}"
    except httpx.TransportError as error:
        return type(error).__name__


def endpoint_available(run: Run) -> Seen:
    host = api_host(run)
    if host is None:
        return Seen(True, "this environment has no private API")
    [endpoint] = run.account.operator("ec2").describe_vpc_endpoints(VpcEndpointIds=[host[2]])["VpcEndpoints"]
    subnets = len(endpoint["SubnetIds"])
    return Seen(endpoint["State"] == "available" and subnets > 0, f"{endpoint['State']} in {subnets} subnets")


CHECKS: Final = (
    Check(
        "private-api-closed",
        "no answer, or 403, outside the VPC and without a signature",
        api_closed,
        "the local gateway serves private APIs to everyone",
    ),
    Check(
        "endpoint-available",
        "the execute-api endpoint is available",
        endpoint_available,
        aws_shows="subnets and security groups as the account has them",
    ),
)
