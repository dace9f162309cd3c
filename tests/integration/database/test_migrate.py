"""Up, rollback, status and dry run on real servers."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.database.dbmate import run_dbmate
from tests.support.database.schema import HISTORY, OBJECTS, Schema, recorded, versions

PARENTS = ["listing_identities", "users"]
A_BATCH = (
    "INSERT INTO listing_media_batches (listing_id, photographer_user_id, status, upload_manifest_json) "
    "VALUES (1, 1, 'RECEIVED', '{}')"
)


@pytest.fixture
def parents(parents: Schema, creating_migrations: Path) -> Schema:
    """With migrations of which each test knows what they do."""
    return replace(parents, folder=creating_migrations)


def test_up_creates_the_tables_and_the_view_and_records_it(parents: Schema, capfd: pytest.CaptureFixture[str]) -> None:
    assert parents.migrate("up") == 0
    assert parents.names() == sorted([*OBJECTS, *PARENTS, HISTORY])
    assert recorded(parents) == versions(parents.folder)
    said = capfd.readouterr().out
    assert said.index("CREATE TABLE listing_media_batches") < said.index("applied 2026"), "the SQL is shown first"


def test_up_again_changes_nothing(migrated: Schema, capfd: pytest.CaptureFixture[str]) -> None:
    before = migrated.create_statements()
    assert migrated.migrate("up") == 0
    assert migrated.create_statements() == before
    assert "0 applied" in capfd.readouterr().out


def test_rollback_undoes_the_newest_migration_alone(migrated: Schema) -> None:
    assert migrated.migrate("rollback") == 0
    assert "listing_media_active_batches" not in migrated.names()
    assert recorded(migrated) == versions(migrated.folder)[:-1]


def test_rollback_keeps_a_table_that_holds_rows(migrated: Schema, capfd: pytest.CaptureFixture[str]) -> None:
    migrated.rows(A_BATCH)
    before = migrated.create_statements()
    assert migrated.migrate("rollback", *migrated.steps) == 2
    assert migrated.rows("SELECT COUNT(*) AS n FROM listing_media_batches") == [{"n": 1}]
    assert recorded(migrated) == versions(migrated.folder)
    assert migrated.create_statements().keys() == before.keys(), "the tables that are empty stay too"
    said = capfd.readouterr().err
    assert "listing_media_batches holds rows" in said
    assert "--lose-rows-of listing_media_batches" in said


def test_rollback_drops_a_table_with_rows_when_it_is_named(migrated: Schema) -> None:
    migrated.rows(A_BATCH)
    assert migrated.migrate("rollback", *migrated.steps, "--lose-rows-of", "listing_media_batches") == 0
    assert "listing_media_batches" not in migrated.names()


def test_dry_run_shows_the_statements_and_changes_nothing(parents: Schema, capfd: pytest.CaptureFixture[str]) -> None:
    assert parents.migrate("dry-run") == 0
    assert parents.names() == PARENTS
    said = capfd.readouterr().out
    assert all(name in said for name in OBJECTS)


def test_status_tells_applied_from_pending(migrated: Schema, capfd: pytest.CaptureFixture[str]) -> None:
    migrated.migrate("rollback")
    capfd.readouterr()
    assert migrated.migrate("status") == 0
    states = [line.split()[0] for line in capfd.readouterr().out.splitlines()[1:]]
    assert states == ["applied", "applied", "applied", "pending"]


def test_status_finds_a_table_that_somebody_changed(migrated: Schema, capfd: pytest.CaptureFixture[str]) -> None:
    migrated.rows("ALTER TABLE listing_media_jobs MODIFY status VARCHAR(20) NOT NULL")
    assert migrated.migrate("status") == 1
    assert "expected 'column status varchar(50)" in capfd.readouterr().out


def test_up_goes_on_beside_a_changed_table_and_warns(migrated: Schema, capfd: pytest.CaptureFixture[str]) -> None:
    migrated.migrate("rollback")
    migrated.rows("CREATE INDEX idx_extra ON listing_media_jobs (status)")
    assert migrated.migrate("up") == 0
    assert "was changed since: listing_media_jobs differs" in capfd.readouterr().out


def test_rollback_refuses_to_drop_a_table_that_somebody_changed(
    migrated: Schema, capfd: pytest.CaptureFixture[str]
) -> None:
    migrated.rows("CREATE INDEX idx_extra ON listing_media_jobs (status)")
    assert migrated.migrate("rollback", "--steps", "2") == 2
    assert "listing_media_active_batches" in migrated.names(), "nothing was changed"
    assert "idx_extra" in capfd.readouterr().err


def test_dbmate_reads_our_record_and_we_read_its(migrated: Schema, capfd: pytest.CaptureFixture[str]) -> None:
    assert "Pending: 0" in run_dbmate(migrated, "status")
    run_dbmate(migrated, "rollback")
    assert migrated.migrate("up") == 0
    assert "1 applied" in capfd.readouterr().out
