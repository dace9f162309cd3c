"""A session on the server that is migrated: waiting for the server, its version, and the lock that keeps runs apart."""

import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import pymysql
from pymysql.constants import CR, ER
from pymysql.cursors import DictCursor

from operations.migrate import introspection
from operations.migrate.database_url import Connection, DatabaseUrl
from operations.migrate.errors import RefusedError

POLL_SECONDS: Final = 0.25
# A server that is starting, stopping or full says one of these; whatever else it says, waiting does not help.
_PASSING: Final = {
    CR.CR_CONN_HOST_ERROR,
    CR.CR_CONNECTION_ERROR,
    CR.CR_SERVER_LOST,
    CR.CR_SERVER_GONE_ERROR,
    ER.CON_COUNT_ERROR,
    ER.SERVER_SHUTDOWN,
}


@dataclass(frozen=True, slots=True)
class Server:
    """One session, with autocommit.

    Parameters
    ----------
    version
        As the server prints it, e.g. ``8.4.3`` or ``10.11.6-MariaDB-log``.
    """

    url: DatabaseUrl
    connection: Connection
    cursor: DictCursor
    version: str

    @property
    def mariadb(self) -> bool:
        """Whether it is MariaDB rather than MySQL."""
        return "mariadb" in self.version.lower()

    @property
    def number(self) -> tuple[int, ...]:
        """The version to compare with, e.g. ``(8, 4, 3)``."""
        found = re.match(r"(?:5\.5\.5-)?(\d+)\.(\d+)\.(\d+)", self.version)  # the prefix is an old replication habit
        return tuple(map(int, found.groups())) if found else ()

    def __str__(self) -> str:
        return f"{self.url} ({'MariaDB' if self.mariadb else 'MySQL'} {self.version})"

    def rows(self, query: str, *arguments: object) -> list[dict[str, Any]]:
        """Run a query and return its rows."""
        self.cursor.execute(query, arguments or None)
        return list(self.cursor.fetchall())

    def describe(self, name: str) -> tuple[str, ...]:
        """`introspection.describe` of a table or view of this schema."""
        return introspection.describe(self.cursor, self.url.schema, name, mariadb=self.mariadb)

    def value(self, query: str, *arguments: object) -> Any:
        """The first column of a query's only row."""
        return next(iter(self.rows(query, *arguments)[0].values()))


@contextmanager
def session(url: DatabaseUrl, wait_seconds: float, ddl_wait_seconds: int) -> Iterator[Server]:
    """Open a session as soon as the server takes one.

    It is strict whatever the server's default is: without that, a statement that narrows a column replaces the values
    which no longer fit, and says so in a warning alone (MySQL 8.4 Reference Manual, "Server SQL Modes").

    Parameters
    ----------
    wait_seconds
        How long the server may take to come up.
    ddl_wait_seconds
        How long a statement may wait for a table that others use. MySQL's own default is a year, and all that time new
        queries on the table queue up behind the waiting statement (MySQL 8.4 Reference Manual, "Metadata Locking").

    Raises
    ------
    RefusedError
        No session in time, or none that waiting could bring.
    """
    connection = _connect(url, wait_seconds)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION lock_wait_timeout = %s", (ddl_wait_seconds,))
            cursor.execute("SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')")
            cursor.execute("SELECT VERSION() AS version")
            yield Server(url, connection, cursor, cursor.fetchall()[0]["version"])
    finally:
        connection.close()


@contextmanager
def exclusive(server: Server, wait_seconds: int) -> Iterator[None]:
    """Keep every other run off the schema.

    The lock belongs to the session that also runs the statements: a client that dies leaves it held until its last
    statement has ended on the server, so the next run never meets one that still works (MySQL 8.4 Reference Manual,
    "Locking Functions").

    Raises
    ------
    RefusedError
        Another run holds the lock for longer than `wait_seconds`.
    """
    name = lock_name(server.url.schema)
    if server.value("SELECT GET_LOCK(%s, %s) AS locked", name, wait_seconds) != 1:
        holder = server.value("SELECT IS_USED_LOCK(%s) AS holder", name)
        raise RefusedError(
            f"another run (connection {holder}) has been migrating {server.url.schema} for over {wait_seconds} s",
            f"wait for it, or look at it with SHOW PROCESSLIST and end it with KILL {holder}",
        )
    yield  # closing the session releases it, also when the connection is lost


def lock_name(schema: str) -> str:
    """Name of the lock: ends in the name of the schema, and has at most the 64 characters that the server allows."""
    return f"listing_media_migrations {schema}"[-64:]


def _connect(url: DatabaseUrl, wait_seconds: float) -> Connection:
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            return url.connect(autocommit=True, program_name="toq media migrations")
        except pymysql.MySQLError as error:
            if time.monotonic() >= deadline or not _may_pass(error):
                raise _refusal(url, error, wait_seconds) from error
        except RuntimeError as error:  # PyMySQL: caching_sha2_password without TLS needs the package cryptography
            raise RefusedError(f"{url}: {error}", "add ?tls=true to DATABASE_URL") from error
        time.sleep(POLL_SECONDS)


def _may_pass(error: pymysql.MySQLError) -> bool:
    final = isinstance(getattr(error, "original_exception", None), (ssl.SSLError, socket.gaierror))
    return error.args[0] in _PASSING and not final


def _refusal(url: DatabaseUrl, error: pymysql.MySQLError, wait_seconds: float) -> RefusedError:
    """Explain a failed connection: cause and remedy."""
    code, *said = error.args
    original = getattr(error, "original_exception", None)
    remedies: dict[int, Callable[[], RefusedError]] = {
        ER.ACCESS_DENIED_ERROR: lambda: RefusedError(
            f"{url}: wrong user or password", "correct DATABASE_URL, special characters percent-encoded"
        ),
        ER.HOST_NOT_PRIVILEGED: lambda: RefusedError(
            f"{url}: the server takes no connections from this host", "run from a host that it allows"
        ),
        ER.BAD_DB_ERROR: lambda: RefusedError(
            f"schema {url.schema} does not exist",
            f"CREATE DATABASE {url.schema} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
        ),
        ER.DBACCESS_DENIED_ERROR: lambda: RefusedError(
            f"{url.user} may not use the schema {url.schema}, or it does not exist",
            "let an administrator grant its privileges, see docs/database.md",
        ),
        CR.CR_SSL_CONNECTION_ERROR: lambda: RefusedError(
            f"{url}: the server offers no TLS",
            "enable TLS there, or leave ?tls= out of DATABASE_URL on a trusted network",
        ),
    }
    if isinstance(original, ssl.SSLError):
        return RefusedError(
            f"{url}: the server's certificate is not trusted ({getattr(original, 'verify_message', original)})",
            "set SSL_CERT_FILE to the certificate of its authority",
        )
    if isinstance(original, socket.gaierror):
        return RefusedError(f"host {url.host} is not known", "correct DATABASE_URL")
    if code in remedies:
        return remedies[code]()
    reason = " ".join(str(part) for part in said)
    return RefusedError(
        f"{url}: no connection within {wait_seconds:g} s ({reason})", "start the server or correct DATABASE_URL"
    )
