"""Real servers, one of each kind per session, and a schema of its own for each test."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from localstack.local_platform.database import MySql
from operations.migrate.database_url import DatabaseUrl
from tests.support.database.mariadb import MariaDb
from tests.support.database.schema import MIGRATIONS, PARENTS, Schema, copy_creating_migrations
from tests.support.database.servers import ENGINES, Servers


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker of ``-n`` runs all that needs a server, so that there is one of each kind."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.mysql)
            item.add_marker(pytest.mark.xdist_group("mysql"))


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, MySql | MariaDb]]:
    """A server of each kind, started when it is asked for first."""
    with ExitStack() as stack:
        yield Servers(tmp_path_factory.mktemp("servers"), stack)


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


@pytest.fixture(scope="session")
def creating_migrations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """See `copy_creating_migrations`."""
    return copy_creating_migrations(tmp_path_factory.mktemp("creating") / "migrations")


@pytest.fixture
def migrated(parents: Schema, capfd: pytest.CaptureFixture[str]) -> Schema:
    """A schema with the migrations and the grants."""
    assert parents.migrate("up") == 0
    parents.run_script(MIGRATIONS / "grants.sql")
    capfd.readouterr()
    return parents
