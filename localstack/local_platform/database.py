"""A MySQL server of its own on a loopback port: real MySQL, because its DDL, checks and collations are what we ship."""

import secrets
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

import pymysql

from localstack.local_platform.lifetime import Lifetime
from localstack.local_platform.loopback import claim_port
from localstack.local_platform.mysqld import find_mysqld, fresh_data
from localstack.local_platform.service import Service, clean_environment
from operations.migrate.database_url import Connection, DatabaseUrl

SCHEMA: Final = "toq_server"
ADMIN: Final = "admin"
APPLICATION: Final = "toq_app"
_READY_SECONDS: Final = 120.0  # 1 on a machine with nothing else to do


class Database(Protocol):
    """An empty schema for the platform, with an administrator and an application account that has no rights yet."""

    @property
    def admin_url(self) -> str:
        """``DATABASE_URL`` of the administrator, for migrations and grants."""

    @property
    def application_url(self) -> str:
        """``DATABASE_URL`` of `toq_app`, which may do nothing until the grants are given."""

    def start(self) -> None:
        """Make it usable."""

    def stop(self) -> None:
        """Remove everything that the platform put into it."""


class MySql(Lifetime):
    """One server of our own.

    Parameters
    ----------
    directory
        For its log and data; the data is removed by `stop`.
    port
        A fixed port, or None for a free one.
    options
        More options of mysqld, e.g. ``--innodb-buffer-pool-size=1G``; later ones win.
    """

    def __init__(self, directory: Path, *, port: int | None = None, options: Sequence[str] = ()) -> None:
        self.port = claim_port(port, "MySQL")
        self._directory = directory.resolve()
        self._data = self._directory / "mysql"
        self._options = tuple(options)
        self._admin_password = secrets.token_urlsafe(18)
        self._application_password = secrets.token_urlsafe(18)
        self._has_data = False
        self._service: Service | None = None
        self._sockets: Path | None = None

    @property
    def admin_url(self) -> str:
        """See `Database`."""
        return f"mysql://{ADMIN}:{self._admin_password}@127.0.0.1:{self.port}/{SCHEMA}"

    @property
    def application_url(self) -> str:
        """See `Database`."""
        return f"mysql://{APPLICATION}:{self._application_password}@127.0.0.1:{self.port}/{SCHEMA}"

    @property
    def pid(self) -> int | None:
        """Process id of the server's guard."""
        return None if self._service is None else self._service.pid

    @property
    def log(self) -> Path:
        return self._directory / "mysql.log"

    def start(self) -> None:
        """Start and wait until the administrator can connect; a second start, after `kill`, keeps the data.

        Raises
        ------
        SetupError
            No MySQL server on this machine.
        StartError
            It did not come up; with the end of its log.
        """
        server = find_mysqld()
        if not self._has_data:
            self._directory.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(self._data, ignore_errors=True)  # of an owner that was killed; it knows other passwords
            shutil.copytree(fresh_data(server), self._data)
            self._has_data = True
        # Of its own under the temporary directory: a socket's path may have 107 characters, a clone's may be longer.
        self._sockets = Path(tempfile.mkdtemp(prefix="toq-mysql-"))
        self._service = Service(
            "MySQL",
            [server.program, "--no-defaults", *server.options, *self._server_options(self._sockets), *self._options],
            environment=clean_environment(),
            log=self.log,
            directory=self._directory,
        )
        self._service.start_until(self._answers, _READY_SECONDS, undo=self.stop)

    def connect(self) -> Connection:
        """A new connection of the administrator, autocommitting."""
        return DatabaseUrl.parse(self.admin_url).connect(autocommit=True)

    def kill(self) -> None:
        """End the server as a power cut would; `start` brings it back with its data."""
        if self._service is not None:
            self._service.kill()
            self._service = None
        if self._sockets is not None:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None

    def stop(self) -> None:
        """End the server and remove its data."""
        self.kill()  # nothing to save: the data goes with it
        shutil.rmtree(self._data, ignore_errors=True)
        self._has_data = False
        (self._directory / "mysql-init.sql").unlink(missing_ok=True)

    def _server_options(self, sockets: Path) -> list[str]:
        return [
            f"--datadir={self._data}",
            f"--socket={sockets / 'socket'}",
            f"--pid-file={sockets / 'pid'}",
            f"--init-file={self._first_statements()}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            "--mysqlx=OFF",
            "--skip-name-resolve",
            "--secure-file-priv=NULL",  # no statement reads or writes files
            "--disable-log-bin",
            "--innodb-buffer-pool-size=64M",
            "--performance-schema=OFF",
        ]

    def _first_statements(self) -> Path:
        """A file of statements that the server runs before it listens; repeatable, since each start runs them."""
        file = self._directory / "mysql-init.sql"
        file.touch(mode=0o600)
        file.write_text(
            f"CREATE USER IF NOT EXISTS '{ADMIN}'@'%' IDENTIFIED BY '{self._admin_password}';\n"
            f"GRANT ALL ON *.* TO '{ADMIN}'@'%' WITH GRANT OPTION;\n"
            f"CREATE USER IF NOT EXISTS '{APPLICATION}'@'%' IDENTIFIED BY '{self._application_password}';\n"
            f"ALTER USER 'root'@'localhost' IDENTIFIED BY '{self._admin_password}';\n"
            f"CREATE DATABASE IF NOT EXISTS {SCHEMA} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;\n"
        )
        return file

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except pymysql.err.OperationalError:
            return False
        return True
