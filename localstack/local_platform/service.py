"""A long-running program of the platform: started under the guard, waited for, stopped without leftovers."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from localstack.local_platform.errors import StartError
from localstack.local_platform.lifetime import Lifetime
from localstack.local_platform.loopback import no_proxy
from toolchain import tools
from toolchain.paths import ROOT

_GUARD: Final = Path(__file__).with_name("guard.py")
_POLL_SECONDS: Final = 0.05
_GRACE_SECONDS: Final = 10.0  # between the request to stop and the kill
# Settings of the user's own shell that would change what a service or a tool does, or lead it to a real account.
_FOREIGN_PREFIXES: Final = ("AWS_", "LOCALSTACK_", "LAMBDA_", "TF_", "CDKTF_", "PYTHON", "VIRTUAL_ENV", "MYSQL_")


class Service(Lifetime):
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

    def run(self) -> int:
        """Start the program, wait for its end and leave nothing of it; its exit code."""
        self.start()
        try:
            return self.wait()
        finally:
            self.stop()

    def start_until(self, ready: Callable[[], bool], timeout: float, *, undo: Callable[[], None]) -> None:
        """Start the program and wait until it is of use; `undo` what was begun when it is not, or on Ctrl-C.

        Raises
        ------
        StartError
            See `wait_until`.
        """
        self.start()
        try:
            self.wait_until(ready, timeout)
        except BaseException:
            undo()
            raise

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
    return kept | tools.environment() | no_proxy() | unbuffered | settings
