"""The whole platform as one: LocalStack, MySQL, the deployed `local` stack and the reference backend.

What does not depend on each other starts at the same time. However it ends, each service's guard ends the service.
"""

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import IO, Final

from localstack.local_platform.backend import Backend
from localstack.local_platform.database import Database, MySql
from localstack.local_platform.database_schema import Schema
from localstack.local_platform.endpoints import Endpoints
from localstack.local_platform.given_database import GivenMySql
from localstack.local_platform.lifetime import Lifetime
from localstack.local_platform.local_stack import AppliedStack
from localstack.local_platform.localstack_process import LocalStack
from localstack.local_platform.service import Service
from toolchain.errors import SetupError
from toolchain.paths import RUNS
from toolchain.tools import given_database_url

Report = Callable[[str, float], None]
# Phases of the start, as they stand in reports; "platform" is the whole, from the first step to the last.
LOCALSTACK: Final = "LocalStack"
DATABASE: Final = "MySQL and migrations"
ARTIFACTS: Final = "Lambda artifacts"
SYNTH: Final = "cdktf synth"
APPLY: Final = "terraform apply"
BACKEND: Final = "backend"
WHOLE: Final = "platform"
# Services are loaded while synth is still at work, rather than one by one under Terraform's calls.
PRELOADED: Final = {
    "EAGER_SERVICE_LOADING": "1",
    "STRICT_SERVICE_LOADING": "0",  # others still load when they are called
    "SERVICES": "apigateway,cloudformation,cloudwatch,ec2,events,iam,kms,lambda,logs,mediaconvert,s3,secretsmanager,"
    "sns,sqs,stepfunctions,sts",
}
# The roles' policies are evaluated, and what they refuse is refused.
ENFORCING: Final = {"TOQ_ENFORCE_POLICIES": "1"}


class Platform(Lifetime):
    """A platform of its own; a context manager, or `start` and `stop`.

    Parameters
    ----------
    name
        Of its folder under ``build/platform``; two platforms of one name cannot run at the same time.
    gateway_port, database_port, backend_port
        Fixed ports, or None for free ones.
    report
        Told of each finished phase and its seconds, from the thread that ran it.
    """

    def __init__(
        self,
        name: str = "run",
        *,
        gateway_port: int | None = None,
        database_port: int | None = None,
        backend_port: int | None = None,
        report: Report = lambda phase, seconds: None,
    ) -> None:
        self.directory = RUNS / name
        self.phases: dict[str, float] = {}
        self._ports = gateway_port, database_port, backend_port
        self._report = report
        self._endpoints: Endpoints | None = None
        self._stops: list[Callable[[], None]] = []
        self._lock: IO[str] | None = None

    @property
    def endpoints(self) -> Endpoints:
        """Where everything is reached.

        Raises
        ------
        RuntimeError
            The platform is not running.
        """
        if self._endpoints is None:
            raise RuntimeError("the platform is not running")
        return self._endpoints

    def start(self) -> None:
        """Start everything; nothing of it is left when that fails or is interrupted.

        Raises
        ------
        SetupError
            A tool is missing, a port is in use, or another platform of this name runs.
        StartError
            A part did not come up; with the end of its log.
        """
        self._claim_directory()
        try:
            with self._timed(WHOLE):
                self._start_parts()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop everything, last started first, and remove its data; logs stay."""
        self._endpoints = None
        stops, self._stops = self._stops, []
        with contextlib.ExitStack() as ending:  # goes on when one of them fails or is interrupted
            for stop in stops:
                ending.callback(stop)
        if self._lock is not None:
            shutil.rmtree(self.directory / "terraform", ignore_errors=True)
            self._lock.close()
            self._lock = None

    def _start_parts(self) -> None:
        gateway_port, database_port, backend_port = self._ports
        emulator = LocalStack(self.directory, port=gateway_port, settings=PRELOADED | ENFORCING)
        database = choose_database(self.directory, database_port)
        backend = Backend(self.directory, port=backend_port)
        calls = emulator.environment
        stack = AppliedStack(self.directory, calls=calls, backend_url=backend.url, track=self._track)
        schema = Schema(self.directory, database, track=self._track)
        self._stops += [emulator.stop, database.stop]

        self._together(
            {
                LOCALSTACK: [emulator.start],
                DATABASE: [database.start, schema.create],
                SYNTH: [stack.synth],
                ARTIFACTS: [stack.build_artifacts],
            }
        )
        with self._timed(APPLY):
            outputs = stack.apply()
        self._stops.append(backend.stop)
        with self._timed(BACKEND):
            backend.start(database_url=database.application_url, calls=calls, outputs=outputs)
        self._endpoints = Endpoints(
            pid=os.getpid(),
            gateway_url=emulator.url,
            admin_database_url=database.admin_url,
            application_database_url=database.application_url,
            backend_url=backend.url,
            outputs=outputs,
            outputs_file=str(stack.outputs_file),
            logs=str(self.directory.resolve()),
            phases=self.phases,
        )

    def _together(self, parts: dict[str, list[Callable[[], None]]]) -> None:
        """Run the parts at the same time; the first failure stops what runs, which ends the other parts too."""
        pool = ThreadPoolExecutor(len(parts))
        try:
            for done in as_completed([pool.submit(self._part, name, steps) for name, steps in parts.items()]):
                done.result()
        except BaseException:
            for stop in list(self._stops):
                stop()
            raise  # `start` then stops once more what a part began meanwhile
        finally:
            pool.shutdown()

    def _part(self, name: str, steps: list[Callable[[], None]]) -> None:
        with self._timed(name):
            for step in steps:
                step()

    def _track(self, step: Service) -> None:
        self._stops.append(step.stop)

    def _claim_directory(self) -> None:
        """Keep a second platform of this name out, until this process ends."""
        self.directory.mkdir(parents=True, exist_ok=True)
        lock = (self.directory / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise SetupError(
                f"another platform runs in {self.directory}: wait for its end, or stop it (`make down`)"
            ) from error
        self._lock = lock

    @contextlib.contextmanager
    def _timed(self, phase: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.phases[phase] = round(time.monotonic() - started, 2)
        self._report(phase, self.phases[phase])


def choose_database(directory: Path, port: int | None) -> Database:
    """The server that DATABASE_URL names, else one of our own."""
    given = given_database_url()
    return GivenMySql(given) if given else MySql(directory, port=port)
