"""One schema on a server under test, and what the migrations make of it."""

import shutil
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
    folder
        The migrations that `migrate` works with.
    """

    server: MySql | MariaDb
    url: DatabaseUrl
    application_url: DatabaseUrl
    folder: Path = MIGRATIONS

    @property
    def steps(self) -> tuple[str, str]:
        """Option of a rollback of all migrations."""
        return "--steps", str(len(versions(self.folder)))

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
        options = ["--database-url", url or self.text, "--migrations", str(self.folder), "--wait", "10"]
        return command.main([name, *options, *rest])

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


def versions(folder: Path = MIGRATIONS) -> list[str]:
    """Versions of the migrations in a folder, oldest first."""
    return [path.name.split("_")[0] for path in sorted(folder.glob("[0-9]*.sql"))]


def copy_creating_migrations(folder: Path) -> Path:
    """The migrations that create our four objects, without later changes: for tests that count on what each does."""
    (folder / "introspection").mkdir(parents=True)
    for path in MIGRATIONS.glob("[0-9]*_create_*.sql"):
        shutil.copy(path, folder)
        introspection = f"introspection/{path.name.split('_')[0]}.txt"
        shutil.copy(MIGRATIONS / introspection, folder / introspection)
    return folder


def recorded(schema: Schema) -> list[str]:
    """Versions that a schema has noted as applied."""
    return [row["version"] for row in schema.rows(f"SELECT version FROM {HISTORY} ORDER BY version")]  # noqa: S608 - a constant
