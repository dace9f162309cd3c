"""Stands between the backend and MySQL, and can be away for a while as a server that restarts is."""

import contextlib
import socket
import struct
import threading
import time
from typing import Final

_RESET: Final = struct.pack("ii", 1, 0)
_CHUNK: Final = 65_536


class DatabaseProxy:
    """Forwards TCP connections from a free loopback port.

    Parameters
    ----------
    host, port
        MySQL's.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._away_until = 0.0
        self._server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, name="database-proxy", daemon=True).start()

    @property
    def port(self) -> int:
        """Where the backend finds its database."""
        number: int = self._server.getsockname()[1]
        return number

    def restart(self, seconds: float) -> None:
        """Reset every connection, so that MySQL rolls back what was not committed, and refuse new ones for a while."""
        with self._lock:
            self._away_until = time.monotonic() + seconds
            cut, self._open = self._open, set()
        for each in cut:
            _reset(each)

    def close(self) -> None:
        """Forward no more."""
        self.restart(0)
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with self._lock:
            away = time.monotonic() < self._away_until
        if away:
            return _reset(client)
        try:
            server = socket.create_connection(self._target)
        except OSError:
            return _reset(client)
        with self._lock:
            self._open |= {client, server}
        other = threading.Thread(target=self._pump, args=(server, client), daemon=True)
        other.start()
        self._pump(client, server)
        other.join()
        with self._lock:
            self._open -= {client, server}
        client.close()
        server.close()
        return None

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


def _reset(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
