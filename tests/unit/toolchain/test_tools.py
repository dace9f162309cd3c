"""What of the user's own surroundings is used."""

import pytest

from toolchain import tools


def test_database_url_that_a_platform_exported_is_not_taken_for_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    """`eval "$(make status)"` leaves both variables in the shell, also after `make down`."""
    monkeypatch.setenv("DATABASE_URL", "mysql://admin:x@127.0.0.1:3306/toq_server")
    monkeypatch.delenv("TOQ_OUTPUTS", raising=False)
    assert tools.given_database_url() == "mysql://admin:x@127.0.0.1:3306/toq_server"
    monkeypatch.setenv("TOQ_OUTPUTS", "build/platform/up/outputs.json")
    assert tools.given_database_url() is None
