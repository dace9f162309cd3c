"""Environments: what differs between dev, homolog, prod and local, read from ``environments/*.toml`` and checked.

A wrong value stops synth with one line that names the file, the key, the reason and the remedy.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from handlers.contract.media_types import Kind
from handlers.contract.names import (
    MAX_BATCH_ASSETS,
    MAX_BATCH_BYTES,
    MAX_BATCH_VIDEO_SECONDS,
    MAX_BATCH_VIDEOS,
    MAX_VIDEO_SECONDS,
)
from handlers.contract.video_limits import MOST_BATCH_VIDEO_SECONDS, MOST_VIDEO_SECONDS, MOST_VIDEOS
from modules.environments.environment import (
    EVENT_VISIBILITY_TIMEOUT,
    HOST_NAME,
    VISIBILITY_TIMEOUT,
    Environment,
    FunctionSize,
    MediaBucket,
    Network,
    RemoteState,
)
from modules.environments.photo_variants import added_variants
from modules.environments.toml_table import ConfigError, Table
from modules.function_record import Invoker
from modules.functions import RECORDS, invoked_by
from modules.workflow.video_budget import VIDEO_CONCURRENCY, VIDEO_TIMEOUT_SECONDS, fits, transcoding_seconds

__all__ = ["ENVIRONMENTS", "ConfigError", "load", "names"]

ENVIRONMENTS: Final = Path(__file__).parents[2] / "environments"

_ACCOUNT: Final = re.compile(r"\d{12}", re.ASCII)
_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_SUFFIX: Final = re.compile(r"(-[a-z0-9]{1,12})?")
# AWS "Bucket naming rules"; dots are left out, they break TLS for virtual-hosted addresses.
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_ROLE_ARN: Final = re.compile(r"arn:aws:iam::\d{12}:(role|user)/[\w+=,.@/-]+")
_NLB_ARN: Final = re.compile(r"arn:aws:elasticloadbalancing:[a-z0-9-]+:\d{12}:loadbalancer/net/[\w-]+/[0-9a-f]+")
_SERVICE: Final = re.compile(r"[a-z0-9-]+\.amazonaws\.com")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_HEADER: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9.*-]+(:\d+)?")
_VPC: Final = re.compile(r"vpc-[0-9a-f]{8,17}|default")
_SUBNET: Final = re.compile(r"subnet-[0-9a-f]{8,17}")
_STATE_KEY: Final = re.compile(r"[\w./-]{1,200}")

# CloudWatch Logs "PutRetentionPolicy" takes only these numbers of days.
_RETENTION_DAYS: Final = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922)


# Keys of the table [limits], in lower case: what validate reads from its environment.
_LIMITS: Final = (
    MAX_BATCH_ASSETS,
    MAX_BATCH_BYTES,
    MAX_BATCH_VIDEO_SECONDS,
    MAX_BATCH_VIDEOS,
    MAX_VIDEO_SECONDS,
    *(kind.treatment.max_bytes_variable for kind in Kind),
)


def names(directory: Path = ENVIRONMENTS) -> list[str]:
    """The environments there are, sorted."""
    return sorted(path.stem for path in directory.glob("*.toml"))


def load(name: str, directory: Path = ENVIRONMENTS) -> Environment:
    """Read and check one environment.

    Raises
    ------
    ConfigError
        Unknown environment, unreadable file, unknown key, wrong value.
    """
    path = directory / f"{name}.toml"
    if name not in names(directory):
        raise ConfigError(f"ENV={name}: no such environment; use one of: {', '.join(names(directory))}")
    file = f"{directory.name}/{path.name}"
    try:
        text = path.read_text(encoding="utf-8")
        if text.startswith("\N{ZERO WIDTH NO-BREAK SPACE}"):
            raise ConfigError(f"{file}: begins with a byte order mark: save it as UTF-8 without one")
        data = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file}: not readable as TOML: {error}") from error
    return _environment(name, file, data)


def _environment(name: str, file: str, data: dict[str, Any]) -> Environment:
    table = Table(file, data)
    local = table.flag("local", default=False)
    region = table.text("region", _REGION, "write a region such as sa-east-1")
    account_id = table.text("account_id", _ACCOUNT, "write the 12 digits in quotes")
    backend = table.table("backend")
    functions, limits = _functions(table), _limits(table)
    environment = Environment(
        name=name,
        local=local,
        region=region,
        account_id=account_id,
        name_suffix=table.text("name_suffix", _SUFFIX, "leave it empty or write a dash and 1-12 of a-z, 0-9", ""),
        callback_url=_callback_url(table, local=local),
        trace_header_key=table.text("trace_header_key", _HEADER, "write a header name such as traceparent"),
        alert_emails=table.texts("alert_emails", _EMAIL, "write e-mail addresses"),
        log_retention_days=table.choice("log_retention_days", _RETENTION_DAYS),
        trusted_services=backend.texts("trusted_services", _SERVICE, "write services such as ecs-tasks.amazonaws.com"),
        trusted_role_arns=backend.texts("trusted_role_arns", _ROLE_ARN, "write ARNs of IAM roles or users"),
        media_bucket=_media_bucket(table.table("media_bucket")),
        state=None if local else _state(table.table("state"), region),
        network=_network(table.optional_table("network"), region, account_id),
        architecture=_architecture(table),
        functions=functions,
        limits=limits,
        photo_variants=added_variants(table.optional_table("photos"), functions["thumbnails"], limits),
        file=file,
    )
    if not environment.trusted_services and not environment.trusted_role_arns:
        raise backend.error("trusted_services", "nobody could assume the backend's role", "name a service or a role")
    backend.finish()
    table.finish()
    return environment


def _callback_url(table: Table, *, local: bool) -> str:
    beginning = r"https?://[A-Za-z0-9.-]+" if local else f"https://{HOST_NAME}"
    pattern = re.compile(beginning + r"(?::(?P<port>\d{1,5}))?/[\w./~-]*", re.ASCII)
    url = table.text("callback_url", pattern, "write the backend's https address by its name, without query or user")
    matched = pattern.fullmatch(url)
    port = matched and matched["port"]
    if not local and port not in (None, "443"):
        reason = f"port {port} is not 443, the only one that leaves the functions' security group"
        raise table.error("callback_url", reason, "give its load balancer a listener on 443, drop the port")
    return url


def _media_bucket(table: Table) -> MediaBucket:
    remedy = "write 3-63 of a-z, 0-9 and dashes"
    bucket = MediaBucket(
        name=table.text("name", _BUCKET, remedy),
        existing=table.flag("existing", default=False),
        log_bucket=table.text("log_bucket", _BUCKET, remedy),
        log_bucket_existing=table.flag("log_bucket_existing", default=False),
        glacier_after_days=table.optional_number("glacier_after_days", 1, 36500),
        abort_uploads_after_days=table.optional_number("abort_uploads_after_days", 7, 365),
        cors_origins=table.texts("cors_origins", _ORIGIN, "write origins such as https://app.toq.example"),
    )
    if bucket.log_bucket == bucket.name:
        raise table.error("log_bucket", "is the media bucket itself", "name another: logs of logs never end")
    table.finish()
    return bucket


def _state(table: Table, region: str) -> RemoteState:
    state = RemoteState(
        bucket=table.text("bucket", _BUCKET, "write the bucket that holds Terraform states"),
        key=table.text("key", _STATE_KEY, "write an object key such as media-processing/terraform.tfstate"),
        region=table.text("region", _REGION, "write a region such as sa-east-1", region),
    )
    table.finish()
    return state


def _network(table: Table | None, region: str, account_id: str) -> Network | None:
    if table is None:
        return None
    if "backend_nlb_arn" in table and "vpc_id" not in table:
        raise table.error("vpc_id", "is missing, but backend_nlb_arn is set", "name the VPC of the load balancer")
    subnets = "write ids such as subnet-0123456789abcdef0"
    network = Network(
        vpc_id=table.text("vpc_id", _VPC, "write an id such as vpc-0123456789abcdef0, or default"),
        endpoint_subnet_ids=table.texts("endpoint_subnet_ids", _SUBNET, subnets),
        lambda_subnet_ids=table.texts("lambda_subnet_ids", _SUBNET, subnets),
        backend_nlb_arn=table.optional_text("backend_nlb_arn", _NLB_ARN, "write the ARN of a network load balancer"),
        api_gateway_logging_role=table.flag("api_gateway_logging_role", default=True),
    )
    if network.vpc_id != "default" and not network.endpoint_subnet_ids:
        raise table.error("endpoint_subnet_ids", "is empty", "name the subnets in which the API is to be reached")
    if network.backend_nlb_arn:
        _check_nlb(table, network, region, account_id)
    table.finish()
    return network


def _check_nlb(table: Table, network: Network, region: str, account_id: str) -> None:
    nlb_region, nlb_account = str(network.backend_nlb_arn).split(":")[3:5]
    if (nlb_region, nlb_account) != (region, account_id):
        place = f"is in {nlb_region} of account {nlb_account}"
        raise table.error("backend_nlb_arn", place, f"a VPC link needs one in {region} of account {account_id}")
    if not network.lambda_subnet_ids:
        raise table.error(
            "lambda_subnet_ids", "is empty, but backend_nlb_arn is set", "name subnets that reach the API's endpoint"
        )


def _architecture(table: Table) -> str:
    return table.text("architecture", re.compile("arm64|x86_64"), "write arm64 or x86_64", "arm64")


def _functions(table: Table) -> dict[str, FunctionSize]:
    settings = table.optional_table("functions") or Table(table.file, {}, "functions")
    sizes = {}
    for package, record in RECORDS.items():
        own = settings.optional_table(package)
        sizes[package] = record.size if own is None else _size(own, record.size)
    settings.finish()
    for invoker, hidden_seconds in ((Invoker.QUEUE, VISIBILITY_TIMEOUT), (Invoker.EVENTS, EVENT_VISIBILITY_TIMEOUT)):
        for record in invoked_by(invoker):
            _check_queued(settings, record.package, sizes[record.package], hidden_seconds)
    return sizes


def _check_queued(settings: Table, package: str, size: FunctionSize, hidden_seconds: int) -> None:
    if size.reserved_concurrency is not None and size.reserved_concurrency < 2:
        raise settings.error(f"{package}.reserved_concurrency", "is below 2", "the queue's poller needs 2 or more")
    if size.timeout_seconds > hidden_seconds:
        limit = f"is above {hidden_seconds}"
        raise settings.error(f"{package}.timeout_seconds", limit, "messages would come back while they are worked on")


def _limits(table: Table) -> dict[str, int]:
    settings = table.optional_table("limits")
    if settings is None:
        return {}
    given = {variable: settings.optional_number(variable.lower(), 1, 10**15) for variable in _LIMITS}
    settings.finish()
    limits = {variable: limit for variable, limit in given.items() if limit is not None}
    _check_videos(settings, limits)
    return limits


def _check_videos(settings: Table, limits: Mapping[str, int]) -> None:
    """What validate accepts has to be transcoded before the execution's hour is over."""
    batch_seconds = limits.get(MAX_BATCH_VIDEO_SECONDS, MOST_BATCH_VIDEO_SECONDS)
    seconds = limits.get(MAX_VIDEO_SECONDS, MOST_VIDEO_SECONDS)
    if limits.get(MAX_BATCH_VIDEOS, MOST_VIDEOS) > VIDEO_CONCURRENCY:
        remedy = f"write {VIDEO_CONCURRENCY} at most"
        raise settings.error(MAX_BATCH_VIDEOS.lower(), "is more than are transcoded side by side", remedy)
    if not fits(batch_seconds, seconds):
        needed = transcoding_seconds(batch_seconds, seconds)
        reason = f"with max_video_seconds takes up to {needed} s to transcode, of {VIDEO_TIMEOUT_SECONDS}"
        raise settings.error(MAX_BATCH_VIDEO_SECONDS.lower(), reason, "lower one of the two")


def _size(table: Table, default: FunctionSize) -> FunctionSize:
    concurrency = table.number("reserved_concurrency", 0, 1000, default.reserved_concurrency or 0)
    size = FunctionSize(
        memory_mb=table.number("memory_mb", 128, 10240, default.memory_mb),
        timeout_seconds=table.number("timeout_seconds", 1, 900, default.timeout_seconds),
        reserved_concurrency=concurrency or None,
    )
    table.finish()
    return size
