"""Brings a platform's empty MySQL to what the pipeline's backend finds in production."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pymysql.constants import CLIENT

from localstack.local_platform.database import Database
from localstack.local_platform.errors import StartError
from localstack.local_platform.service import Service, clean_environment
from operations.migrate.database_url import DatabaseUrl
from toolchain.paths import ROOT

_PARENTS: Final = ROOT / "localstack/database/parents.sql"
_GRANTS: Final = ROOT / "migrations/grants.sql"


class Schema:
    """Stand-ins for the backend's own tables, then the shipped migrations and grants.

    Parameters
    ----------
    directory
        For the log of the migrations.
    database
        A started server.
    track
        Told of the migration process before it starts.
    """

    def __init__(self, directory: Path, database: Database, *, track: Callable[[Service], None]) -> None:
        self._log = directory / "migrate.log"
        self._database = database
        self._track = track

    def create(self) -> None:
        """Create tables, view and rights.

        Raises
        ------
        StartError
            A migration failed; with the end of its output.
        """
        self._run_script(_PARENTS)
        environment = clean_environment(DATABASE_URL=self._database.admin_url)
        command = [sys.executable, "-m", "operations.migrate", "up"]
        migrations = Service("the migrations", command, environment=environment, log=self._log)
        self._track(migrations)
        if code := migrations.run():
            raise StartError(f"the migrations failed with exit code {code}", self._log)
        self._run_script(_GRANTS)

    def _run_script(self, file: Path) -> None:
        """Run the statements of a SQL file as the administrator."""
        address = DatabaseUrl.parse(self._database.admin_url)
        with (
            address.connect(autocommit=True, client_flag=CLIENT.MULTI_STATEMENTS) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(file.read_text())
            while cursor.nextset():
                pass
