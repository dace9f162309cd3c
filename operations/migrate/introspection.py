"""Descriptions of tables and views as the server has them, in words that MySQL and MariaDB share.

Two descriptions are equal exactly when the objects are: this is how a run knows whether a statement that nobody
recorded was carried out. Read from information_schema (MySQL 8.4 Reference Manual, "INFORMATION_SCHEMA Tables"). A view
is known by its columns alone, since servers rewrite its text; its migration can be repeated, so that costs nothing.
"""

import re
from collections.abc import Iterable
from itertools import groupby
from typing import Any, Final

from pymysql.cursors import DictCursor

Row = dict[str, Any]

# Schema and table are given as constants to every table of information_schema: only so does MariaDB open this one table
# and not each of every schema on the server.
_OBJECT: Final = """
SELECT TABLE_TYPE AS kind, ENGINE AS engine, TABLE_COLLATION AS collation
FROM information_schema.TABLES WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME = %(name)s
"""
_COLUMNS: Final = """
SELECT COLUMN_NAME AS name, COLUMN_TYPE AS type, COLLATION_NAME AS collation, IS_NULLABLE AS nullable,
       COLUMN_DEFAULT AS initial, EXTRA AS extra
FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME = %(name)s ORDER BY ORDINAL_POSITION
"""
_INDEXES: Final = """
SELECT INDEX_NAME AS name, NON_UNIQUE AS plain, COLUMN_NAME AS col, COLLATION AS direction, SUB_PART AS prefix
FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME = %(name)s
ORDER BY INDEX_NAME, SEQ_IN_INDEX
"""
_FOREIGN_KEYS: Final = """
SELECT k.CONSTRAINT_NAME AS name, k.COLUMN_NAME AS col, k.REFERENCED_TABLE_NAME AS parent,
       k.REFERENCED_COLUMN_NAME AS parent_col, r.DELETE_RULE AS on_delete, r.UPDATE_RULE AS on_update
FROM information_schema.KEY_COLUMN_USAGE k
JOIN information_schema.REFERENTIAL_CONSTRAINTS r ON r.CONSTRAINT_NAME = k.CONSTRAINT_NAME
WHERE k.TABLE_SCHEMA = %(schema)s AND k.TABLE_NAME = %(name)s
  AND r.CONSTRAINT_SCHEMA = %(schema)s AND r.TABLE_NAME = %(name)s
ORDER BY k.CONSTRAINT_NAME, k.ORDINAL_POSITION
"""
# A CHECK's name is unique in MySQL's schema, but only in its table on MariaDB, which alone has the column TABLE_NAME.
_CHECKS: Final = """
SELECT c.CONSTRAINT_NAME AS name, c.CHECK_CLAUSE AS clause
FROM information_schema.CHECK_CONSTRAINTS c
JOIN information_schema.TABLE_CONSTRAINTS t ON t.CONSTRAINT_NAME = c.CONSTRAINT_NAME AND t.CONSTRAINT_TYPE = 'CHECK'
WHERE t.TABLE_SCHEMA = %(schema)s AND t.TABLE_NAME = %(name)s AND c.CONSTRAINT_SCHEMA = %(schema)s
ORDER BY c.CONSTRAINT_NAME
"""
_CHECKS_OF_MARIADB: Final = """
SELECT CONSTRAINT_NAME AS name, CHECK_CLAUSE AS clause FROM information_schema.CHECK_CONSTRAINTS
WHERE CONSTRAINT_SCHEMA = %(schema)s AND TABLE_NAME = %(name)s ORDER BY CONSTRAINT_NAME
"""
_SECURITY: Final = """
SELECT SECURITY_TYPE AS security FROM information_schema.VIEWS
WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME = %(name)s
"""


def describe(cursor: DictCursor, schema: str, name: str, *, mariadb: bool) -> tuple[str, ...]:
    """Describe a table or view, one line per part.

    Returns
    -------
    tuple of str
        Empty when there is no such table or view, or the account may not see it.
    """
    where = {"schema": schema, "name": name}
    found = _rows(cursor, _OBJECT, where)
    if not found:
        return ()
    columns = _rows(cursor, _COLUMNS, where)
    if found[0]["kind"] == "VIEW":
        security = _rows(cursor, _SECURITY, where)[0]["security"].lower()
        return (f"view {name} security {security}", *(f"column {row['name']}" for row in columns))
    clauses = _rows(cursor, _CHECKS_OF_MARIADB if mariadb else _CHECKS, where)
    checks = {row["name"]: check_clause(row["clause"]) for row in clauses}
    json_columns = {column for column, clause in checks.items() if clause == f"json_valid {column}"}
    return (
        f"table {name} engine {found[0]['engine']} collation {found[0]['collation']}",
        *(_column(row, is_json=row["name"] in json_columns) for row in columns),
        *_indexes(_rows(cursor, _INDEXES, where)),
        *_foreign_keys(_rows(cursor, _FOREIGN_KEYS, where)),
        *(f"check {check} {clause}" for check, clause in sorted(checks.items()) if check not in json_columns),
    )


def difference(expected: Iterable[str], found: Iterable[str]) -> str:
    """The first line in which two descriptions differ, for a message of one line."""
    expected, found = tuple(expected), tuple(found)
    missing = next((line for line in expected if line not in found), None)
    extra = next((line for line in found if line not in expected), None)
    if missing and extra:
        return f"expected {missing!r}, found {extra!r}"
    return f"{missing!r} is missing" if missing else f"{extra or 'the order of its columns'!r} was not expected"


def column_type(text: str) -> str:
    """A column's type without the display width that MariaDB and old MySQL print for whole numbers."""
    return re.sub(r"\b((?:tiny|small|medium|big)?int)\(\d+\)", r"\1", text)


def check_clause(text: str) -> str:
    """A CHECK's condition without the decoration that servers add to it.

    MySQL adds parentheses and character sets and rewrites REGEXP as a function; MariaDB does not. Parentheses are left
    out altogether, so two conditions that differ in nothing else look alike: ours never need any.
    """
    plain = text.replace("\\'", "'").replace("`", "")
    plain = re.sub(r"_utf8mb4(?=')", "", plain)
    plain = re.sub(r"regexp_like\((\w+),('[^']*')\)", r"\1 regexp \2", plain)
    return " ".join(re.sub(r"[(),]", " ", plain).split())


def _column(row: Row, *, is_json: bool) -> str:
    """MariaDB's JSON is text with a CHECK that is named after its column."""
    words = ["column", row["name"], "json" if is_json else column_type(row["type"])]
    if row["collation"] and not is_json:
        words += ["collation", row["collation"]]
    words.append("null" if row["nullable"] == "YES" else "not null")
    if row["initial"] not in (None, "NULL"):
        words += ["default", row["initial"]]
    if row["extra"]:
        words.append(row["extra"].lower())
    return " ".join(words)


def _indexes(rows: list[Row]) -> Iterable[str]:
    for (name, plain), parts in groupby(rows, key=lambda row: (row["name"], row["plain"])):
        columns = ", ".join(_index_part(row) for row in parts)
        yield f"{'index' if plain else 'unique index'} {name} ({columns})"


def _index_part(row: Row) -> str:
    prefix = f"({row['prefix']})" if row["prefix"] else ""
    return f"{row['col']}{prefix}{' desc' if row['direction'] == 'D' else ''}"


def _foreign_keys(rows: list[Row]) -> Iterable[str]:
    for (name, parent, delete, update), group in groupby(
        rows, key=lambda row: (row["name"], row["parent"], _rule(row["on_delete"]), _rule(row["on_update"]))
    ):
        parts = list(group)
        columns, parent_columns = (", ".join(row[side] for row in parts) for side in ("col", "parent_col"))
        rules = f"on delete {delete} on update {update}"
        yield f"foreign key {name} ({columns}) references {parent} ({parent_columns}) {rules}"


def _rule(rule: str) -> str:
    """InnoDB treats NO ACTION as RESTRICT; MySQL prints the one by default and MariaDB the other."""
    return "restrict" if rule == "NO ACTION" else rule.lower()


def _rows(cursor: DictCursor, query: str, where: dict[str, str]) -> list[Row]:
    cursor.execute(query, where)
    return list(cursor.fetchall())
