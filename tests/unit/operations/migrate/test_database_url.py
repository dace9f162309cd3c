import pytest

from operations.migrate.database_url import DatabaseUrl, Tls
from operations.migrate.errors import RefusedError


def test_a_url_is_taken_apart() -> None:
    url = DatabaseUrl.parse("mysql://dba:s3cret@db.example:3307/toq_server?tls=true")
    assert (url.user, url.password, url.host, url.port, url.schema) == (
        "dba",
        "s3cret",
        "db.example",
        3307,
        "toq_server",
    )
    assert url.tls is Tls.VERIFIED


def test_special_characters_are_percent_encoded() -> None:
    url = DatabaseUrl.parse("mysql://d%40ba:p%3A%2F%40%25@h/s")
    assert (url.user, url.password, url.port) == ("d@ba", "p:/@%", 3306)


def test_the_password_is_never_shown() -> None:
    url = DatabaseUrl.parse("mysql://dba:s3cret@h/s")
    assert "s3cret" not in f"{url} {url!r}"


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "DATABASE_URL is not set"),
        ("postgres://u:p@h/s", "begins with 'postgres'"),
        ("toq_server", "begins with 'no scheme'"),
        ("mysql://u:p@h", "names no user, host or schema"),
        ("mysql://h/s", "names no user, host or schema"),
        ("mysql://u:p@h/s/t", "names no user, host or schema"),
        ("mysql://u:p@h:port/s", "is no URL"),
        ("mysql://u:p@h/s?ssl=1", "unknown option 'ssl'"),
        ("mysql://u:p@h/s?tls=yes", "'yes' is not a valid Tls"),
    ],
)
def test_another_form_is_refused_with_the_right_one(text: str, cause: str) -> None:
    with pytest.raises(RefusedError) as refused:
        DatabaseUrl.parse(text)
    assert cause in refused.value.cause
    assert "mysql://USER:PASSWORD@HOST:PORT/SCHEMA" in refused.value.remedy or "tls" in refused.value.remedy
    assert ":p@" not in str(refused.value)
