"""The proxy in front of the backend: lets through, breaks as asked, and writes down what the backend did."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from localstack.chaos.backend_proxy import BackendProxy
from localstack.local_platform.loopback import free_port
from tests.support.waiting import wait_until

BODY = {"eventId": "batch-7-0-x", "batchId": 7, "attempt": 0}


class Backend(BaseHTTPRequestHandler):
    """Says that the first callback changed its tables, and no later one."""

    def do_POST(self) -> None:
        server: Any = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.seen.append((self.path, self.headers["webhook-id"], body))
        answer = json.dumps({"applied": len(server.seen) == 1}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""


class Chosen:
    """Strikes with one site, the first time that it is asked."""

    def __init__(self, site: str = "") -> None:
        self.site = site

    def strikes(self, site: str, subject: str) -> bool:
        assert subject == "batch-7-0"
        struck = site == self.site
        if struck:
            self.site = ""
        return struck

    def between(self, low: float, high: float, site: str, subject: str) -> float:
        return 0.0


@pytest.fixture
def backend() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Backend)
    server.seen = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[Callable[..., BackendProxy]]:
    made: list[BackendProxy] = []

    def proxy(port: int, site: str = "", cut: Callable[[], None] = lambda: None) -> BackendProxy:
        made.append(BackendProxy(port, Chosen(site), cut, tmp_path / "backend.jsonl"))
        return made[-1]

    yield proxy
    for each in made:
        each.close()


def post(proxy: BackendProxy) -> httpx.Response:
    headers = {"webhook-id": "batch-7-0-x"}
    return httpx.post(f"{proxy.url}/internal", json=BODY, headers=headers, trust_env=False, timeout=10)


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "backend.jsonl").read_text().splitlines()]


def test_a_callback_reaches_the_backend_as_it_is_and_is_written_down(
    proxied: Callable[..., BackendProxy], backend: Any, tmp_path: Path
) -> None:
    proxy = proxied(backend.server_port)

    assert post(proxy).json() == {"applied": True}
    assert post(proxy).json() == {"applied": False}

    assert backend.seen == [("/internal", "batch-7-0-x", BODY)] * 2
    assert [(each["event"], each["status"], each["applied"]) for each in lines(tmp_path)] == [
        ("batch-7-0-x", 200, True),
        ("batch-7-0-x", 200, False),
    ]


@pytest.mark.parametrize(("site", "status"), [("backend.429", 429), ("backend.410", 410), ("backend.500", 500)])
def test_an_answer_in_the_backends_place_never_reaches_it(
    proxied: Callable[..., BackendProxy], backend: Any, tmp_path: Path, site: str, status: int
) -> None:
    proxy = proxied(backend.server_port, site)
    assert post(proxy).status_code == status
    assert backend.seen == []
    assert post(proxy).status_code == 200
    assert [(each["fault"], each["status"]) for each in lines(tmp_path)] == [(site, status), ("", 200)]


def test_a_reset_before_is_nothing_done_and_one_after_the_commit_is(
    proxied: Callable[..., BackendProxy], backend: Any, tmp_path: Path
) -> None:
    for site, seen, applied in (("backend.reset", 0, False), ("backend.reset-after-commit", 1, True)):
        proxy = proxied(backend.server_port, site)
        with pytest.raises(httpx.TransportError):
            post(proxy)
        assert len(backend.seen) == seen
        assert lines(tmp_path)[-1]["applied"] is applied


def test_a_backend_that_is_away_is_a_reset(proxied: Callable[..., BackendProxy], tmp_path: Path) -> None:
    with pytest.raises(httpx.TransportError):
        post(proxied(free_port()))
    assert [(each["fault"], each["status"]) for each in lines(tmp_path)] == [("backend.away", None)]


def test_the_database_is_cut_in_the_middle_of_a_callback(proxied: Callable[..., BackendProxy], backend: Any) -> None:
    cuts: list[bool] = []
    assert post(proxied(backend.server_port, "database.restarted", lambda: cuts.append(True))).status_code == 200
    wait_until(lambda: cuts)
