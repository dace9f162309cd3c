"""For maintainers: writes what the migrations make of a schema, for review and for later runs to compare with."""

import re
from pathlib import Path
from typing import Final

from operations.migrate import history, migrations
from operations.migrate.errors import RefusedError
from operations.migrate.migrations import Kind, Statement
from operations.migrate.server import Server

_HEADER: Final = """\
-- What the migrations make of a schema that holds the backend's tables, as MySQL 8.0.19 or newer prints it.
-- Written by `python -m operations.migrate snapshot`; a test keeps it current. Do not edit.
"""
# What depends on the data or on who ran the statement.
_INCIDENTAL: Final = re.compile(r" AUTO_INCREMENT=\d+| DEFINER=`[^`]*`@`[^`]*`")


def take(server: Server, folder: Path) -> None:
    """Apply all migrations to a schema without their objects, record the descriptions and `schema.sql`, undo them.

    Raises
    ------
    RefusedError
        The server is not MySQL, or an object exists already.
    """
    if server.mariadb:
        raise RefusedError("schema.sql is written as MySQL prints it", "give the DATABASE_URL of a MySQL server")
    files = [migrations.read(path) for path in sorted(folder.glob("[0-9]*.sql"))]
    for _, _, up, _ in files:
        if server.describe(up.target):
            raise RefusedError(f"{up.target} exists already", "give a scratch schema with the backend's tables alone")
    (folder / "introspection").mkdir(exist_ok=True)
    to_undo: list[Statement] = []
    try:
        for version, _, up, down in files:
            server.cursor.execute(up.sql)
            to_undo.append(down)
            lines = server.describe(up.target)
            (folder / "introspection" / f"{version}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (folder / "schema.sql").write_text(dump(server, folder), encoding="utf-8")
    finally:
        for down in reversed(to_undo):
            server.cursor.execute(down.sql)


def dump(server: Server, folder: Path) -> str:
    """Our objects as SHOW CREATE prints them, and the record that goes with them, in dbmate's order."""
    files = [migrations.read(path) for path in sorted(folder.glob("[0-9]*.sql"))]
    targets = {up.target: up.kind is Kind.CREATE_VIEW for _, _, up, _ in files}
    parts = [_HEADER, *(show_create(server, name, is_view=is_view) for name, is_view in targets.items())]
    versions = ",\n".join(f"  ('{version}')" for version, *_ in files)
    parts.append(f"{history.CREATE};\n\nINSERT INTO {history.TABLE} (version) VALUES\n{versions};\n")
    return "\n".join(parts)


def show_create(server: Server, name: str, *, is_view: bool) -> str:
    """One object's definition without what is incidental."""
    row = server.rows(f"SHOW CREATE {'VIEW' if is_view else 'TABLE'} `{name}`")[0]
    return _INCIDENTAL.sub("", row["Create View" if is_view else "Create Table"]) + ";\n"
