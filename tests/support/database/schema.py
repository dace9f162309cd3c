"""One schema on a server under test, and what the migrations make of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pymysql.constants import CLIENT

from localstack.local_platform.database import MySql
from operations.migrate import __main__ as command
from operations.migrate.database_url import Connection, DatabaseUrl
from operations.migrate.history import TABLE as HISTORY
from tests.support.database.mariadb import MariaDb
from toolchain.paths import ROOT

MIGRATIONS: Final = ROOT / "migrations"
PARENTS: Final = ROOT / "localstack/database/parents.sql"
OBJECTS: Final = ["listing_media_active_batches", "listing_media_assets", "listing_media_batches", "listing_media_jobs"]


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
        return with_password(self.url)

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


def with_password(url: DatabaseUrl) -> str:
    """The URL as text, password included."""
    return f"mysql://{url.user}:{url.password}@{url.host}:{url.port}/{url.schema}"


def versions() -> list[str]:
    """Versions of our migrations, oldest first."""
    return [path.name.split("_")[0] for path in sorted(MIGRATIONS.glob("[0-9]*.sql"))]


def recorded(schema: Schema) -> list[str]:
    """Versions that a schema has noted as applied."""
    return [row["version"] for row in schema.rows(f"SELECT version FROM {HISTORY} ORDER BY version")]  # noqa: S608 - a constant
