"""Checks before anything is changed: the server, the schema, and the backend's tables that ours refer to."""

from collections.abc import Iterable
from typing import Final

from operations.migrate.errors import RefusedError
from operations.migrate.migrations import Statement
from operations.migrate.server import Server

CHARSET: Final = "utf8mb4"
COLLATION: Final = "utf8mb4_unicode_ci"
PARENT_TYPE: Final = "bigint unsigned"  # of `id`, as of our columns that point at it (requirements, section 2)
# CHECKs are enforced from MySQL 8.0.16 on; MariaDB keeps descending index columns from 10.8 on.
OLDEST_MYSQL: Final = (8, 0, 16)
OLDEST_MARIADB: Final = (10, 8, 0)


def check_server(server: Server) -> None:
    """Refuse a server that is too old or read-only.

    Raises
    ------
    RefusedError
        With the first thing that is not as expected.
    """
    name, oldest = ("MariaDB", OLDEST_MARIADB) if server.mariadb else ("MySQL", OLDEST_MYSQL)
    if server.number < oldest:
        needed = ".".join(map(str, oldest))
        raise RefusedError(f"the server is {name} {server.version}", f"use {name} {needed} or newer")
    if server.value("SELECT @@GLOBAL.read_only AS read_only"):
        raise RefusedError("the server is read-only, so it is likely a replica", "point DATABASE_URL at the primary")


def check_schema(server: Server) -> None:
    """Refuse a schema of another character set or collation.

    Raises
    ------
    RefusedError
        With what it is and what it should be.
    """
    found = server.rows(
        "SELECT DEFAULT_CHARACTER_SET_NAME AS charset, DEFAULT_COLLATION_NAME AS collation "
        "FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = DATABASE()"
    )[0]
    if (found["charset"], found["collation"]) != (CHARSET, COLLATION):
        raise RefusedError(
            f"schema {server.url.schema} is {found['charset']} / {found['collation']}, not {CHARSET} / {COLLATION}",
            f"ALTER DATABASE {server.url.schema} CHARACTER SET {CHARSET} COLLATE {COLLATION}, if the backend agrees",
        )


def check_parents(server: Server, statements: Iterable[Statement]) -> None:
    """Refuse when a table of the backend that a foreign key refers to is missing, or its id has another type.

    Parameters
    ----------
    statements
        Those that are about to run; tables that they create themselves are no parents yet.

    Raises
    ------
    RefusedError
        With the table and what is wrong with it.
    """
    created: set[str] = set()
    for statement in statements:
        for parent in statement.parents:
            if parent not in created:
                _check_parent(server, parent)
        created.add(statement.target)


def _check_parent(server: Server, parent: str) -> None:
    described = server.describe(parent)
    ask = "ask the backend's team"
    if not described:
        raise RefusedError(
            f"table {parent} is missing, or {server.url.user} may not see it",
            f"apply the backend's own migrations first, or GRANT REFERENCES ON {server.url.schema}.{parent}",
        )
    if not described[0].startswith(f"table {parent} engine InnoDB"):
        raise RefusedError(f"{parent} is no InnoDB table ({described[0]})", ask)
    column = next((line for line in described if line.startswith("column id ")), "no column id")
    if not column.startswith(f"column id {PARENT_TYPE} not null"):
        raise RefusedError(
            f"{parent}.id is not {PARENT_TYPE} not null ({column})", f"{ask}: a foreign key needs one type"
        )
    if not any(line.startswith("unique index ") and line.endswith(" (id)") for line in described):
        raise RefusedError(f"{parent}.id has no primary or unique key", ask)
