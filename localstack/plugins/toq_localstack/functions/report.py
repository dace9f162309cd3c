"""The lines and error bodies that Lambda's platform writes around a function's own output.

Shapes as in "Sending Lambda function logs to CloudWatch Logs", "Lambda Telemetry API Event schema reference" and the
open-source Runtime Interface Emulator.
"""

import json
import math
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Failure:
    """An invocation that ended without the function's own answer.

    Parameters
    ----------
    status
        ``error`` or ``timeout``, as in REPORT.
    error_type
        For example ``Runtime.ExitError``.
    message
        Text without the request id.
    """

    status: str
    error_type: str
    message: str

    def payload(self, request_id: str) -> bytes:
        """The body that the caller of Invoke receives."""
        text = f"RequestId: {request_id} Error: {self.message}"
        return json.dumps({"errorType": self.error_type, "errorMessage": text}).encode()

    def lines(self, request_id: str) -> list[str]:
        """What the platform adds to the function's output."""
        if self.status == "timeout":
            return [f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime())}.000Z {request_id} {self.message}"]
        return [f"RequestId: {request_id} Error: {self.message}", self.error_type]


def timed_out(seconds: float) -> Failure:
    """The function did not answer within its timeout."""
    return Failure("timeout", "Sandbox.Timedout", f"Task timed out after {seconds:.2f} seconds")


def out_of_memory() -> Failure:
    """The function held more than its memory size and was killed."""
    return Failure("error", "Runtime.OutOfMemory", "Runtime exited with error: signal: killed")


def exited(code: int) -> Failure:
    """The process ended by itself; negative codes are signals, as `subprocess.Popen.returncode` has them."""
    if code == 0:
        return Failure("error", "Runtime.ExitError", "Runtime exited without providing a reason")
    reason = f"exit status {code}" if code > 0 else f"signal: {_SIGNALS.get(-code, str(-code))}"
    return Failure("error", "Runtime.ExitError", f"Runtime exited with error: {reason}")


_SIGNALS = {6: "aborted", 9: "killed", 11: "segmentation fault", 15: "terminated"}  # as Go, and so Lambda, names them


@dataclass(frozen=True)
class Output:
    """What the function wrote.

    Parameters
    ----------
    before
        Since the last invocation: the init phase, mostly.
    during
        While it handled the event.
    """

    before: str
    during: str


@dataclass(frozen=True)
class Report:
    """Figures of one invocation; times in seconds, memory in MiB."""

    request_id: str
    duration: float
    memory_size: int
    memory_used: int
    init_duration: float | None = None
    failure: Failure | None = None
    trace_id: str | None = None

    def text(self) -> str:
        """The REPORT line; init time is billed too (AWS: "standardizes billing for the INIT phase", August 2025)."""
        billed = math.ceil((self.duration + (self.init_duration or 0)) * 1000)
        fields = [
            f"REPORT RequestId: {self.request_id}",
            f"Duration: {self.duration * 1000:.2f} ms",
            f"Billed Duration: {billed} ms",
            f"Memory Size: {self.memory_size} MB",
            f"Max Memory Used: {self.memory_used} MB",
        ]
        if self.init_duration is not None:
            fields.append(f"Init Duration: {self.init_duration * 1000:.2f} ms")
        if self.failure:
            fields.append(f"Status: {self.failure.status}")
            if self.failure.status == "error":
                fields.append(f"Error Type: {self.failure.error_type}")
        if self.trace_id:
            fields.append(f"XRAY TraceId: {self.trace_id}")
        return "\t".join(fields)

    def log(self, version: str, output: Output) -> str:
        """Everything that goes to the log group for one invocation."""
        lines = [f"START RequestId: {self.request_id} Version: {version}"]
        closing = [f"END RequestId: {self.request_id}", self.text()]
        if self.failure:
            closing = self.failure.lines(self.request_id) + closing
        return f"{output.before}{_lines(lines)}{output.during}{_lines(closing)}"


def _lines(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def init_report(seconds: float, phase: str, status: str, error_type: str | None) -> str:
    """The INIT_REPORT line of an init that failed."""
    fields = [f"INIT_REPORT Init Duration: {seconds * 1000:.2f} ms", f"Phase: {phase}", f"Status: {status}"]
    if error_type:
        fields.append(f"Error Type: {error_type}")
    return "\t".join(fields)
