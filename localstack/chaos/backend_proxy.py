"""Stands in front of the backend's callback: lets through, breaks, and keeps the log that the auditor reads."""

import contextlib
import http.client
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, Protocol

ANSWERS: Final = {"backend.429": 429, "backend.410": 410, "backend.500": 500}
_RESET: Final = struct.pack("ii", 1, 0)  # socket(7), SO_LINGER: close at once, with a reset
_SLOW_SECONDS: Final = (0.5, 20.0)  # the pipeline gives up after 15
_BACKEND_SECONDS: Final = 40.0


class Faults(Protocol):
    """What may strike here."""

    def strikes(self, site: str, subject: str) -> bool:
        """Whether it does; it is then on record."""

    def between(self, low: float, high: float, site: str, subject: str) -> float:
        """A number that goes with it."""


@dataclass(frozen=True, slots=True)
class Callback:
    """What the proxy knows of a request from its body."""

    event: str
    batch: int
    attempt: int

    @property
    def subject(self) -> str:
        """The same in a second run with the same seed; an event's id is not."""
        return f"batch-{self.batch}-{self.attempt}"


class BackendProxy:
    """Serves on a free loopback port.

    Parameters
    ----------
    port
        The backend's.
    restart_database
        Cuts the backend's connections to its database; called in the middle of a callback.
    log
        One JSON line a callback: ``{time, event, batch, attempt, fault, status, applied}``.
    """

    def __init__(self, port: int, faults: Faults, restart_database: Callable[[], None], log: Path) -> None:
        self._port = port
        self._faults = faults
        self._restart_database = restart_database
        self._log = log.open("a", buffering=1)
        self._lock = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                proxy.answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Silence: the log is the proxy's own."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, name="backend-proxy", daemon=True).start()

    @property
    def url(self) -> str:
        """Where callbacks are sent to."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._server.server_close()
        self._log.close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Handle one callback."""
        body = request.rfile.read(int(request.headers["Content-Length"]))
        callback = _read(body)
        fault = self._fault(callback.subject)
        if fault == "backend.reset":
            self._note(callback, fault, None, b"")
            return reset(request)
        if fault in ANSWERS:
            self._note(callback, fault, ANSWERS[fault], b"")
            return send(request, ANSWERS[fault], b"{}", {"Retry-After": "1"} if fault == "backend.429" else {})
        if fault == "backend.slow":
            time.sleep(self._faults.between(*_SLOW_SECONDS, fault, callback.subject))
        if fault == "database.restarted":
            threading.Timer(0.02, self._restart_database).start()
        try:
            status, answer, headers = self._forward(request, body)
        except (OSError, http.client.HTTPException):
            self._note(callback, fault or "backend.away", None, b"")
            return reset(request)
        self._note(callback, fault, status, answer)
        if fault == "backend.reset-after-commit":
            return reset(request)
        return send(request, status, answer, headers)

    def _fault(self, subject: str) -> str:
        sites = ("backend.reset", *ANSWERS, "backend.slow", "backend.reset-after-commit", "database.restarted")
        return next((site for site in sites if self._faults.strikes(site, subject)), "")

    def _forward(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_BACKEND_SECONDS)
        with contextlib.closing(connection):
            connection.request("POST", request.path, body, dict(request.headers))
            answer = connection.getresponse()
            again = answer.getheader("Retry-After")
            return answer.status, answer.read(), {"Retry-After": again} if again else {}

    def _note(self, callback: Callback, fault: str, status: int | None, answer: bytes) -> None:
        applied = status == 200 and json.loads(answer or b"{}").get("applied") is True
        entry = {
            "time": time.time(), "event": callback.event, "batch": callback.batch, "attempt": callback.attempt,
            "fault": fault, "status": status, "applied": applied,
        }  # fmt: skip
        with self._lock:
            self._log.write(json.dumps(entry) + "\n")


def _read(body: bytes) -> Callback:
    document = json.loads(body)
    return Callback(document["eventId"], int(document["batchId"]), int(document["attempt"]))


def send(request: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str]) -> None:
    """Answer in full; a caller that has gone is no error."""
    with contextlib.suppress(OSError):
        request.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body)), "Connection": "close"}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)
        request.wfile.flush()
    request.close_connection = True


def reset(request: BaseHTTPRequestHandler) -> None:
    """End the connection with a reset, without an answer."""
    request.close_connection = True
    with contextlib.suppress(OSError):
        request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        request.connection.close()
