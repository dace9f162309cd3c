"""One process of a function, with its Runtime API and its output."""

import os
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from toq_localstack.functions.interpreter import Interpreter
from toq_localstack.functions.report import Failure, exited, out_of_memory, timed_out
from toq_localstack.functions.runtime_api import Event, Result, RuntimeApi
from toq_localstack.processes import kill_session, spawn

_LAUNCH = Path(__file__).with_name("launch.py")
_PYTHON_OPTIONS = ("-I", "-S", "-u", "-X", "utf8")  # isolated, no site-packages, unbuffered, UTF-8 whatever the locale
_CHECK_SECONDS = 0.05  # how often a busy process is looked at: memory, sudden end


class FunctionFailed(Exception):
    """The process ended, was killed, or was too slow; `failure` says which."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class NotTakenError(Exception):
    """The process had ended before the event reached the function."""


@dataclass(frozen=True)
class Program:
    """What a process runs.

    Parameters
    ----------
    handler
        For example ``handlers.zip.handler.handler``.
    environment
        All variables of the child but the address of its Runtime API.
    task_root
        The unzipped code; the process starts there.
    memory_limit
        Bytes; more than this in anonymous memory ends the process, as Lambda's own limit does.
    """

    interpreter: Interpreter
    handler: str
    environment: Mapping[str, str]
    task_root: Path
    memory_limit: int


class RuntimeProcess:
    """A running interpreter with a function's handler in it.

    Parameters
    ----------
    log
        File that standard output and error are appended to.
    """

    def __init__(self, program: Program, log: Path) -> None:
        self._api = RuntimeApi()
        self._memory_limit = program.memory_limit
        self._peak = 0
        command = [program.interpreter.executable, *_PYTHON_OPTIONS, str(_LAUNCH), str(os.getpid()), program.handler]
        environment = {**program.environment, "AWS_LAMBDA_RUNTIME_API": self._api.address}
        try:
            with log.open("ab") as output:
                self._process = spawn(command, env=environment, cwd=program.task_root, output=output)
        except OSError:
            self._api.close()
            raise

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def wait_initialised(self, seconds: float) -> Result | None:
        """Wait until the runtime asks for its first event.

        Returns
        -------
        Result or None
            None when it is ready, the posted error when the handler could not be imported.

        Raises
        ------
        FunctionFailed
            It ended, or took longer than `seconds`.
        """
        return self._wait(self._api.initialised, seconds)

    def handle(self, event: Event, seconds: float) -> Result:
        """Let the function handle an event.

        Raises
        ------
        FunctionFailed
            It ended, held too much memory, or took longer than `seconds`; it is no longer alive then.
        NotTakenError
            It ended before it asked for the event, after the previous one's result; another process may take it.
        """
        self._api.send(event)
        try:
            return self._wait(event.result, seconds)
        except FunctionFailed as failed:
            if failed.failure.status == "error" and not event.taken.is_set():
                raise NotTakenError from failed
            raise

    def _wait[T](self, result: Future[T], seconds: float) -> T:
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            try:
                return result.result(timeout=max(0.0, min(_CHECK_SECONDS, left)))
            except TimeoutError:
                if not self.alive and not result.done():
                    raise FunctionFailed(exited(self._process.returncode)) from None
                if self._memory().anonymous > self._memory_limit:
                    self.kill()
                    raise FunctionFailed(out_of_memory()) from None
                if left <= 0 and not result.done():
                    self.kill()
                    raise FunctionFailed(timed_out(seconds)) from None

    @property
    def peak(self) -> int:
        """Highest memory seen so far, in bytes."""
        self._memory()
        return self._peak

    def _memory(self) -> "Memory":
        memory = Memory.of(self._process.pid)
        self._peak = max(self._peak, memory.peak)
        return memory

    def kill(self) -> None:
        """End the process, all it started, and its Runtime API."""
        kill_session(self._process)
        self._api.close()


@dataclass(frozen=True)
class Memory:
    """Memory of a process in bytes.

    Parameters
    ----------
    peak
        Highest resident set so far, libraries on disk included: Lambda's "Max Memory Used".
    anonymous
        Resident now and backed by no file: what a memory limit acts on, since file pages can be dropped.
    """

    peak: int
    anonymous: int

    @classmethod
    def of(cls, pid: int) -> "Memory":
        """Read ``/proc/PID/status``; zeros for a process that has ended."""
        try:
            text = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return cls(0, 0)
        kibibytes = {}
        for line in text.splitlines():
            name, _, value = line.partition(":")
            if name in ("VmHWM", "RssAnon", "RssShmem"):
                kibibytes[name] = int(value.split()[0]) * 1024
        return cls(kibibytes.get("VmHWM", 0), kibibytes.get("RssAnon", 0) + kibibytes.get("RssShmem", 0))
