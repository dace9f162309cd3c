"""The way to the emulator: which endpoint, region, account and tags, and boto3 clients that can reach nothing else."""

import copy
import functools
import ipaddress
import os
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from toq_aws_provider.values import UNKNOWN, Object

UNSUPPORTED_SETTINGS = ("assume_role", "assume_role_with_web_identity", "ignore_tags")
# Names that the `endpoints` block accepts beside boto3's own.
ALIASES = {
    "cloudwatchevents": "events",
    "cloudwatchlogs": "logs",
    "eventbridge": "events",
    "s3api": "s3",
    "sfn": "stepfunctions",
}
DEFAULT_REGION = "us-east-1"


class ConfigurationError(Exception):
    """The provider block, or the environment it falls back to, cannot be used."""


def require_loopback(url: str, origin: str) -> str:
    """The URL, when its host is this machine.

    Names other than `localhost` are refused even when they resolve to 127.0.0.1: what a name means can change.

    Raises
    ------
    ConfigurationError
        When requests to the URL could leave this machine.
    """
    host = urlsplit(url).hostname or ""
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise ConfigurationError(
            f"{origin} is {url!r}: the stand-in provider speaks only to an emulator on this machine (127.0.0.1, ::1, "
            "localhost). For AWS itself use the registry's provider (PROVIDER=registry)."
        )
    return url


class Aws:
    """A configured provider, in one region.

    Parameters
    ----------
    config
        The `provider "aws"` block. Unset values fall back to the environment as in the real provider.

    Raises
    ------
    ConfigurationError
        When an endpoint is missing or not on this machine, or the account is not an allowed one.
    """

    def __init__(self, config: Object) -> None:
        for name in UNSUPPORTED_SETTINGS:
            if config.get(name):
                raise ConfigurationError(f'The stand-in provider does not serve "{name}" in the provider block.')
        self.region = _setting(config, "region", "AWS_REGION", "AWS_DEFAULT_REGION") or DEFAULT_REGION
        self.default_tags: dict[str, str] = {
            key: value for block in config.get("default_tags") or [] for key, value in (block.get("tags") or {}).items()
        }
        self._connections = _Connections(
            _endpoints(config),
            _setting(config, "access_key", "AWS_ACCESS_KEY_ID") or "test",
            _setting(config, "secret_key", "AWS_SECRET_ACCESS_KEY") or "test",
        )
        self._require_account(config)

    def _require_account(self, config: Object) -> None:
        allowed, forbidden = config.get("allowed_account_ids"), config.get("forbidden_account_ids")
        if allowed and self.account not in allowed:
            raise ConfigurationError(
                f"AWS account ID not allowed: {self.account}: allowed_account_ids names {', '.join(sorted(allowed))}."
            )
        if forbidden and self.account in forbidden:
            raise ConfigurationError(f"AWS account ID not allowed: {self.account}: forbidden_account_ids names it.")

    @property
    def account(self) -> str:
        """Account id, 12 digits, as STS tells it."""
        return self._connections.account

    def arn(self, service: str, resource: str, *, region: str | None = None) -> str:
        """ARN of a resource in this account; an empty `region` is for global services."""
        return f"arn:aws:{service}:{self.region if region is None else region}:{self.account}:{resource}"

    def in_region(self, region: str | None) -> "Aws":
        """The same provider in the region that a resource names."""
        if region in (None, UNKNOWN, self.region):
            return self
        other = copy.copy(self)
        other.region = str(region)
        return other

    def client(self, service: str) -> Any:
        """boto3 client of a service, in this region."""
        return self._connections.client(service, self.region)


class _Connections:
    """boto3 clients of one set of credentials, made once per service and region and shared by all threads."""

    def __init__(self, endpoints: Mapping[str, str], access_key: str, secret_key: str) -> None:
        self._endpoints = endpoints
        self._access_key = access_key
        self._secret_key = secret_key
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()  # clients may be shared by threads, but not be made by two at once

    def client(self, service: str, region: str) -> Any:
        url = self._endpoints.get(service) or self._endpoints.get("")
        if not url:
            raise ConfigurationError(f"No endpoint for {service!r}: set AWS_ENDPOINT_URL or endpoints {{ {service} }}.")
        with self._lock:
            if (service, region) not in self._clients:
                self._clients[service, region] = self._session.client(
                    service, region_name=region, endpoint_url=url, config=self._client_config
                )
            return self._clients[service, region]

    @functools.cached_property
    def account(self) -> str:
        account: str = self.client("sts", DEFAULT_REGION).get_caller_identity()["Account"]
        return account

    @functools.cached_property
    def _session(self) -> Any:
        import boto3
        import botocore.session

        # The user's own profiles stay out of it: neither their endpoints nor a profile that is not there.
        nothing = {"profile": (None, None, None, None), "config_file": (None, None, os.devnull, None)}
        return boto3.Session(
            self._access_key, self._secret_key, botocore_session=botocore.session.Session(session_vars=nothing)
        )

    @functools.cached_property
    def _client_config(self) -> Any:
        from botocore.config import Config

        return Config(
            s3={"addressing_style": "path"},
            max_pool_connections=32,
            connect_timeout=5,
            read_timeout=60,
            retries={"mode": "standard", "max_attempts": 3},
            proxies={},  # a proxy from the environment would be a way out of this machine
        )


def _setting(config: Object, name: str, *variables: str) -> str | None:
    """A value of the provider block, or the first of the environment variables that has one."""
    return config.get(name) or next(filter(None, map(os.environ.get, variables)), None)


def _endpoints(config: Object) -> dict[str, str]:
    """Endpoint by boto3's service name; the one for all services stands under the empty name."""
    endpoints = {
        ALIASES.get(service, service): require_loopback(url, f"endpoint {service!r}")
        for block in config.get("endpoints") or []
        for service, url in block.items()
        if url
    }
    url = os.environ.get("AWS_ENDPOINT_URL")
    if url:
        endpoints[""] = require_loopback(url, "AWS_ENDPOINT_URL")
    if not endpoints:
        raise ConfigurationError(
            "No endpoint: set AWS_ENDPOINT_URL to the local platform (`make up` prints it). The stand-in provider "
            "never speaks to AWS; for that use the registry's provider (PROVIDER=registry)."
        )
    return endpoints
