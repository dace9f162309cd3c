"""The table that records applied versions, in the layout of dbmate, so that dbmate reads it too.

It is not named `schema_migrations`, because the backend's own migration tool may keep a table of that name and of
another layout in the same schema. dbmate is told so by DBMATE_MIGRATIONS_TABLE.
"""

from typing import Final

from operations.migrate.errors import RefusedError
from operations.migrate.server import Server

TABLE: Final = "listing_media_migrations"
CREATE: Final = (
    f"CREATE TABLE {TABLE} (version VARCHAR(128) NOT NULL, PRIMARY KEY (version)) "
    "ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_unicode_ci"
)


class History:
    """Recorded versions of a schema.

    Raises
    ------
    RefusedError
        A table of that name exists and is something else.
    """

    def __init__(self, server: Server) -> None:
        self._cursor = server.cursor
        found = server.describe(TABLE)
        self._exists = bool(found)
        if found and not any(line.startswith("column version varchar(128)") for line in found):
            raise RefusedError(f"{TABLE} is not a table of dbmate's layout ({found[1]})", "rename that table first")

    def versions(self) -> list[str]:
        """All recorded versions, oldest first."""
        if not self._exists:
            return []
        self._cursor.execute(f"SELECT version FROM {TABLE} ORDER BY version")  # noqa: S608 - a constant
        return [row["version"] for row in self._cursor.fetchall()]

    def record(self, version: str) -> None:
        """Record a version as applied; the first one creates the table."""
        if not self._exists:
            self._cursor.execute(CREATE)
            self._exists = True
        self._cursor.execute(f"INSERT INTO {TABLE} (version) VALUES (%s)", (version,))  # noqa: S608 - a constant

    def forget(self, version: str) -> None:
        """Remove the record of a version that was rolled back."""
        self._cursor.execute(f"DELETE FROM {TABLE} WHERE version = %s", (version,))  # noqa: S608 - a constant
