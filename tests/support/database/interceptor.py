"""A proxy between a client and a server that acts at an exact statement: how a run is cut where we want it."""

import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from types import TracebackType
from typing import Final, Self

_QUERY: Final = 3  # COM_QUERY, MySQL's client/server protocol
_CHANGING: Final = re.compile(rb"\s*(CREATE|DROP|ALTER|INSERT|DELETE|LOCK|UNLOCK)\b")


class Moment(StrEnum):
    """When the run is cut, as the server sees the statement."""

    BEFORE = "before"  # it never arrives
    DURING = "during"  # it arrives, and the cut comes while the server works on it
    AFTER = "after"  # it was carried out, but the client never hears so


class Interceptor:
    """Forwards one run's connection and counts the statements that change something.

    Parameters
    ----------
    port
        Of the server on loopback.
    position
        Which of those statements is cut, from 0; None lets all pass.
    act
        What happens at the cut, before both connections are closed.
    """

    def __init__(
        self,
        port: int,
        position: int | None = None,
        moment: Moment = Moment.BEFORE,
        act: Callable[[], None] = lambda: None,
    ) -> None:
        self.statements: list[str] = []
        self._target = port
        self._position = position
        self._moment = moment
        self._act = act
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._listener.close()
        self._thread.join(timeout=30)

    @property
    def cut(self) -> bool:
        """Whether the statement was reached."""
        return self._position is not None and len(self.statements) > self._position

    def _serve(self) -> None:
        with suppress(OSError):  # the listener or either side was closed
            client, _ = self._listener.accept()
            server = socket.create_connection(("127.0.0.1", self._target))
            with client, server:
                while True:
                    self._pump(client, server)

    def _pump(self, client: socket.socket, server: socket.socket) -> None:
        """Pass on whatever comes next, from either side."""
        ready = _readable(client, server)
        if server in ready:
            client.sendall(_some(server))
        if client in ready:
            data = _some(client)
            if self._is_cut(data):
                self._carry_out(data, server)
                self._act()
                raise ConnectionAbortedError
            server.sendall(data)

    def _is_cut(self, data: bytes) -> bool:
        statement = data[5:]
        if len(data) > 4 and data[4] == _QUERY and _CHANGING.match(statement):
            self.statements.append(statement.decode().split("(")[0].strip())
            return len(self.statements) - 1 == self._position
        return False

    def _carry_out(self, data: bytes, server: socket.socket) -> None:
        if self._moment is not Moment.BEFORE:
            server.sendall(data)
        if self._moment is Moment.AFTER:
            _some(server)


def _readable(*sockets: socket.socket) -> list[socket.socket]:
    import select

    return select.select(sockets, [], [])[0]


def _some(source: socket.socket) -> bytes:
    data = source.recv(1 << 20)
    if not data:
        raise ConnectionAbortedError
    return data
