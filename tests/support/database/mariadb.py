"""A MariaDB server of its own, beside the platform's MySQL; the tests run on it where it is installed."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pymysql

from localstack.local_platform.lifetime import Lifetime
from localstack.local_platform.loopback import claim_port
from localstack.local_platform.service import Service, clean_environment
from operations.migrate.database_url import Connection, DatabaseUrl

PROGRAM = "mariadbd"


class MariaDb(Lifetime):
    """One server with the interface of `localstack.local_platform.database.MySql`."""

    def __init__(self, directory: Path) -> None:
        self.port = claim_port(None, "MariaDB")
        self._directory = directory
        self._data = directory / "mariadb"
        self._service: Service | None = None
        self._sockets = Path()

    @property
    def admin_url(self) -> str:
        return f"mysql://admin:admin@127.0.0.1:{self.port}/toq_server"

    @property
    def application_url(self) -> str:
        return f"mysql://toq_app:toq_app@127.0.0.1:{self.port}/toq_server"

    def start(self) -> None:
        """Start and wait until the administrator can connect; a second start, after `kill`, keeps the data."""
        if not self._data.exists():
            install = [
                "mariadb-install-db",
                "--no-defaults",
                f"--datadir={self._data}",
                "--skip-test-db",
                "--user=root",
            ]
            subprocess.run(install, check=True, capture_output=True)
        self._sockets = Path(tempfile.mkdtemp(prefix="toq-mariadb-"))
        first = self._directory / "mariadb-init.sql"
        first.write_text(
            "CREATE USER IF NOT EXISTS 'admin'@'%' IDENTIFIED BY 'admin';\n"
            "GRANT ALL ON *.* TO 'admin'@'%' WITH GRANT OPTION;\n"
            "CREATE USER IF NOT EXISTS 'toq_app'@'%' IDENTIFIED BY 'toq_app';\n"
            "CREATE DATABASE IF NOT EXISTS toq_server CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;\n"
        )
        options = [
            "--user=root",
            f"--datadir={self._data}",
            f"--socket={self._sockets / 'socket'}",
            f"--pid-file={self._sockets / 'pid'}",
            f"--init-file={first}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            "--innodb-flush-log-at-trx-commit=2",
            "--innodb-flush-method=nosync",
        ]
        program = shutil.which(PROGRAM)
        assert program
        self._service = Service(
            "MariaDB",
            [program, "--no-defaults", *options],
            environment=clean_environment(),
            log=self._directory / "mariadb.log",
            directory=self._directory,
        )
        self._service.start_until(self._answers, 60, undo=self.stop)

    def connect(self) -> Connection:
        """A new connection of the administrator, autocommitting."""
        return DatabaseUrl.parse(self.admin_url).connect(autocommit=True)

    def kill(self) -> None:
        """End the server as a power cut would."""
        if self._service is not None:
            self._service.kill()
            self._service = None
        shutil.rmtree(self._sockets, ignore_errors=True)

    def stop(self) -> None:
        """The same: its directory goes with the test."""
        self.kill()

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except pymysql.err.OperationalError:
            return False
        return True
