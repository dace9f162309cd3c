from typing import Any

import pytest

from operations.migrate import preflight
from operations.migrate.database_url import DatabaseUrl
from operations.migrate.errors import RefusedError
from operations.migrate.server import Server

URL = DatabaseUrl.parse("mysql://u:p@h/toq_server")


class Cursor:
    """Answers every query with one row."""

    def __init__(self, row: dict[str, Any]) -> None:
        self._row = row

    def execute(self, query: str, arguments: object = None) -> None:
        pass

    def fetchall(self) -> list[dict[str, Any]]:
        return [self._row]


def server(version: str, read_only: int = 0) -> Server:
    return Server(URL, None, Cursor({"read_only": read_only}), version)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "version",
    ["8.0.16", "8.0.41-0ubuntu0.24.04.1", "8.4.3", "9.7.4-2", "10.11.6-MariaDB-0+deb12u1", "5.5.5-10.11.6-MariaDB"],
)
def test_a_supported_server_passes(version: str) -> None:
    preflight.check_server(server(version))


@pytest.mark.parametrize("version", ["5.7.44", "8.0.15", "10.6.21-MariaDB", "something"])
def test_an_older_server_is_refused(version: str) -> None:
    with pytest.raises(RefusedError, match="or newer"):
        preflight.check_server(server(version))


def test_a_replica_is_refused() -> None:
    with pytest.raises(RefusedError, match="point DATABASE_URL at the primary"):
        preflight.check_server(server("8.4.3", read_only=1))
