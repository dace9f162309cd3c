"""The files of `migrations/`: dbmate's format, narrowed to one statement per file and direction.

MySQL ends the transaction at each DDL statement, so a file with two could be cut between them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

from operations.migrate.errors import RefusedError

_FILE = re.compile(r"(?P<version>\d+)_(?P<name>\w+)\.sql")
_DIRECTIONS = re.compile(
    r"^-- migrate:up\s*?\n(?P<up>.*)^-- migrate:down\s*?\n(?P<down>.*)\Z", re.DOTALL | re.MULTILINE
)
_COMMENT = re.compile(r"--[^\n]*")
# IF [NOT] EXISTS is refused: it takes another object of the same name, or none, for what was asked for.
_NAME: Final = r"(?!IF\b)`?(\w+)`?"


class Kind(StrEnum):
    """The statements that a migration may be; the value is the form by which it is recognised."""

    CREATE_TABLE = rf"CREATE TABLE {_NAME}"
    ALTER_TABLE = rf"ALTER TABLE {_NAME}"
    DROP_TABLE = rf"DROP TABLE {_NAME}"
    CREATE_VIEW = rf"CREATE (?:OR REPLACE )?SQL SECURITY INVOKER VIEW {_NAME}"
    DROP_VIEW = rf"DROP VIEW {_NAME}"


@dataclass(frozen=True, slots=True)
class Statement:
    """One DDL statement.

    Parameters
    ----------
    sql
        Without comments around it and without the closing semicolon.
    target
        The table or view that it creates, changes or drops.
    """

    sql: str
    kind: Kind
    target: str

    @classmethod
    def parse(cls, text: str, where: str) -> Self:
        """Read one direction of a file.

        Raises
        ------
        RefusedError
            The statement is of no known kind, or there is more than one.
        """
        sql = re.sub(r"^(\s*--[^\n]*\n)+", "", text.lstrip("\n") + "\n").strip().removesuffix(";")
        bare = " ".join(_COMMENT.sub(" ", sql).split())
        for kind in Kind:
            if found := re.match(kind.value, bare):
                if re.search(r";\s*$", sql, re.MULTILINE):  # within a line it may stand in a text
                    raise RefusedError(f"{where} holds more than one statement", "put each into a file of its own")
                return cls(sql, kind, found[1])
        raise RefusedError(
            f"{where} is none of the statements that can be verified", "see operations/migrate/migrations.py"
        )

    @property
    def repeatable(self) -> bool:
        """Whether running it over its own result is harmless."""
        return "OR REPLACE" in self.sql

    @property
    def parents(self) -> list[str]:
        """Tables that its foreign keys point at."""
        return _names(r"\bREFERENCES ", self.sql)

    @property
    def sources(self) -> list[str]:
        """Tables that a view reads."""
        return _names(r"\b(?:FROM|JOIN) ", self.sql) if self.kind is Kind.CREATE_VIEW else []

    @property
    def loses_data(self) -> bool:
        """Whether rows or values go with it."""
        return self.kind is Kind.DROP_TABLE or (self.kind is Kind.ALTER_TABLE and bool(re.search(r"\bDROP ", self.sql)))


@dataclass(frozen=True, slots=True)
class Migration:
    """One file, and what its object looks like before and after it.

    Parameters
    ----------
    version
        The digits that the file name begins with; versions are applied in their order.
    before, after
        `structure.describe` of the object; empty where it does not exist.
    """

    version: str
    name: str
    up: Statement
    down: Statement
    before: tuple[str, ...]
    after: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.version} {self.name}"

    @property
    def target(self) -> str:
        """The table or view that this migration is about."""
        return self.up.target


def load(folder: Path) -> list[Migration]:
    """Read all migrations of a folder, oldest first, with the structures recorded in its ``structure/``.

    Raises
    ------
    RefusedError
        There is none, or a file can not be understood.
    """
    migrations: list[Migration] = []
    latest: dict[str, tuple[str, ...]] = {}
    for path in sorted(folder.glob("[0-9]*.sql"), key=lambda path: path.name):
        version, name, up, down = read(path)
        recorded = folder / "structure" / f"{version}.txt"
        if not recorded.exists():
            raise RefusedError(f"{path.name} has no structure recorded", "run `python -m operations.migrate snapshot`")
        after = tuple(recorded.read_text(encoding="utf-8").splitlines())
        migrations.append(Migration(version, name, up, down, latest.get(up.target, ()), after))
        latest[up.target] = after
    if not migrations:
        raise RefusedError(f"no migrations in {folder}", "run the command in the repository's top folder")
    return migrations


def read(path: Path) -> tuple[str, str, Statement, Statement]:
    """Version, name and both statements of one file."""
    file, parts = _FILE.fullmatch(path.name), _DIRECTIONS.search(path.read_text(encoding="utf-8"))
    if file is None or parts is None:
        raise RefusedError(
            f"{path} is no migration", "name it VERSION_NAME.sql, with -- migrate:up and -- migrate:down"
        )
    up, down = (Statement.parse(parts[direction], f"{direction} of {path.name}") for direction in ("up", "down"))
    if up.target != down.target:
        raise RefusedError(f"{path.name} goes up on {up.target} and down on {down.target}", "let both name one object")
    return file["version"], file["name"], up, down


def _names(before: str, sql: str) -> list[str]:
    return list(_unique(re.findall(before + _NAME, _COMMENT.sub(" ", sql))))


def _unique(names: Iterable[str]) -> dict[str, None]:
    return dict.fromkeys(names)
