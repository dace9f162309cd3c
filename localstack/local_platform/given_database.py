"""A MySQL server of the user's, named by DATABASE_URL: lends the platform an empty schema and gets it back empty."""

import secrets
from dataclasses import replace

import pymysql

from localstack.local_platform.database import APPLICATION
from operations.migrate.database_url import Connection, DatabaseUrl
from operations.migrate.errors import RefusedError
from toolchain.errors import SetupError


class GivenMySql:
    """The user's server.

    The platform writes test data and creates the account `toq_app`, so it refuses a schema that holds anything and a
    server that has that account: a DATABASE_URL left over from a migration must not become a playground.

    Parameters
    ----------
    url
        Of an administrator who may create schemas and accounts.

    Raises
    ------
    SetupError
        Not a URL of MySQL.
    """

    def __init__(self, url: str) -> None:
        try:
            self._address = DatabaseUrl.parse(url)
        except RefusedError as error:
            raise SetupError(str(error)) from error
        self._password = secrets.token_urlsafe(18)
        self._made_schema = False
        self._made_account = False
        self.admin_url = url

    @property
    def application_url(self) -> str:
        """See `Database`."""
        address = self._address
        options = self.admin_url.partition("?")[2]
        url = f"mysql://{APPLICATION}:{self._password}@{address.host}:{address.port}/{address.schema}"
        return f"{url}?{options}" if options else url

    def start(self) -> None:
        """Create the schema, where it is missing, and the account.

        Raises
        ------
        SetupError
            The server cannot be reached, the schema is not empty, or the account exists.
        """
        with self._server() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) AS n FROM mysql.user WHERE user = %s", (APPLICATION,))
            if one(cursor.fetchone()):
                raise SetupError(
                    f"the server of DATABASE_URL has an account {APPLICATION} already: "
                    "give the local platform a server of its own, or unset DATABASE_URL"
                )
            schema = self._address.schema
            cursor.execute("SELECT COUNT(*) AS n FROM information_schema.tables WHERE table_schema = %s", (schema,))
            if one(cursor.fetchone()):
                raise SetupError(
                    f"schema {schema} of DATABASE_URL is not empty: the local platform fills and empties it, "
                    "so give it an empty one, or unset DATABASE_URL"
                )
            cursor.execute(f"CREATE DATABASE IF NOT EXISTS `{schema}` COLLATE utf8mb4_unicode_ci")
            self._made_schema = True
            cursor.execute(f"CREATE USER '{APPLICATION}'@'%%' IDENTIFIED BY %s", (self._password,))
            self._made_account = True

    def stop(self) -> None:
        """Drop the account and all that is in the schema."""
        if not self._made_schema:
            return
        with self._server() as connection, connection.cursor() as cursor:
            if self._made_account:
                cursor.execute(f"DROP USER IF EXISTS '{APPLICATION}'@'%'")
            cursor.execute(f"DROP DATABASE IF EXISTS `{self._address.schema}`")
            cursor.execute(f"CREATE DATABASE `{self._address.schema}` COLLATE utf8mb4_unicode_ci")
        self._made_schema = self._made_account = False

    def _server(self) -> Connection:
        """A connection outside the schema, which may not exist yet."""
        try:
            return replace(self._address, schema="information_schema").connect(autocommit=True)
        except pymysql.Error as error:
            reason = error.args[-1]
            raise SetupError(
                f"DATABASE_URL {self._address} cannot be used ({reason}): check it, or unset it"
            ) from error


def one(row: dict[str, int] | None) -> int:
    """The single number of a row."""
    return row["n"] if row else 0
