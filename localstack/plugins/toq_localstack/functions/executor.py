"""LocalStack's runtime executor that needs no Docker: each execution environment is a process on loopback."""

import logging
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from localstack import config
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from toq_localstack.functions import report
from toq_localstack.functions.environment import Sandbox
from toq_localstack.functions.interpreter import Interpreter, InterpreterCache
from toq_localstack.functions.metrics import publish_embedded_metrics
from toq_localstack.functions.runtime_api import Event, Outcome
from toq_localstack.functions.runtime_process import FunctionFailed, NotTakenError, RuntimeProcess

LOG = logging.getLogger(__name__)

INIT_SECONDS = 10.0
"""AWS "Understanding the Lambda execution environment lifecycle": an init that takes longer is repeated at the first
invocation, within the function's own timeout; so is one that fails."""

_MEBIBYTE = 1024 * 1024


class ProcessRuntimeExecutor(RuntimeExecutor):
    """One execution environment of a function version.

    LocalStack calls `start` once, then `invoke` for one event at a time, then `stop`. A process that died is replaced
    at the next invocation, as Lambda replaces its runtime in a kept environment.
    """

    def __init__(self, id: str, function_version: FunctionVersion) -> None:
        super().__init__(id, function_version)
        self._sandbox: Sandbox | None = None
        self._process: RuntimeProcess | None = None
        self._stopped = threading.Event()
        self._env: dict[str, str] = {}
        self._init_duration: float | None = None
        self._pending_log = ""
        self._peak = 0

    # What LocalStack asks of an executor

    def start(self, env_vars: dict[str, str]) -> None:
        """Prepare the folders and run the init phase; a failing init shows at the first invocation, with its log.

        Raises
        ------
        InterpreterError
            There is no interpreter for the function's runtime.
        """
        version = self.function_version.config
        layers = []
        for layer in version.layers:
            layer.code.prepare_for_execution()
            layers.append(Path(layer.code.get_unzipped_code_location()))
        self._sandbox = Sandbox(self.function_version.id.function_name, layers)
        self._env = self._sandbox.variables(
            env_vars, self._task_root, self._runtime, self._interpreter().runtime_folder
        )
        failed, duration = self._initialise(INIT_SECONDS, "init")
        if failed is None:
            self._init_duration = duration

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        """Handle one event: START, the function's output, END and REPORT go to the log group."""
        request_id, timeout = payload["invoke-id"], float(self.function_version.config.timeout)
        before = self._pending_log + self._new_output()
        self._pending_log = ""
        started = time.monotonic()
        failure: report.Failure | None = None
        try:
            outcome = self._handle(payload, started, timeout)
        except FunctionFailed as failed:
            failure = failed.failure
            outcome = Outcome(failure.payload(request_id), is_error=True)
        duration = min(time.monotonic() - started, timeout)
        output = self._pending_log + self._new_output()
        self._pending_log = ""
        lines = failure.lines(request_id) if failure else []
        text = self._log_text(payload, before, output, lines, duration, failure)
        publish_embedded_metrics(output, self.function_version.id.account, self.function_version.id.region)
        return InvocationResult(request_id, outcome.payload, is_error=outcome.is_error, logs=text)

    def stop(self) -> None:
        """End the process and remove its files; an invocation under way ends with Runtime.ExitError."""
        self._stopped.set()
        if self._process:
            self._process.kill()
        if self._sandbox:
            self._sandbox.remove()

    def get_address(self) -> str:
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        return "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        return f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"

    def get_logs(self) -> str:
        if self._sandbox is None or not self._sandbox.log.path.exists():
            return ""
        return self._sandbox.log.path.read_text(errors="replace")

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        """Unzip the code and find the interpreter, so that a missing one makes the function Failed with the reason."""
        _interpreters().get(function_version.config.runtime or "")
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """LocalStack removes the unzipped code itself."""

    # The phases

    def _initialise(self, seconds: float, phase: str) -> tuple[Outcome | None, float]:
        """Start a process and wait until it is ready; gives its error, or None, and the seconds it took."""
        assert self._sandbox is not None  # noqa: S101 - start() made it
        version = self.function_version.config
        started = time.monotonic()
        self._process = RuntimeProcess(
            self._interpreter(), version.handler, self._env, self._task_root, self._sandbox.log.path,
            version.memory_size * _MEBIBYTE,
        )  # fmt: skip
        status, error_type = "error", "Runtime.Unknown"
        try:
            failed = self._process.wait_initialised(seconds)
        except FunctionFailed as error:
            failed = Outcome(error.failure.payload("init"), is_error=True)
            status, error_type = error.failure.status, error.failure.error_type
        duration = time.monotonic() - started
        if failed is not None:
            self._process.kill()
            if status == "error":
                error_type = _error_type(failed.payload, error_type)
            line = report.init_report(duration, phase, status, error_type if status == "error" else None)
            self._pending_log += self._new_output() + line + "\n"
        return failed, duration

    def _handle(self, payload: dict[str, str], started: float, timeout: float) -> Outcome:
        """Let the function handle the event within what is left of its timeout, in a new process where needed."""
        try:
            if self._process is not None and self._process.alive:
                return self._handle_in_process(payload, timeout - (time.monotonic() - started))
        except NotTakenError:
            LOG.debug("process of %s ended between two events", self.function_version.qualified_arn)
        if self._process is not None:
            self._process.kill()
        failed, _ = self._initialise(timeout - (time.monotonic() - started), "invoke")
        if failed is None:
            return self._handle_in_process(payload, timeout - (time.monotonic() - started))
        if _error_type(failed.payload, "") == "Sandbox.Timedout":
            raise FunctionFailed(report.timed_out(timeout))
        return failed

    def _handle_in_process(self, payload: dict[str, str], seconds: float) -> Outcome:
        assert self._process is not None  # noqa: S101 - the caller looked
        event = Event(
            request_id=payload["invoke-id"],
            payload=payload["payload"].encode(),
            function_arn=payload["invoked-function-arn"],
            trace_id=payload["trace-id"],
            deadline=int((time.time() + seconds) * 1000),
        )
        try:
            return self._process.handle(event, seconds)
        except FunctionFailed as failed:
            if failed.failure.status == "timeout":  # say the configured time, not what an init left of it
                raise FunctionFailed(report.timed_out(float(self.function_version.config.timeout))) from None
            raise
        finally:
            self._peak = max(self._peak, self._process.memory.peak)

    # Its log

    def _log_text(
        self,
        payload: dict[str, str],
        before: str,
        output: str,
        lines: list[str],
        duration: float,
        failure: report.Failure | None,
    ) -> str:
        request_id, version = payload["invoke-id"], self.function_version
        init, self._init_duration = self._init_duration, None
        closing = report.Report(
            request_id=request_id,
            duration=duration,
            memory_size=version.config.memory_size,
            memory_used=min(-(-self._peak // _MEBIBYTE), version.config.memory_size) or version.config.memory_size,
            init_duration=init,
            failure=failure,
            trace_id=_root(payload["trace-id"]) if version.config.tracing_config_mode == "Active" else None,
        ).text()
        start = f"START RequestId: {request_id} Version: {version.id.qualifier}\n"
        added = "".join(f"{line}\n" for line in lines)
        return f"{before}{start}{output}{added}END RequestId: {request_id}\n{closing}\n"

    def _new_output(self) -> str:
        return self._sandbox.log.read_new() if self._sandbox and not self._stopped.is_set() else ""

    # Where things are

    @property
    def _runtime(self) -> str:
        return str(self.function_version.config.runtime)

    @property
    def _task_root(self) -> Path:
        return Path(self.function_version.config.code.get_unzipped_code_location())

    def _interpreter(self) -> Interpreter:
        return _interpreters().get(self._runtime)


class ProcessRuntimeExecutorPlugin(RuntimeExecutorPlugin):
    """Found by LocalStack through the entry point; ``LAMBDA_RUNTIME_EXECUTOR=process`` chooses it."""

    name = "process"

    def load(self, *args: Any, **kwargs: Any) -> type[ProcessRuntimeExecutor]:
        return ProcessRuntimeExecutor


_cache: list[InterpreterCache] = []
_cache_lock = threading.Lock()


def _interpreters() -> InterpreterCache:
    """The cache of this LocalStack; made late, because LocalStack empties its temporary folder when it starts."""
    with _cache_lock:
        if not _cache:
            _cache.append(InterpreterCache(Path(tempfile.mkdtemp(prefix="lambda-runtimes-"))))
        return _cache[0]


def _error_type(payload: bytes, otherwise: str) -> str:
    import json

    try:
        return str(json.loads(payload)["errorType"])
    except (ValueError, KeyError, TypeError):
        return otherwise


def _root(trace_id: str) -> str:
    """``Root=1-...;Parent=...`` gives ``1-...``."""
    return dict(part.split("=", 1) for part in trace_id.split(";") if "=" in part).get("Root", trace_id)
