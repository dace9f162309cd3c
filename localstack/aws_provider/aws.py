"""The way to the emulator: which endpoint, region, account and tags, and boto3 clients that can reach nothing else."""

import functools
import ipaddress
import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from localstack.aws_provider.values import UNKNOWN, Object

UNSERVED = ("assume_role", "assume_role_with_web_identity", "ignore_tags")
# Names that the `endpoints` block accepts beside boto3's own.
ALIASES = {
    "cloudwatchevents": "events",
    "cloudwatchlogs": "logs",
    "eventbridge": "events",
    "s3api": "s3",
    "sfn": "stepfunctions",
}
DEFAULT_REGION = "us-east-1"
POLL_SECONDS = 0.2
WAIT_SECONDS = 120.0


class ConfigurationError(Exception):
    """The provider block, or the environment it falls back to, cannot be used."""


class ResourceError(Exception):
    """AWS took the call, but the resource did not come out as wanted."""


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
    """A configured provider: clients per service and region.

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
        def setting(name: str, *variables: str, default: str) -> str:
            from_environment = (os.environ.get(variable) for variable in variables)
            return config.get(name) or next(filter(None, from_environment), default)

        for name in UNSERVED:
            if config.get(name):
                raise ConfigurationError(f'The stand-in provider does not serve "{name}" in the provider block.')
        self.region = setting("region", "AWS_REGION", "AWS_DEFAULT_REGION", default=DEFAULT_REGION)
        self._access_key = setting("access_key", "AWS_ACCESS_KEY_ID", default="test")
        self._secret_key = setting("secret_key", "AWS_SECRET_ACCESS_KEY", default="test")
        self.default_tags: dict[str, str] = {
            key: value for block in config.get("default_tags") or [] for key, value in (block.get("tags") or {}).items()
        }
        self._endpoints = {
            ALIASES.get(service, service): require_loopback(url, f"endpoint {service!r}")
            for block in config.get("endpoints") or []
            for service, url in block.items()
            if url
        }
        url = os.environ.get("AWS_ENDPOINT_URL")
        if url:
            require_loopback(url, "AWS_ENDPOINT_URL")
        elif not self._endpoints:
            raise ConfigurationError(
                "No endpoint: set AWS_ENDPOINT_URL to the local platform (`make up` prints it). The stand-in provider "
                "never speaks to AWS; for that use the registry's provider (PROVIDER=registry)."
            )
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()
        self._require_account(config)

    def _require_account(self, config: Object) -> None:
        allowed, forbidden = config.get("allowed_account_ids"), config.get("forbidden_account_ids")
        if allowed and self.account not in allowed:
            raise ConfigurationError(
                f"The credentials belong to AWS account {self.account}, but allowed_account_ids names "
                f"{', '.join(sorted(allowed))}: nothing was planned."
            )
        if forbidden and self.account in forbidden:
            raise ConfigurationError(
                f"The credentials belong to AWS account {self.account}, which forbidden_account_ids names: nothing was "
                "planned."
            )

    @functools.cached_property
    def account(self) -> str:
        """Account id, 12 digits, as STS tells it."""
        account: str = self.client("sts").get_caller_identity()["Account"]
        return account

    def arn(self, service: str, resource: str, *, region: str | None = None) -> str:
        """ARN of a resource in this account; an empty `region` is for global services."""
        return f"arn:aws:{service}:{self.region if region is None else region}:{self.account}:{resource}"

    def in_region(self, region: str | None) -> "Aws":
        """The same provider in the region that a resource names."""
        return self if region in (None, UNKNOWN, self.region) else _InRegion(self, str(region))

    def client(self, service: str) -> Any:
        """boto3 client of a service; clients are shared by threads, making one is not safe and slow."""
        return self._client(service, self.region)

    def _client(self, service: str, region: str) -> Any:
        with self._lock:
            if (service, region) not in self._clients:
                self._clients[service, region] = self._session.client(
                    service, region_name=region, endpoint_url=self._endpoint(service), config=self._client_config
                )
            return self._clients[service, region]

    def _endpoint(self, service: str) -> str:
        url = self._endpoints.get(service) or os.environ.get("AWS_ENDPOINT_URL")
        if not url:
            raise ConfigurationError(f"No endpoint for {service!r}: set AWS_ENDPOINT_URL or endpoints {{ {service} }}.")
        return url

    @functools.cached_property
    def _session(self) -> Any:
        import boto3

        return boto3.Session(self._access_key, self._secret_key, region_name=self.region)

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


class _InRegion(Aws):
    """A view of a provider with another region; clients, tags and account are the provider's."""

    def __init__(self, provider: Aws, region: str) -> None:
        self.__dict__.update(vars(provider))
        self.region = region


def error_code(error: Exception) -> str:
    """AWS's code of a failed call, "404" when there is only a status, "" for any other exception."""
    response: Mapping[str, Any] = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code", ""))


def is_missing(error: Exception, codes: tuple[str, ...]) -> bool:
    """Whether a failed call says that the thing it names is not there."""
    response: Mapping[str, Any] = getattr(error, "response", {})
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return bool(response) and (status == 404 or error_code(error) in codes)


def optional(call: Callable[..., Any], *codes: str, **arguments: Any) -> Any:
    """The call's answer, None when it fails with one of the codes or a 404."""
    from botocore.exceptions import ClientError

    try:
        return call(**arguments)
    except ClientError as error:
        if is_missing(error, codes):
            return None
        raise


def wait_until[T](probe: Callable[[], T | None], what: str, seconds: float = WAIT_SECONDS) -> T:
    """Ask `probe` until its answer is not empty or False.

    Raises
    ------
    TimeoutError
        When it has not within `seconds`.
    """
    deadline = time.monotonic() + seconds
    while not (answer := probe()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} took longer than {seconds:.0f} s")
        time.sleep(POLL_SECONDS)
    return answer


def tag_list(tags: Mapping[str, str] | None, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Tags as most services take them: a list of objects."""
    return [{key: name, value: text} for name, text in sorted((tags or {}).items())]


def tag_map(tags: list[dict[str, str]] | None, key: str = "Key", value: str = "Value") -> dict[str, str]:
    """Tags as Terraform has them, from a service's list of objects."""
    return {tag[key]: tag[value] for tag in tags or []}


def given(**arguments: Any) -> dict[str, Any]:
    """The arguments of a call that have a value: boto3 takes no None."""
    return {name: value for name, value in arguments.items() if value is not None}
