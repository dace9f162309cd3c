"""The proxy in front of MySQL: bytes go through both ways, and a restart cuts what is open and refuses what is new."""

import socket
import threading
from collections.abc import Iterator

import pytest

from localstack.chaos.database_proxy import DatabaseProxy
from tests.support.waiting import wait_until


@pytest.fixture
def echo() -> Iterator[int]:
    """A server that sends back what it is sent; its port."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket) -> None:
        with connection:
            while data := connection.recv(1024):
                connection.sendall(data)

    def accept() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield server.getsockname()[1]
    server.shutdown(socket.SHUT_RDWR)
    server.close()


@pytest.fixture
def proxy(echo: int) -> Iterator[DatabaseProxy]:
    made = DatabaseProxy("127.0.0.1", echo)
    yield made
    made.close()


def connect(proxy: DatabaseProxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=10)


def answers(connection: socket.socket) -> bool:
    """Whether what is sent comes back."""
    try:
        connection.sendall(b"SELECT 1")
        return connection.recv(1024) == b"SELECT 1"
    except OSError:
        return False


def test_bytes_go_through_both_ways(proxy: DatabaseProxy) -> None:
    with connect(proxy) as one, connect(proxy) as other:
        assert answers(one)
        assert answers(other)
        assert answers(one)


def test_a_restart_cuts_what_is_open_refuses_what_is_new_and_ends(proxy: DatabaseProxy) -> None:
    with connect(proxy) as before:
        assert answers(before)
        proxy.restart(0.5)
        assert not answers(before)

    def back() -> bool:
        try:
            with connect(proxy) as after:
                return answers(after)
        except OSError:  # cut off while it was being opened
            return False

    assert not back()
    wait_until(back, timeout=10)
