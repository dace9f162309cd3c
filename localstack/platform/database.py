"""A MySQL server of its own on a loopback port: real MySQL, because its DDL, checks and collations are what we ship."""

import os
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pymysql
from pymysql.constants import CLIENT

from localstack.platform.errors import SetupError, StartError
from localstack.platform.layout import MYSQL
from localstack.platform.mysql_packages import is_supported
from localstack.platform.service import Service, claim_port, clean_environment

SCHEMA: Final = "toq_server"
ADMIN: Final = "admin"
APPLICATION: Final = "toq_app"
_READY_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Mysqld:
    """A MySQL server program.

    Parameters
    ----------
    program
        ``mysqld``.
    options
        What it needs to find its own files when it is not installed.
    """

    program: Path
    options: tuple[str, ...]


def find_mysqld() -> Mysqld:
    """The server on the PATH, if it is MySQL 8.0 or newer, else the one fetched under ``build/``.

    Raises
    ------
    SetupError
        There is neither.
    """
    installed = shutil.which("mysqld")
    if installed and is_supported(installed):
        return Mysqld(Path(installed), ())
    if (MYSQL / "bin/mysqld").exists():
        return Mysqld(
            MYSQL / "bin/mysqld",
            (
                f"--basedir={MYSQL / 'usr'}",
                f"--plugin-dir={MYSQL / 'usr/lib/mysql/plugin'}",
                f"--lc-messages-dir={MYSQL / 'usr/share/mysql'}",
                f"--character-sets-dir={MYSQL / 'usr/share/mysql/charsets'}",
            ),
        )
    raise SetupError(
        "no MySQL server found: run `make tools` (fetches one on Debian), set DATABASE_URL, "
        "or put the mysqld of MySQL 8.0 or newer on the PATH"
    )


class MySql:
    """One server: its data, an administrator, the application's user without rights, and the empty schema.

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
        self._service: Service | None = None
        self._sockets: Path | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def admin_url(self) -> str:
        """``DATABASE_URL`` of the administrator, for migrations and grants."""
        return f"mysql://{ADMIN}:{self._admin_password}@127.0.0.1:{self.port}/{SCHEMA}"

    @property
    def application_url(self) -> str:
        """``DATABASE_URL`` of `toq_app`, which may do nothing until the grants are given."""
        return f"mysql://{APPLICATION}:{self._application_password}@127.0.0.1:{self.port}/{SCHEMA}"

    @property
    def pid(self) -> int | None:
        return None if self._service is None else self._service.pid

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
        if not self._data.exists():
            self._directory.mkdir(parents=True, exist_ok=True)
            shutil.copytree(fresh_data(server), self._data)
        first_statements = self._directory / "mysql-init.sql"
        first_statements.write_text(self._first_statements())
        first_statements.chmod(0o600)
        # Of its own under the temporary directory: a socket's path may have 107 characters, a clone's may be longer.
        self._sockets = Path(tempfile.mkdtemp(prefix="toq-mysql-"))
        self._service = Service(
            "MySQL",
            [
                server.program,
                "--no-defaults",
                *server.options,
                *run_as(),
                f"--datadir={self._data}",
                f"--socket={self._sockets / 'socket'}",
                f"--pid-file={self._sockets / 'pid'}",
                f"--init-file={first_statements}",
                f"--port={self.port}",
                "--bind-address=127.0.0.1",
                "--mysqlx=OFF",
                "--skip-name-resolve",
                "--secure-file-priv=NULL",  # no statement reads or writes files
                "--disable-log-bin",
                "--innodb-buffer-pool-size=64M",
                "--performance-schema=OFF",
                *self._options,
            ],
            environment=clean_environment(),
            log=self._directory / "mysql.log",
            directory=self._directory,
        )
        self._service.start()
        try:
            self._service.wait_until(self._answers, _READY_SECONDS)
        except BaseException:
            self.stop()
            raise

    def connect(self, *, flags: int = 0) -> "pymysql.Connection[pymysql.cursors.Cursor]":
        """A new connection of the administrator, autocommitting; `flags` are of `pymysql.constants.CLIENT`."""
        return pymysql.connect(
            host="127.0.0.1",
            port=self.port,
            user=ADMIN,
            password=self._admin_password,
            database=SCHEMA,
            autocommit=True,
            client_flag=flags,
        )

    def run_script(self, file: Path) -> None:
        """Run the statements of a SQL file as the administrator."""
        with self.connect(flags=CLIENT.MULTI_STATEMENTS) as connection, connection.cursor() as cursor:
            cursor.execute(file.read_text())
            while cursor.nextset():
                pass

    def kill(self) -> None:
        """End the server as a power cut would; `start` brings it back with its data."""
        if self._service is not None:
            self._service.kill()
        self._forget_service()

    def stop(self) -> None:
        """End the server and remove its data."""
        if self._service is not None:
            self._service.kill()  # nothing to save: the data goes with it
        self._forget_service()
        shutil.rmtree(self._data, ignore_errors=True)
        (self._directory / "mysql-init.sql").unlink(missing_ok=True)

    def _forget_service(self) -> None:
        self._service = None
        if self._sockets is not None:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None

    def _first_statements(self) -> str:
        """Run by the server before it listens; repeatable, since each start runs them."""
        return "\n".join(
            [
                f"CREATE USER IF NOT EXISTS '{ADMIN}'@'%' IDENTIFIED BY '{self._admin_password}';",
                f"GRANT ALL ON *.* TO '{ADMIN}'@'%' WITH GRANT OPTION;",
                f"CREATE USER IF NOT EXISTS '{APPLICATION}'@'%' IDENTIFIED BY '{self._application_password}';",
                f"ALTER USER 'root'@'localhost' IDENTIFIED BY '{self._admin_password}';",
                f"CREATE DATABASE IF NOT EXISTS {SCHEMA} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;",
                "",
            ]
        )

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except pymysql.err.OperationalError:
            return False
        return True


def run_as() -> list[str]:
    """Root must name the user the server runs as.

    It stays root: the clone may stand in a folder that no other user can enter, the server listens on loopback only,
    may not touch files, and ends with the run.
    """
    return ["--user=root"] if os.geteuid() == 0 else []


def fresh_data(server: Mysqld) -> Path:
    """A data directory as `mysqld --initialize` leaves it, made once per server version: it takes 3 s, a copy 0.1 s.

    Raises
    ------
    StartError
        Initialising failed; with the end of its log.
    """
    version = subprocess.run([server.program, "--version"], capture_output=True, text=True, check=True).stdout
    number = re.search(r"Ver (\S+)", version)
    template = MYSQL.with_name("mysql-data") / (number[1] if number else "unknown")
    if template.exists():
        return template
    template.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix="making-", dir=template.parent))
    log = template.parent / "initialize.log"
    with log.open("wb") as output:
        done = subprocess.run(
            [
                server.program,
                "--no-defaults",
                *server.options,
                *run_as(),
                "--initialize-insecure",
                f"--datadir={making}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=clean_environment(),
            check=False,
        )
    if done.returncode:
        shutil.rmtree(making, ignore_errors=True)
        raise StartError(f"MySQL could not initialise a data directory (exit code {done.returncode})", log)
    (making / "auto.cnf").unlink(missing_ok=True)  # the server's UUID: each copy makes its own
    try:
        making.rename(template)
    except OSError:  # a run beside this one was first
        shutil.rmtree(making, ignore_errors=True)
    return template
