"""The Runtime API of one execution environment (AWS: "Using the Lambda runtime API for custom runtimes").

The runtime client in the child asks for the next event and posts its result. One environment handles one event at a
time, so a queue of one place and a future are all the state there is.
"""

import json
import queue
import socket
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MAX_RESPONSE_BYTES = 6 * 1024 * 1024 + 100
"""Most that a synchronous response may hold: 6,291,556 bytes, as Lambda's own message says ("Lambda quotas": 6 MB)."""


@dataclass(frozen=True)
class Result:
    """What the runtime posted for an event."""

    payload: bytes
    is_error: bool


@dataclass(frozen=True)
class Event:
    """One event on its way to the function.

    Parameters
    ----------
    deadline
        Milliseconds since the epoch at which the function times out.
    """

    request_id: str
    payload: bytes
    function_arn: str
    trace_id: str
    deadline: int
    result: Future[Result] = field(default_factory=Future)
    taken: threading.Event = field(default_factory=threading.Event)


class RuntimeApi:
    """Serves the Runtime API on a free loopback port to one process, for the life of that process."""

    def __init__(self) -> None:
        self.initialised: Future[Result | None] = Future()
        """Result None once the runtime asks for its first event; a `Result` when its init failed."""
        self._events: queue.Queue[Event | None] = queue.Queue()
        self._current: Event | None = None
        self._closing = threading.Lock()
        self._closed = False
        self._server = _Server(self)
        threading.Thread(target=self._server.accept_until_closed, name="toq-runtime-api", daemon=True).start()

    @property
    def address(self) -> str:
        """``host:port`` for AWS_LAMBDA_RUNTIME_API."""
        return f"127.0.0.1:{self._server.server_port}"

    def send(self, event: Event) -> None:
        """Hand an event to the runtime; its `Event.result` is set when the runtime posts the result."""
        self._events.put(event)

    def close(self) -> None:
        """Stop serving; a runtime that still waits is cut off. A second call does nothing."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
        self._events.put(None)
        self._server.close()

    def take_next(self) -> Event | None:
        """Called by the runtime's ``GET next``: marks the environment initialised and waits for an event."""
        if not self.initialised.done():
            self.initialised.set_result(None)
        self._current = self._events.get()
        if self._current:
            self._current.taken.set()
        return self._current

    def take_init_error(self, payload: bytes) -> None:
        """Called by ``POST init/error``."""
        if not self.initialised.done():
            self.initialised.set_result(Result(payload, is_error=True))

    def take_result(self, request_id: str, payload: bytes, *, is_error: bool) -> tuple[int, dict[str, Any]]:
        """Called by ``POST {id}/response`` and ``{id}/error``; gives the HTTP status and body of the answer."""
        event = self._current
        if event is None or event.request_id != request_id or event.result.done():
            return 400, {"errorMessage": "Invalid request ID", "errorType": "InvalidRequestID"}
        if len(payload) > MAX_RESPONSE_BYTES:
            message = f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."
            error = {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message}
            event.result.set_result(Result(json.dumps(error).encode(), is_error=True))
            return 413, {"errorMessage": message, "errorType": "RequestEntityTooLarge"}
        event.result.set_result(Result(payload, is_error=is_error))
        return 202, {"status": "OK"}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, api: RuntimeApi) -> None:
        self.api = api
        super().__init__(("127.0.0.1", 0), _Handler)

    def accept_until_closed(self) -> None:
        """Accept without the polling of ``serve_forever``: idle environments cost nothing."""
        while True:
            try:
                request, address = self.get_request()
            except OSError:
                return
            self.process_request(request, address)

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)  # wakes `accept`; closing alone would not
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A killed child breaks its connection: expected, and reported by the executor."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one segment
    disable_nagle_algorithm = True  # else each warm call waits some 85 ms for a delayed acknowledgement
    server: _Server

    def do_GET(self) -> None:
        event = self.server.api.take_next()
        if event is None:
            self.close_connection = True
            return
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": event.request_id,
            "Lambda-Runtime-Invoked-Function-Arn": event.function_arn,
            "Lambda-Runtime-Trace-Id": event.trace_id,
            "Lambda-Runtime-Deadline-Ms": str(event.deadline),
        }
        self._answer(200, event.payload, headers)

    def do_POST(self) -> None:
        body = self._body()
        parts = self.path.split("/")
        if parts[-2:] == ["init", "error"]:
            self.server.api.take_init_error(body)
            status, answer = 202, {"status": "OK"}
        else:
            status, answer = self.server.api.take_result(parts[-2], body, is_error=parts[-1] == "error")
        self._answer(status, json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Silence: requests of the runtime are no news."""
