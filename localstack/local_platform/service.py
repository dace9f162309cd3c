"""A long-running program of the platform: started under the guard, waited for, stopped without leftovers."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from localstack.local_platform.errors import StartError
from toolchain import tools
from toolchain.errors import SetupError
from toolchain.paths import ROOT

_GUARD: Final = Path(__file__).with_name("guard.py")
_POLL_SECONDS: Final = 0.05
_GRACE_SECONDS: Final = 10.0  # between the request to stop and the kill
# Settings of the user's own shell that would change what a service or a tool does, or lead it to a real account.
_FOREIGN_PREFIXES: Final = ("AWS_", "LOCALSTACK_", "LAMBDA_", "TF_", "CDKTF_", "PYTHON", "VIRTUAL_ENV", "MYSQL_")


class Service:
    """One program with its log.

    Parameters
    ----------
    name
        For messages, e.g. ``LocalStack``.
    command
        Argument list.
    environment
        The whole environment of the program, see `clean_environment`.
    log
        File that takes its output; written anew at each start.
    directory
        Where it runs; the repository by default.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        environment: Mapping[str, str],
        log: Path,
        directory: Path = ROOT,
    ) -> None:
        self.name = name
        self.log = log
        self._command = [str(part) for part in command]
        self._environment = dict(environment)
        self._directory = directory
        self._guard: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """Process id of the guard, whose descendants are all the service's processes."""
        return None if self._guard is None else self._guard.pid

    @property
    def running(self) -> bool:
        return self._guard is not None and self._guard.poll() is None

    def start(self) -> None:
        """Start the program anew; `wait_until` tells when it is of use."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self._guard = subprocess.Popen(
                [sys.executable, "-I", "-S", _GUARD, str(_GRACE_SECONDS), *self._command],
                env=self._environment,
                cwd=self._directory,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches the platform alone, which then stops services in order
            )

    def wait(self) -> int:
        """Block until the program ends by itself; its exit code."""
        if self._guard is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._guard.wait()

    def wait_until(self, ready: Callable[[], bool], timeout: float) -> None:
        """Poll until `ready`.

        Raises
        ------
        StartError
            The program ended or did not become ready within `timeout` seconds; with the end of its log.
        """
        deadline = time.monotonic() + timeout
        while not ready():
            if not self.running:
                code = None if self._guard is None else self._guard.returncode
                raise StartError(f"{self.name} ended with exit code {code} before it was ready", self.log)
            if time.monotonic() > deadline:
                raise StartError(f"{self.name} was not ready after {timeout:.0f} s", self.log)
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """Ask the program to end, kill what has not after the grace time, and return when nothing is left."""
        guard, self._guard = self._guard, None
        if guard is None:
            return
        if guard.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                guard.stdin.close()
        try:
            guard.wait(timeout=_GRACE_SECONDS + 10)
        except subprocess.TimeoutExpired:
            guard.kill()  # the kernel then kills the program
            guard.wait()

    def kill(self) -> None:
        """End the program as a power cut would, with no chance to save or to say goodbye."""
        if self._guard is not None:
            self._guard.send_signal(signal.SIGUSR1)
        self.stop()


def clean_environment(**settings: str) -> dict[str, str]:
    """The user's environment without what could redirect a service, with our tools on the PATH, plus `settings`."""
    unbuffered = {"PYTHONUNBUFFERED": "1"}  # logs are whole, also when a program is killed
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN_PREFIXES)}
    return kept | tools.environment() | loopback_without_proxy() | unbuffered | settings


def loopback_without_proxy() -> dict[str, str]:
    """``NO_PROXY`` in both spellings, so that a proxy of the user's is not asked for 127.0.0.1."""
    hosts = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    exempt = ",".join(filter(None, [hosts, "127.0.0.1", "localhost"]))
    return {"NO_PROXY": exempt, "no_proxy": exempt}


def free_port() -> int:
    """A loopback TCP port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def claim_port(port: int | None, name: str) -> int:
    """`port` after a check, or a free one for None.

    Raises
    ------
    SetupError
        Something listens on `port` already.
    """
    if port is None:
        return free_port()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise SetupError(
                f"port {port} on 127.0.0.1, asked for {name}, is in use: stop what listens there, "
                "or leave the port out and a free one is taken"
            ) from error
    return port
