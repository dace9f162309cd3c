"""The database URL, in the form that dbmate reads too, and connections made from it."""

import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import parse_qs, unquote, urlsplit

import pymysql
from pymysql.constants import CLIENT, CR
from pymysql.cursors import DictCursor

from operations.migrate.errors import RefusedError

if TYPE_CHECKING:  # generic in the stubs alone
    Connection = pymysql.connections.Connection[DictCursor]
else:
    Connection = pymysql.connections.Connection

FORM: Final = "mysql://USER:PASSWORD@HOST:PORT/SCHEMA"


class Tls(StrEnum):
    """Values of the URL's ``tls`` option; names and meanings are those of dbmate's driver (Go-MySQL-Driver, "tls")."""

    OFF = "false"
    PREFERRED = "preferred"  # encrypted where the server offers it, certificate not verified
    SKIP_VERIFY = "skip-verify"  # always encrypted, certificate not verified
    VERIFIED = "true"  # always encrypted, certificate and host name verified; SSL_CERT_FILE names a private CA


class _EncryptedConnection(Connection):
    """Refuses a server that offers no TLS before any credential is sent; PyMySQL would go on in clear text."""

    def _request_authentication(self) -> None:
        if not self.server_capabilities & CLIENT.SSL:  # type: ignore[attr-defined]  # as the next line
            raise pymysql.OperationalError(CR.CR_SSL_CONNECTION_ERROR, "the server offers no TLS")
        super()._request_authentication()  # type: ignore[misc]  # private: the stubs leave both out


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """``mysql://USER:PASSWORD@HOST:PORT/SCHEMA[?tls=true]``, taken apart; its text form hides the password."""

    user: str
    password: str = field(repr=False)
    host: str
    port: int
    schema: str
    tls: Tls = Tls.OFF

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a URL; user, password and schema may be percent-encoded.

        Raises
        ------
        RefusedError
            Another form, or an option other than ``tls``.
        """
        example = f"write it as {FORM}, special characters percent-encoded"
        if not text:
            raise RefusedError("DATABASE_URL is not set", example)
        try:
            parts = urlsplit(text)
            port = parts.port or 3306
        except ValueError as error:
            raise RefusedError(f"DATABASE_URL is no URL ({error})", example) from error
        if parts.scheme != "mysql":
            raise RefusedError(f"DATABASE_URL begins with {parts.scheme or 'no scheme'!r}, not with mysql://", example)
        schema = unquote(parts.path.removeprefix("/"))
        if not parts.hostname or not parts.username or not schema or "/" in schema:
            raise RefusedError("DATABASE_URL names no user, host or schema", example)
        return cls(
            user=unquote(parts.username),
            password=unquote(parts.password or ""),
            host=parts.hostname,
            port=port,
            schema=schema,
            tls=_read_tls(parts.query),
        )

    def __str__(self) -> str:
        return f"mysql://{self.user}@{self.host}:{self.port}/{self.schema}"

    def connect(self, **options: Any) -> Connection:
        """Open a connection in UTC, with rows as dictionaries.

        Parameters
        ----------
        options
            Further arguments of `pymysql.connect`, such as ``autocommit`` or ``read_timeout`` (seconds).

        Raises
        ------
        pymysql.Error
            As the server or the network says it.
        """
        must_encrypt = self.tls in (Tls.SKIP_VERIFY, Tls.VERIFIED)
        connection_class = _EncryptedConnection if must_encrypt else Connection
        return connection_class(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            database=self.schema,
            charset="utf8mb4",
            collation="utf8mb4_unicode_ci",
            cursorclass=DictCursor,
            init_command="SET time_zone = '+00:00'",
            ssl=self._ssl_context(),
            connect_timeout=10,
            **options,
        )

    def _ssl_context(self) -> ssl.SSLContext | None:
        if self.tls is Tls.OFF:
            return None
        context = ssl.create_default_context()
        if self.tls is not Tls.VERIFIED:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def _read_tls(query: str) -> Tls:
    options = parse_qs(query, keep_blank_values=True)
    known = ", ".join(Tls)
    if unknown := sorted(options.keys() - {"tls"}):
        raise RefusedError(f"DATABASE_URL has an unknown option {unknown[0]!r}", f"only tls is read ({known})")
    try:
        return Tls(options.get("tls", [Tls.OFF])[-1])
    except ValueError as error:
        raise RefusedError(f"DATABASE_URL has {error}", f"tls is one of {known}") from error
