"""A running platform, with what a run puts around it: a backend behind proxies, and the faults of its LocalStack."""

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import boto3
import httpx
from botocore.config import Config

from localstack.chaos.auditor.collecting import Places
from localstack.chaos.backend_proxy import BackendProxy
from localstack.chaos.database_proxy import DatabaseProxy
from localstack.local_platform.backend import Backend
from localstack.local_platform.endpoints import Endpoints
from localstack.local_platform.localstack_process import REGION, call_environment
from localstack.plugins.toq_localstack.faults.dice import Dice
from operations.migrate.database_url import DatabaseUrl

CALLBACK_FUNCTION: Final = "listing-media-callback-dispatch"
CALLBACK_PATH: Final = "/internal/media-processing/callback"
QUEUES: Final = ("queue_url", "dead_letter_queue_url", "event_queue_url", "event_dead_letter_queue_url")


class Strikes:
    """The faults that are not LocalStack's own: their dice, and the record of them."""

    def __init__(self, seed: int) -> None:
        self._dice = Dice(seed, {})
        self._lock = threading.Lock()
        self._record: list[dict[str, Any]] = []

    def change(self, rates: Mapping[str, float]) -> None:
        """Go on with other rates."""
        self._dice.change(rates)

    def strikes(self, site: str, subject: str) -> bool:
        """Whether a fault strikes; if so, it is on record."""
        struck = self._dice.strikes(site, subject)
        if struck:
            self.note(site, subject)
        return struck

    def between(self, low: float, high: float, site: str, subject: str) -> float:
        """See `Dice.between`."""
        return self._dice.between(low, high, site, subject)

    def note(self, site: str, subject: str) -> None:
        """Record a fault that somebody else decided on."""
        with self._lock:
            self._record.append({"time": time.time(), "site": site, "subject": subject})

    def record(self) -> list[dict[str, Any]]:
        """Every strike: ``{time, site, subject}``."""
        with self._lock:
            return list(self._record)


@dataclass
class Surroundings:
    """What a run works with; made by `around`.

    Parameters
    ----------
    time_factor
        By how much waiting is shortened.
    backend
        The run's own reference backend, which the proxies stand around.
    """

    platform: Endpoints
    folder: Path
    seed: int
    time_factor: float
    strikes: Strikes
    backend: Backend
    database_proxy: DatabaseProxy

    def start_backend(self) -> None:
        """Start the backend, with MySQL behind the proxy."""
        text = self.platform.application_database_url
        url = DatabaseUrl.parse(text)
        self.backend.start(
            database_url=text.replace(f"@{url.host}:{url.port}/", f"@127.0.0.1:{self.database_proxy.port}/"),
            calls=call_environment(self.platform.gateway_url),
            outputs=self.platform.outputs,
        )

    def api(self) -> httpx.Client:
        """The backend's API, past the proxy: the photographer's app has no faults of its own."""
        return httpx.Client(base_url=self.backend.url, timeout=30, trust_env=False)

    def aws(self, service: str) -> Any:
        """A client of the platform's AWS, which no fault strikes."""
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.platform.gateway_url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - LocalStack takes any
            config=Config(max_pool_connections=16, retries={"mode": "standard", "total_max_attempts": 5}),
        )

    @cached_property
    def s3(self) -> Any:
        return self.aws("s3")

    @cached_property
    def states(self) -> Any:
        return self.aws("stepfunctions")

    def set_faults(self, rates: Mapping[str, float]) -> None:
        """Go on with these sites and rates, of AWS and of the backend; none at all ends the faults, not the time."""
        self.strikes.change(rates)
        body = {"seed": self.seed, "rates": dict(rates), "timeFactor": self.time_factor}
        httpx.put(self._faults_url, json=body, trust_env=False, timeout=30).raise_for_status()

    def end_faults(self) -> None:
        """No faults, true time, an empty record."""
        self.strikes.change({})
        httpx.delete(self._faults_url, trust_env=False, timeout=30).raise_for_status()

    def record(self) -> list[dict[str, Any]]:
        """Every fault that has struck."""
        found = httpx.get(self._faults_url, trust_env=False, timeout=30).raise_for_status().json()["strikes"]
        return sorted([*found, *self.strikes.record()], key=lambda each: each["time"])

    @property
    def _faults_url(self) -> str:
        return f"{self.platform.gateway_url}/_toq/faults"

    @property
    def places(self) -> Places:
        """For the auditor."""
        url = DatabaseUrl.parse(self.platform.admin_database_url)
        return Places(
            clients={name: self.aws(name) for name in ("s3", "sqs", "stepfunctions")},
            bucket=self.platform.outputs["media_bucket"],
            state_machine_arn=self.platform.outputs["state_machine_arn"],
            queue_urls=tuple(self.platform.outputs[name] for name in QUEUES),
            connect=lambda: url.connect(autocommit=True),
            backend_log=self.folder / "backend.jsonl",
        )


@contextlib.contextmanager
def around(platform: Endpoints, folder: Path, seed: int, time_factor: float) -> Iterator[Surroundings]:
    """Put a backend of its own and the proxies around a running platform, and take all of it away in the end."""
    with contextlib.ExitStack() as ending:
        url = DatabaseUrl.parse(platform.admin_database_url)
        database = DatabaseProxy(url.host, url.port)
        ending.callback(database.close)
        backend = Backend(folder)
        ending.callback(backend.stop)
        surroundings = Surroundings(platform, folder, seed, time_factor, Strikes(seed), backend, database)
        surroundings.start_backend()
        away = max(0.2, 30 / time_factor)
        proxy = BackendProxy(
            backend.port, surroundings.strikes, lambda: database.restart(away), folder / "backend.jsonl"
        )
        ending.callback(proxy.close)
        ending.enter_context(_callbacks_to(surroundings.aws("lambda"), f"{proxy.url}{CALLBACK_PATH}"))
        ending.callback(surroundings.end_faults)
        yield surroundings


@contextlib.contextmanager
def _callbacks_to(functions: Any, url: str) -> Iterator[None]:
    """Let the pipeline send its callbacks to the proxy for a while; nothing else of its configuration changes."""
    before = functions.get_function_configuration(FunctionName=CALLBACK_FUNCTION)["Environment"]["Variables"]

    def set_variables(variables: Mapping[str, str]) -> None:
        functions.update_function_configuration(FunctionName=CALLBACK_FUNCTION, Environment={"Variables": variables})
        functions.get_waiter("function_updated_v2").wait(FunctionName=CALLBACK_FUNCTION)

    set_variables({**before, "CALLBACK_URL": url})
    try:
        yield
    finally:
        set_variables(before)
