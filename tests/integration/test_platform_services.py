"""The platform's services start, fail and end as promised: with a reason, and with nothing left behind."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from localstack.local_platform.database import MySql
from localstack.local_platform.errors import StartError
from localstack.local_platform.given_database import GivenMySql
from localstack.local_platform.localstack_process import LocalStack
from localstack.local_platform.loopback import free_port
from operations.migrate.database_url import DatabaseUrl
from tests.support.terminal import interruptible
from tests.support.waiting import PATIENCE_SECONDS, wait_until
from toolchain.errors import SetupError
from toolchain.paths import ROOT, RUNS

pytestmark = pytest.mark.localstack


def family(pid: int | None) -> list[int]:
    """A service's guard and all that runs below it."""
    assert pid is not None
    return [pid, *(each.pid for each in psutil.Process(pid).children(recursive=True))]


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if psutil.pid_exists(pid)]


def test_stopped_localstack_leaves_neither_process_nor_data(tmp_path: Path) -> None:
    with LocalStack(tmp_path) as emulator:
        processes = family(emulator.pid)
        assert emulator.services()["mediaconvert"] == "available"
    assert len(processes) > 1
    assert alive(processes) == []
    assert {each.name for each in tmp_path.iterdir()} == {"localstack.log", "calls.jsonl"}


def test_two_localstacks_run_beside_each_other(tmp_path: Path) -> None:
    with LocalStack(tmp_path / "one") as one, LocalStack(tmp_path / "two") as two:
        assert one.url != two.url
        assert one.services().keys() == two.services().keys()


def test_localstack_that_cannot_start_shows_its_log_and_leaves_nothing(tmp_path: Path) -> None:
    # The interpreter of this test has no LocalStack: the start fails as it does in a broken environment.
    emulator = LocalStack(tmp_path, python=Path(sys.executable))
    with pytest.raises(StartError) as failure:
        emulator.start()
    assert str(failure.value).startswith("LocalStack ended with exit code 1 before it was ready\n  last lines of ")
    assert "No module named" in str(failure.value)
    assert emulator.pid is None


def test_missing_localstack_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"LocalStack is not installed \(.+\): run `make tools`"):
        LocalStack(tmp_path, python=tmp_path / "python").start()


def test_owner_killed_while_localstack_runs_leaves_nothing(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys, time\n"
        "from localstack.local_platform.localstack_process import LocalStack\n"
        "emulator = LocalStack(pathlib.Path(sys.argv[1])); emulator.start(); print('up', flush=True)\n"
        "time.sleep(600)"
    )
    owner = subprocess.Popen([sys.executable, "-c", program, tmp_path], cwd=ROOT, stdout=subprocess.PIPE)
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"up\n"
    processes = [each.pid for each in psutil.Process(owner.pid).children(recursive=True)]
    assert len(processes) > 1
    owner.kill()
    owner.wait()
    wait_until(lambda: not alive(processes))


@pytest.mark.mysql
def test_killed_mysql_comes_back_with_its_data_and_a_stopped_one_leaves_nothing(tmp_path: Path) -> None:
    with MySql(tmp_path) as server:
        with server.connect() as connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE kept (n INT)")
            cursor.execute("INSERT INTO kept VALUES (7)")
        server.kill()
        server.start()
        with server.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT n, @@collation_database AS collation FROM kept")
            assert cursor.fetchone() == {"n": 7, "collation": "utf8mb4_unicode_ci"}
        processes = family(server.pid)
    assert alive(processes) == []
    assert [each.name for each in tmp_path.iterdir()] == ["mysql.log"]


@pytest.mark.mysql
def test_data_of_a_server_whose_owner_was_killed_does_not_hinder_the_next(tmp_path: Path) -> None:
    left = MySql(tmp_path)
    left.start()
    left.kill()  # and nobody calls stop
    with MySql(tmp_path) as server, server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 AS n")
        assert cursor.fetchone() == {"n": 1}


@pytest.mark.mysql
def test_mysql_that_cannot_start_shows_its_log(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"MySQL ended with exit code \d+ before it was ready\n(.|\n)*no-such-option"):
        MySql(tmp_path, options=["--no-such-option"]).start()


@pytest.mark.mysql
def test_given_server_is_used_only_when_empty_and_handed_back_empty(tmp_path: Path) -> None:
    with MySql(tmp_path) as server:
        with pytest.raises(SetupError, match="has an account toq_app already"):
            GivenMySql(server.admin_url).start()
        with server.connect() as connection, connection.cursor() as cursor:
            cursor.execute("DROP USER toq_app")
            cursor.execute("CREATE TABLE theirs (n INT)")
            with pytest.raises(SetupError, match="schema toq_server of DATABASE_URL is not empty"):
                GivenMySql(server.admin_url).start()
            cursor.execute("DROP TABLE theirs")
        given = GivenMySql(server.admin_url)
        given.start()
        DatabaseUrl.parse(given.admin_url).connect().close()
        given.stop()
        with server.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) AS n FROM mysql.user WHERE user = 'toq_app'")
            assert cursor.fetchone() == {"n": 0}


def test_unreachable_given_server_is_named_without_its_password() -> None:
    url = f"mysql://admin:hidden@127.0.0.1:{free_port()}/toq_server"
    with pytest.raises(SetupError, match=r"DATABASE_URL .+ cannot be used .+: check it, or unset it") as failure:
        GivenMySql(url).start()
    assert "hidden" not in str(failure.value)


@pytest.fixture
def run_name(unique: str) -> Iterator[str]:
    """Name of a platform that no other run has; its folder goes with the test."""
    yield unique
    shutil.rmtree(RUNS / unique, ignore_errors=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_start_leaves_nothing(number: signal.Signals, run_name: str) -> None:
    """Ctrl-C, or a CI job that is cancelled, in the middle of the start: several parts are starting at once."""
    command = interruptible(sys.executable, "-m", "localstack.local_platform", "run", "--name", run_name, "--", "true")
    owner = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, start_new_session=True)

    def started() -> list[psutil.Process]:
        found = psutil.Process(owner.pid).children(recursive=True)
        return found if len(found) >= 6 else []

    processes = [each.pid for each in wait_until(started)]
    os.kill(owner.pid, number)
    _, told = owner.communicate(timeout=PATIENCE_SECONDS)
    assert owner.returncode == 128 + number
    assert b"Traceback" not in told
    assert alive(processes) == []


def test_port_in_use_is_one_line_and_exit_code_2(tmp_path: Path, run_name: str) -> None:
    with LocalStack(tmp_path) as emulator:
        command = [sys.executable, "-m", "localstack.local_platform", "run", "--name", run_name]
        command += ["--gateway-port", str(emulator.port), "--", "true"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: port {emulator.port} on 127.0.0.1, asked for LocalStack, is in use: stop")
    assert done.stderr.count("\n") == 1
