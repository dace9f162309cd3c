"""A backend on loopback that answers as it is told, and time that passes only when somebody waits."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import urllib3
from aws_lambda_powertools.utilities.parameters import SecretsProvider

from handlers.callback_dispatch.delivery import Clock, Delivery
from handlers.callback_dispatch.secret import CallbackSecrets
from tests.support.builders import aws_client

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SECRET_NAME = "toq-media-processing/callback"


@dataclass
class Request:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    """How the backend answers once.

    ``hang`` holds the connection without an answer; ``body`` may be endless.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    endless: bool = False
    hang: bool = False
    cut: bool = False


class Backend:
    """Answers in the order of `answers`; the last one repeats."""

    def __init__(self) -> None:
        self.answers = [Answer()]
        self.requests: list[Request] = []
        self.released = threading.Event()
        backend = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                backend.requests.append(Request(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                number = min(len(backend.requests), len(backend.answers))
                self.give(backend.answers[number - 1])

            def give(self, answer: Answer) -> None:
                if answer.hang:
                    backend.released.wait(30)
                    return
                if answer.cut:
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if not answer.endless:
                    self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                try:
                    self.wfile.write(answer.body)
                    while answer.endless and not backend.released.is_set():
                        self.wfile.write(b"x" * 65_536)
                except OSError:
                    backend.released.set()  # the client has left, as it should

            def log_message(self, *_arguments: Any) -> None:
                """Keep the test's output clean."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/internal/media-processing/callback"

    def close(self) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def backend() -> Iterator[Backend]:
    running = Backend()
    yield running
    running.close()


@dataclass
class StoppedTime:
    """A clock that moves when somebody sleeps."""

    seconds: float = 1_614_265_330.0
    pauses: list[float] = field(default_factory=list)

    def clock(self) -> Clock:
        return Clock(now=lambda: self.seconds, sleep=self.sleep, jitter=lambda _low, high: high)

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.seconds += seconds


@pytest.fixture
def time_stands() -> StoppedTime:
    return StoppedTime()


class Vault:
    """The secret in an emulated Secrets Manager."""

    def __init__(self) -> None:
        self.client = aws_client("secretsmanager")
        self.arn = self.client.create_secret(Name=SECRET_NAME, SecretString=json.dumps({"secrets": [SECRET]}))["ARN"]

    def put(self, value: Any) -> None:
        text = value if isinstance(value, str) else json.dumps(value)
        self.client.put_secret_value(SecretId=self.arn, SecretString=text)

    def secrets(self) -> CallbackSecrets:
        return CallbackSecrets(self.arn, SecretsProvider(boto3_client=self.client))


@pytest.fixture
def vault(aws: None) -> Vault:
    return Vault()


@pytest.fixture
def delivery(backend: Backend, vault: Vault, time_stands: StoppedTime) -> Callable[..., Delivery]:
    """Make a delivery to the backend; `url` in place of its own."""

    def make(url: str | None = None) -> Delivery:
        http = urllib3.PoolManager()
        return Delivery(http, url or backend.url, "traceparent", vault.secrets(), time_stands.clock())

    return make
