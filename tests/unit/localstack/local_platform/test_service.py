"""Services: ready or a reason, never a hang."""

import os
import sys
from pathlib import Path

import pytest

from localstack.local_platform.errors import LOG_TAIL_LINES, StartError
from localstack.local_platform.service import Service, clean_environment
from tests.support.waiting import PATIENCE_SECONDS


def service(tmp_path: Path, program: str) -> Service:
    command = [sys.executable, "-c", program]
    return Service("thing", command, environment=clean_environment(), log=tmp_path / "thing.log")


def test_program_that_ends_while_awaited_shows_the_end_of_its_log(tmp_path: Path) -> None:
    with service(tmp_path, "for i in range(100): print('line', i)\nraise SystemExit('no licence')") as started:
        with pytest.raises(StartError) as failure:
            started.wait_until(lambda: False, PATIENCE_SECONDS)
        told = str(failure.value).splitlines()
    assert told[0] == "thing ended with exit code 1 before it was ready"
    assert told[1] == f"  last lines of {tmp_path / 'thing.log'}:"
    assert told[-1] == "  | no licence"
    assert len(told) == 2 + LOG_TAIL_LINES


def test_program_that_never_gets_ready_is_reported_in_time(tmp_path: Path) -> None:
    with (
        service(tmp_path, "import time; time.sleep(60)") as started,
        pytest.raises(StartError, match="not ready after 0 s"),
    ):
        started.wait_until(lambda: False, 0.3)


def test_stopped_program_runs_no_more(tmp_path: Path) -> None:
    started = service(tmp_path, "import time; time.sleep(60)")
    started.start()
    assert started.running
    started.stop()
    assert not started.running
    started.stop()  # a second time is harmless


def test_settings_of_the_users_shell_do_not_reach_services(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", "example.com")
    environment = clean_environment(EXTRA="1")
    assert "AWS_PROFILE" not in environment
    assert "PYTHONPATH" not in environment
    assert environment["HTTPS_PROXY"] == "http://proxy:3128"
    assert environment["NO_PROXY"].split(",") == ["example.com", "127.0.0.1", "localhost"]
    assert environment["EXTRA"] == "1"
    assert "PATH" in os.environ
