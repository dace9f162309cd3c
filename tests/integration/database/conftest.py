"""Real servers, one of each kind per session, and a schema of its own for each test."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pymysql.constants import CLIENT

from localstack.local_platform.database import MySql
from operations.migrate import __main__ as command
from operations.migrate.database_url import Connection, DatabaseUrl
from tests.support.database.mariadb import PROGRAM, MariaDb

ROOT = Path(__file__).parents[3]
PARENTS = ROOT / "localstack/database/parents.sql"
ENGINES = ["mysql", "mariadb"] if shutil.which(PROGRAM) else ["mysql"]
# A commit need not survive a power cut here, but must survive the server's own death.
FAST = ("--innodb-flush-log-at-trx-commit=2", "--innodb-flush-method=nosync", "--sync-binlog=0")
# What production has: the documentation's commands look at both.
AS_IN_PRODUCTION = ("--log-bin=binlog", "--performance-schema=ON")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker of ``-n`` runs all that needs a server, so that there is one of each kind."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.mysql)
            item.add_marker(pytest.mark.xdist_group("mysql"))


@dataclass(frozen=True, slots=True)
class Schema:
    """One schema on a server.

    Parameters
    ----------
    url, application_url
        As the administrator and as `toq_app`.
    """

    server: MySql | MariaDb
    url: DatabaseUrl
    application_url: DatabaseUrl

    @property
    def text(self) -> str:
        """DATABASE_URL of the administrator."""
        return address(self.url)

    def connect(self, **options: Any) -> Connection:
        """A new connection of the administrator, autocommitting."""
        return self.url.connect(**{"autocommit": True} | options)

    def rows(self, query: str, *arguments: object) -> list[dict[str, Any]]:
        """Run one query on a connection of its own."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(query, arguments or None)
            return list(cursor.fetchall())

    def run_script(self, script: Path | str) -> None:
        """Run the statements of a SQL file."""
        text = script.read_text() if isinstance(script, Path) else script
        with self.connect(client_flag=CLIENT.MULTI_STATEMENTS) as connection, connection.cursor() as cursor:
            cursor.execute(text)
            while cursor.nextset():
                pass

    def migrate(self, *arguments: str, url: str | None = None) -> int:
        """Run ``python -m operations.migrate`` in this process; returns its exit code."""
        name, *rest = arguments
        folder = str(ROOT / "migrations")
        return command.main([name, "--database-url", url or self.text, "--migrations", folder, "--wait", "10", *rest])

    def create_statements(self) -> dict[str, str]:
        """SHOW CREATE of everything in the schema, by name."""
        return {name: self._show_create(name) for name in self.names()}

    def names(self) -> list[str]:
        """Tables and views of the schema."""
        return sorted(next(iter(row.values())) for row in self.rows("SHOW TABLES"))

    def _show_create(self, name: str) -> str:
        row = self.rows(f"SHOW CREATE TABLE `{name}`")[0]
        return str(row.get("Create Table") or row.get("Create View"))


def address(url: DatabaseUrl) -> str:
    """The URL as text, password included."""
    return f"mysql://{url.user}:{url.password}@{url.host}:{url.port}/{url.schema}"


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, MySql | MariaDb]]:
    """A server of each kind, started when it is asked for first."""
    with ExitStack() as stack:
        yield _Servers(tmp_path_factory.mktemp("servers"), stack)


class _Servers(dict[str, MySql | MariaDb]):
    def __init__(self, directory: Path, stack: ExitStack) -> None:
        super().__init__()
        self._directory = directory
        self._stack = stack

    def __missing__(self, engine: str) -> MySql | MariaDb:
        server: MySql | MariaDb
        if engine == "mysql":
            server = MySql(self._directory, options=(*FAST, *AS_IN_PRODUCTION))
        else:
            server = MariaDb(self._directory)
        self._stack.enter_context(server)
        self[engine] = server
        return server


@pytest.fixture(params=ENGINES)
def empty(request: pytest.FixtureRequest, servers: dict[str, MySql | MariaDb], unique: str) -> Iterator[Schema]:
    """A schema without any table."""
    server = servers[request.param]
    name = unique[-40:].replace("-", "_")
    urls = (DatabaseUrl.parse(text) for text in (server.admin_url, server.application_url))
    schema = Schema(server, *(replace(url, schema=name) for url in urls))
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
    yield schema
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")


@pytest.fixture
def parents(empty: Schema) -> Schema:
    """A schema that holds the backend's own tables, with 1,000 listings and 100 users."""
    empty.run_script(PARENTS)
    return empty


@pytest.fixture
def migrated(parents: Schema, capfd: pytest.CaptureFixture[str]) -> Schema:
    """A schema with the migrations and the grants."""
    assert parents.migrate("up") == 0
    parents.run_script(ROOT / "migrations/grants.sql")
    capfd.readouterr()
    return parents
