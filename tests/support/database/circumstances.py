"""What a test sets up on a server that others use too, and takes back: a global setting, an account."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from tests.support.database.schema import Schema, with_password

# What docs/database.md grants the account that migrates, but on the whole schema.
DOCUMENTED_RIGHTS: Final = "SELECT, INSERT, DELETE, CREATE, DROP, ALTER, REFERENCES, CREATE VIEW, LOCK TABLES"


@contextmanager
def setting(schema: Schema, name: str, value: str) -> Iterator[None]:
    """Give a global variable of the server another value for a while; sessions that begin then have it too."""
    [before] = schema.rows(f"SELECT @@GLOBAL.{name} AS value")
    schema.rows(f"SET GLOBAL {name} = %s", value)
    try:
        yield
    finally:
        schema.rows(f"SET GLOBAL {name} = %s", before["value"])


@contextmanager
def account(schema: Schema, grant: str) -> Iterator[str]:
    """DATABASE_URL of an account with these rights alone."""
    schema.rows("CREATE USER 'migrator'@'%' IDENTIFIED BY 'migrator'")
    try:
        schema.rows(grant.format("'migrator'@'%'"))
        yield with_password(replace(schema.url, user="migrator", password="migrator"))
    finally:
        schema.rows("DROP USER 'migrator'@'%'")
