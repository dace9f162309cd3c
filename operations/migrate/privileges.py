"""Privileges of the session's account, read from SHOW GRANTS, so that a run never stops halfway for lack of one."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from operations.migrate import history
from operations.migrate.errors import RefusedError
from operations.migrate.migrations import Kind, Statement
from operations.migrate.server import Server

Needs = dict[str, set[str]]  # table or view to the privileges on it

_GRANT = re.compile(r"(?P<verb>GRANT|REVOKE) (?P<privileges>.+?) ON (?:TABLE )?(?P<where>\S+\.\S+) (?:TO|FROM) ")
_ON_TARGET: Final[Mapping[Kind, set[str]]] = {
    Kind.CREATE_TABLE: {"CREATE"},
    Kind.ALTER_TABLE: {"ALTER", "CREATE", "INSERT"},
    Kind.DROP_TABLE: {"DROP"},
    Kind.CREATE_VIEW: {"CREATE VIEW", "DROP"},
    Kind.DROP_VIEW: {"DROP"},
}


def check(server: Server, needs: Needs) -> None:
    """Compare needs with grants.

    Raises
    ------
    RefusedError
        The first privilege that is missing, with the statement that grants all that are.
    """
    schema = server.url.schema
    held = {target: granted(_grants(server), schema, target) for target in needs}
    missing = {target: wanted - held[target] for target, wanted in needs.items() if wanted - held[target]}
    if missing:
        target, lacking = next(iter(missing.items()))
        account = server.value("SELECT CURRENT_USER() AS account")
        every = ", ".join(sorted(set().union(*missing.values())))
        quoted = "@".join(f"'{part}'" for part in account.split("@"))
        raise RefusedError(
            f"{account} lacks {', '.join(sorted(lacking))} on {schema}.{target}",
            f"GRANT {every} ON {schema}.* TO {quoted}",
        )


def for_up(statements: Iterable[Statement]) -> Needs:
    """Privileges that applying these statements and recording them takes."""
    return _needs(statements, {"CREATE", "SELECT", "INSERT"})


def for_down(statements: Iterable[Statement]) -> Needs:
    """Privileges that rolling back with these statements takes."""
    statements = tuple(statements)
    needs = _needs(statements, {"SELECT", "DELETE"})
    for statement in statements:
        if statement.loses_data:  # the table is locked while it is looked at for rows
            needs[statement.target] |= {"SELECT", "LOCK TABLES"}
    return needs


def granted(grants: Iterable[str], schema: str, target: str) -> set[str]:
    """Privileges on one table or view that lines of SHOW GRANTS give: on itself, its schema, or everything."""
    held: set[str] = set()
    for line in grants:
        found = _GRANT.match(line)
        if found is None or not _covers(found["where"], schema, target):
            continue  # a role, a proxy, or another place
        privileges = {part.strip().upper() for part in re.sub(r"\([^)]*\)", "", found["privileges"]).split(",")}
        if privileges & {"ALL", "ALL PRIVILEGES"}:
            privileges |= _EVERY
        held = held | privileges if found["verb"] == "GRANT" else held - privileges
    return held


_EVERY: Final = frozenset[str]().union(
    {"SELECT", "INSERT", "DELETE", "REFERENCES", "LOCK TABLES"}, *_ON_TARGET.values()
)


def _needs(statements: Iterable[Statement], on_history: set[str]) -> Needs:
    needs: Needs = {}
    for statement in statements:
        needs.setdefault(statement.target, set()).update(_ON_TARGET[statement.kind])
        for parent in statement.parents:
            needs.setdefault(parent, set()).add("REFERENCES")
        for source in statement.sources:
            needs.setdefault(source, set()).add("SELECT")
    if needs:
        needs[history.TABLE] = on_history
    return needs


def _covers(where: str, schema: str, target: str) -> bool:
    """Whether ``*.*``, ``schema.*`` (a pattern) or ``schema.table`` (a name) holds the target."""
    database, _, table = where.partition(".")
    database, table = database.strip("`"), table.strip("`")
    if database == "*":
        return True
    if table != "*":
        return (database, table) == (schema, target)
    pattern = "".join(_LIKE.get(part) or re.escape(part) for part in re.findall(r"\\?.", database))
    return re.fullmatch(pattern, schema) is not None


_LIKE: Final = {"%": ".*", "_": ".", "\\_": "_", "\\%": "%"}


def _grants(server: Server) -> list[str]:
    """Lines of SHOW GRANTS, active roles included; MySQL, unlike MariaDB, lists those only when they are named."""
    roles = None if server.mariadb else server.value("SELECT CURRENT_ROLE() AS roles")
    using = "" if roles in (None, "NONE") else f" FOR CURRENT_USER() USING {roles}"
    return [next(iter(row.values())) for row in server.rows(f"SHOW GRANTS{using}")]
