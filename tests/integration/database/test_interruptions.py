"""Runs that are cut off: at every statement the next run finishes what was begun, and two runs never mix."""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.database.interceptor import Interceptor, Moment
from tests.support.database.schema import HISTORY, Schema, recorded, versions, with_password
from tests.support.terminal import interruptible
from toolchain.paths import ROOT

# What `up` of an empty schema and a full rollback change, in order; a test below holds this against the truth.
UP = [
    "CREATE TABLE",
    "CREATE TABLE",
    "INSERT",
    "CREATE TABLE",
    "INSERT",
    "CREATE TABLE",
    "INSERT",
    "CREATE OR",
    "INSERT",
]
DOWN = ["DROP VIEW", "DELETE", *["LOCK TABLES", "DROP TABLE", "UNLOCK TABLES", "DELETE"] * 3]
UP_CUTS = [*((position, Moment.DURING) for position in range(len(UP))), *((n, Moment.AFTER) for n in (0, 3, 5, 7))]
DOWN_CUTS = [*((position, Moment.DURING) for position in range(len(DOWN))), *((n, Moment.AFTER) for n in (0, 3, 7, 11))]


@pytest.fixture
def parents(parents: Schema, creating_migrations: Path) -> Schema:
    """With migrations of which each test knows what they do."""
    return replace(parents, folder=creating_migrations)


def through(schema: Schema, interceptor: Interceptor) -> str:
    return with_password(replace(schema.url, port=interceptor.port))


def spawn(url: str, folder: Path) -> "subprocess.Popen[str]":
    command = interruptible(sys.executable, "-m", "operations.migrate", "up", "--migrations", str(folder))
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": url}
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def assert_complete(schema: Schema) -> None:
    assert recorded(schema) == versions(schema.folder)
    assert schema.migrate("status") == 0


def test_the_statements_of_a_run_are_those_that_are_cut_below(parents: Schema) -> None:
    with Interceptor(parents.url.port) as up:
        assert parents.migrate("up", url=through(parents, up)) == 0
    with Interceptor(parents.url.port) as down:
        assert parents.migrate("rollback", *parents.steps, url=through(parents, down)) == 0
    assert [" ".join(statement.split()[:2]) for statement in up.statements] == [
        kind if " " in kind else f"{kind} INTO" for kind in UP
    ]
    assert [" ".join(statement.split()[:2]) for statement in down.statements] == [
        kind if " " in kind else f"{kind} FROM" for kind in DOWN
    ]


@pytest.mark.parametrize(("position", "moment"), UP_CUTS)
def test_up_that_loses_its_client_is_finished_by_the_next(parents: Schema, position: int, moment: Moment) -> None:
    with Interceptor(parents.url.port, position, moment) as interceptor:
        assert parents.migrate("up", url=through(parents, interceptor)) == 2
    assert interceptor.cut
    assert parents.migrate("up") == 0
    assert_complete(parents)


@pytest.mark.parametrize(("position", "moment"), DOWN_CUTS)
def test_rollback_that_loses_its_client_is_finished_by_the_next(
    migrated: Schema, position: int, moment: Moment
) -> None:
    with Interceptor(migrated.url.port, position, moment) as interceptor:
        assert migrated.migrate("rollback", *migrated.steps, url=through(migrated, interceptor)) == 2
    assert interceptor.cut
    assert migrated.migrate("rollback", *migrated.steps) == 0
    assert recorded(migrated) == []
    assert migrated.names() == ["listing_identities", HISTORY, "users"]


@pytest.mark.parametrize("position", [0, 1, 3, 5])  # after the view and after a table: dropped, then struck out
def test_up_after_a_rollback_that_was_cut_restores_everything(migrated: Schema, position: int) -> None:
    with Interceptor(migrated.url.port, position, Moment.AFTER) as interceptor:
        assert migrated.migrate("rollback", *migrated.steps, url=through(migrated, interceptor)) == 2
    assert migrated.migrate("up") == 0
    assert_complete(migrated)


@pytest.mark.parametrize("position", range(len(UP)))
def test_up_whose_server_dies_is_finished_by_the_next(parents: Schema, position: int) -> None:
    with Interceptor(parents.url.port, position, Moment.DURING, parents.server.kill) as interceptor:
        assert parents.migrate("up", url=through(parents, interceptor)) == 2
    assert interceptor.cut
    parents.server.start()
    assert parents.migrate("up") == 0
    assert_complete(parents)


@pytest.mark.parametrize("position", [0, 1, 3, 5])
def test_rollback_whose_server_dies_is_finished_by_the_next(migrated: Schema, position: int) -> None:
    with Interceptor(migrated.url.port, position, Moment.DURING, migrated.server.kill) as interceptor:
        assert migrated.migrate("rollback", *migrated.steps, url=through(migrated, interceptor)) == 2
    migrated.server.start()
    assert migrated.migrate("rollback", *migrated.steps) == 0
    assert migrated.names() == ["listing_identities", HISTORY, "users"]


def test_a_killed_process_is_followed_by_one_that_finishes(parents: Schema) -> None:
    with Interceptor(parents.url.port, 3, Moment.DURING, lambda: process.send_signal(signal.SIGKILL)) as interceptor:
        process = spawn(through(parents, interceptor), parents.folder)
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert parents.migrate("up") == 0
    assert_complete(parents)


def test_an_interrupted_process_says_how_to_go_on(parents: Schema) -> None:
    with Interceptor(parents.url.port, 3, Moment.BEFORE, lambda: process.send_signal(signal.SIGINT)) as interceptor:
        process = spawn(through(parents, interceptor), parents.folder)
        _, errors = process.communicate()
    assert process.returncode in (2, 130), "the signal and the lost connection race"
    assert "it finishes what was begun" in errors
    assert len(errors.splitlines()) == 1


@pytest.mark.parametrize("empty", ["mysql"], indirect=True)  # MariaDB's CREATE TABLE does not wait for its parents
def test_the_next_run_waits_for_a_statement_that_a_dead_client_left_behind(
    parents: Schema, capfd: pytest.CaptureFixture[str]
) -> None:
    """The lock belongs to the session that runs the statement: both outlive the client, and end together."""
    with parents.connect(autocommit=False) as reader, reader.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM users FOR UPDATE")
        with Interceptor(parents.url.port, 0, Moment.DURING) as interceptor:
            assert parents.migrate("up", "--ddl-wait", "60", url=through(parents, interceptor)) == 2
        assert parents.migrate("up", "--lock-wait", "0") == 2
        assert "another run" in capfd.readouterr().err.splitlines()[-1]
    assert parents.migrate("up") == 0
    assert "recorded 20261122200100" in capfd.readouterr().out, "the statement ended after its client"
    assert_complete(parents)


def test_two_runs_at_once_apply_each_migration_once(parents: Schema) -> None:
    runs = [spawn(parents.text, parents.folder) for _ in range(2)]
    said = "".join(run.communicate()[0] for run in runs)
    assert [run.returncode for run in runs] == [0, 0]
    assert said.count("\napplied ") == len(versions(parents.folder))
    assert "\n0 applied" in said
    assert_complete(parents)


@pytest.mark.parametrize("moment", [Moment.DURING, Moment.AFTER])
def test_a_change_of_a_table_is_recovered_like_its_creation(migrated: Schema, tmp_path: Path, moment: Moment) -> None:
    folder = shutil.copytree(migrated.folder, tmp_path / "migrations")
    (folder / "20991231000000_add_caption.sql").write_text(
        "-- migrate:up\nALTER TABLE listing_media_assets ADD COLUMN caption VARCHAR(100) NULL;\n"
        "-- migrate:down\nALTER TABLE listing_media_assets DROP COLUMN caption;\n"
    )
    lines = (folder / "introspection/20261122200200.txt").read_text().splitlines()
    lines.insert(16, "column caption varchar(100) collation utf8mb4_unicode_ci null")
    (folder / "introspection/20991231000000.txt").write_text("\n".join(lines))
    ours = ("--migrations", str(folder))
    with Interceptor(migrated.url.port, 0, moment) as interceptor:
        assert migrated.migrate("up", *ours, url=through(migrated, interceptor)) == 2
    assert migrated.migrate("up", *ours) == 0
    with Interceptor(migrated.url.port, 1, moment) as interceptor:  # 0 is LOCK TABLES
        assert migrated.migrate("rollback", *ours, url=through(migrated, interceptor)) == 2
    assert migrated.migrate("rollback", *ours) == 0
    assert_complete(migrated)
