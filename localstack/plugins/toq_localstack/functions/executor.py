"""LocalStack's runtime executor that needs no Docker: each execution environment is a process on loopback."""

import json
import logging
import tempfile
import threading
import time
from functools import cache
from pathlib import Path
from typing import Any

from localstack import config
from localstack.services.lambda_.invocation.lambda_models import (
    FunctionVersion,
    HotReloadingCode,
    InvocationResult,
    S3Code,
)
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from toq_localstack.faults import invocations
from toq_localstack.functions import report
from toq_localstack.functions.environment import Sandbox
from toq_localstack.functions.interpreter import InterpreterCache
from toq_localstack.functions.metrics import publish_embedded_metrics
from toq_localstack.functions.runtime_api import Event, Result
from toq_localstack.functions.runtime_process import FunctionFailed, NotTakenError, Program, RuntimeProcess

LOG = logging.getLogger(__name__)

INIT_SECONDS = 10.0
"""AWS, "Understanding the Lambda execution environment lifecycle": an init that takes longer is repeated at the first
invocation, within the function's own timeout; so is one that fails."""

_MEBIBYTE = 1024 * 1024


class ProcessRuntimeExecutor(RuntimeExecutor):
    """One execution environment of a function version.

    LocalStack calls `start` once, then `invoke` for one event at a time, then `stop`. A process that died is replaced
    at the next invocation, as Lambda replaces its runtime in a kept environment.
    """

    def __init__(self, id: str, function_version: FunctionVersion) -> None:
        super().__init__(id, function_version)
        self._config = function_version.config
        self._sandbox: Sandbox | None = None
        self._program: Program | None = None
        self._process: RuntimeProcess | None = None
        self._stopped = False
        self._init_duration: float | None = None  # of the init phase, until it is reported
        self._init_log = ""  # of inits that failed, until it is reported
        self._peak = 0  # bytes, over all processes of this environment
        self._fault: report.Failure | None = None  # why a fault has ended the process

    def start(self, env_vars: dict[str, str]) -> None:
        """Prepare the folders and run the init phase; a failing init shows at the first invocation, with its log.

        Raises
        ------
        InterpreterError
            There is no interpreter for the function's runtime.
        """
        runtime, task_root = str(self._config.runtime), _unzipped(_code(self.function_version))
        layers = []
        for layer in self._config.layers:
            if layer.code is not None:
                layer.code.prepare_for_execution()
                layers.append(_unzipped(layer.code))
        interpreter = _interpreters().get(runtime)
        self._sandbox = Sandbox(self.function_version.id.function_name, layers)
        self._program = Program(
            interpreter=interpreter,
            handler=str(self._config.handler),
            environment=self._sandbox.variables(env_vars, task_root, runtime, interpreter.runtime_folder),
            task_root=task_root,
            memory_limit=self._config.memory_size * _MEBIBYTE,
        )
        started = time.monotonic()
        if self._initialise(INIT_SECONDS, "init") is None:
            self._init_duration = time.monotonic() - started

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        """Handle one event: START, the function's output, END and REPORT go to the log group."""
        request_id, timeout = payload["invoke-id"], float(self._config.timeout)
        before, self._init_log = self._init_log + self._new_output(), ""
        started, failure = time.monotonic(), None
        try:
            result = self._handle(payload, started + timeout)
        except FunctionFailed as failed:
            failure = failed.failure
            result = Result(failure.payload(request_id), is_error=True)
        duration = min(time.monotonic() - started, timeout)
        during, self._init_log = self._init_log + self._new_output(), ""
        closing = report.Report(
            request_id=request_id,
            duration=duration,
            memory_size=self._config.memory_size,
            memory_used=min(-(-self._peak // _MEBIBYTE), self._config.memory_size),
            init_duration=self._init_duration,
            failure=failure,
            trace_id=_root(payload["trace-id"]) if self._config.tracing_config_mode == "Active" else None,
        )
        self._init_duration = None
        version = self.function_version.id
        publish_embedded_metrics(before + during, version.account, version.region)
        log = closing.log(version.qualifier, report.Output(before, during))
        return InvocationResult(request_id, result.payload, is_error=result.is_error, logs=log)

    def stop(self) -> None:
        """End the process and remove its files; an invocation under way ends with Runtime.ExitError."""
        self._stopped = True
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
        return self._sandbox.log.read_all() if self._sandbox else ""

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        """Unzip the code and find the interpreter, so that a missing one makes the function Failed with the reason."""
        _interpreters().get(str(function_version.config.runtime))
        _code(function_version).prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """LocalStack removes the unzipped code itself."""

    def _initialise(self, seconds: float, phase: str) -> Result | None:
        """Start a process and wait until it asks for an event; gives the error of one that never does."""
        assert self._sandbox is not None and self._program is not None  # noqa: S101, PT018 - start() made them
        started = time.monotonic()
        self._process = RuntimeProcess(self._program, self._sandbox.log.path)
        status, error_type = "error", ""
        try:
            failed = self._process.wait_initialised(seconds)
            if failed is None:
                return None
            error_type = _error_type(failed.payload)
        except FunctionFailed as error:
            status, error_type = error.failure.status, error.failure.error_type
            failed = Result(error.failure.payload("init"), is_error=True)
        self._process.kill()
        line = report.init_report(time.monotonic() - started, phase, status, error_type if status == "error" else None)
        self._init_log += f"{self._new_output()}{line}\n"
        return failed

    def _handle(self, payload: dict[str, str], deadline: float) -> Result:
        """Let the function handle the event until `deadline` (monotonic), in a new process where needed."""
        try:
            if self._process is not None and self._process.alive:
                return self._handle_in_process(self._process, payload, deadline)
        except NotTakenError:
            LOG.debug("process of %s ended between two events", self.function_version.qualified_arn)
        if self._process is not None:
            self._process.kill()
        failed = self._initialise(deadline - time.monotonic(), "invoke")
        if failed is None and self._process is not None:
            return self._handle_in_process(self._process, payload, deadline)
        if failed is None or _error_type(failed.payload) == "Sandbox.Timedout":
            raise FunctionFailed(self._timed_out)
        return failed

    def _handle_in_process(self, process: RuntimeProcess, payload: dict[str, str], deadline: float) -> Result:
        left = deadline - time.monotonic()
        event = Event(
            request_id=payload["invoke-id"],
            payload=payload["payload"].encode(),
            function_arn=payload["invoked-function-arn"],
            trace_id=invocations.traced(payload["trace-id"], payload["invoke-id"]),
            deadline=int((time.time() + left) * 1000),
        )
        try:
            with invocations.running(event.request_id, self._end):
                return process.handle(event, left)
        except FunctionFailed as failed:
            if self._fault is not None:
                failure, self._fault = self._fault, None
                timeout = failure.status == "timeout"
                raise FunctionFailed(self._timed_out if timeout else failure) from None
            if failed.failure.status == "timeout":  # say the configured time, not what an init left of it
                raise FunctionFailed(self._timed_out) from None
            raise
        finally:
            self._peak = max(self._peak, process.peak)

    def _end(self, failure: report.Failure) -> None:
        """End the process under an invocation, as if for this reason: a fault that somebody asked for."""
        self._fault = failure
        if self._process:
            self._process.kill()

    @property
    def _timed_out(self) -> report.Failure:
        return report.timed_out(float(self._config.timeout))

    def _new_output(self) -> str:
        return self._sandbox.log.read_new() if self._sandbox and not self._stopped else ""


class ProcessRuntimeExecutorPlugin(RuntimeExecutorPlugin):
    """Found by LocalStack through the entry point; ``LAMBDA_RUNTIME_EXECUTOR=process`` chooses it."""

    name = "process"

    def load(self, *args: Any, **kwargs: Any) -> type[ProcessRuntimeExecutor]:
        return ProcessRuntimeExecutor


_interpreters_lock = threading.Lock()


def _interpreters() -> InterpreterCache:
    with _interpreters_lock:
        return _make_interpreters()


@cache
def _make_interpreters() -> InterpreterCache:
    """Made at first use, because LocalStack empties its temporary folder when it starts."""
    return InterpreterCache(Path(tempfile.mkdtemp(prefix="lambda-runtimes-")))


def _code(function_version: FunctionVersion) -> S3Code | HotReloadingCode:
    code = function_version.config.code
    if code is None:
        raise ValueError(f"{function_version.qualified_arn} is a container image: only zip functions run as processes")
    return code


def _unzipped(code: S3Code | HotReloadingCode) -> Path:
    return Path(code.get_unzipped_code_location())


def _error_type(payload: bytes) -> str:
    try:
        return str(json.loads(payload)["errorType"])
    except (ValueError, KeyError, TypeError):
        return "Runtime.Unknown"


def _root(trace_id: str) -> str:
    """``Root=1-...;Parent=...`` gives ``1-...``."""
    return dict(part.split("=", 1) for part in trace_id.split(";") if "=" in part).get("Root", trace_id)
