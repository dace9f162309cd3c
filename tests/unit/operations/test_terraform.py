"""Which provider, which account: nothing reaches where it should not."""

import json
from pathlib import Path

import pytest

from localstack.local_platform.endpoints import Endpoints
from operations import terraform as stacks
from toolchain import tools
from toolchain.errors import SetupError


def endpoints(pid: int) -> Endpoints:
    return Endpoints(pid, "http://127.0.0.1:1", "mysql://a", "mysql://b", "http://127.0.0.1:2", {}, "o", "s", "l", {})


def test_unknown_environment_is_one_line_and_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert stacks.main(["validate", "nowhere"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert "nowhere" in told
    assert "dev" in told
    assert told.count("\n") == 1


def test_local_environment_needs_a_running_platform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stacks, "UP_STATE", tmp_path / "state.json")
    assert stacks.main(["deploy", "local"]) == 2
    assert capsys.readouterr().err == "error: ENV=local needs the local platform: start it with `make up`\n"


def test_state_of_a_platform_that_is_gone_counts_as_none(tmp_path: Path) -> None:
    endpoints(pid=2**22 - 1).write(tmp_path / "state.json")
    assert Endpoints.read(tmp_path / "state.json") is None


def test_only_the_owner_may_read_the_state(tmp_path: Path) -> None:
    endpoints(pid=1).write(tmp_path / "state.json")
    assert (tmp_path / "state.json").stat().st_mode & 0o777 == 0o600


def test_state_of_another_version_is_named(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text(json.dumps({"port": 4566}))
    with pytest.raises(SetupError, match=r"state\.json is not of this version's making: delete it"):
        Endpoints.read(tmp_path / "state.json")


def test_database_url_that_a_platform_exported_is_not_taken_for_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    """`eval "$(make status)"` leaves both variables in the shell, also after `make down`."""
    monkeypatch.setenv("DATABASE_URL", "mysql://admin:x@127.0.0.1:3306/toq_server")
    monkeypatch.delenv("TOQ_OUTPUTS", raising=False)
    assert tools.given_database_url() == "mysql://admin:x@127.0.0.1:3306/toq_server"
    monkeypatch.setenv("TOQ_OUTPUTS", "build/platform/up/outputs.json")
    assert tools.given_database_url() is None
