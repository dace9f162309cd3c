from pathlib import Path

import pytest

from operations.migrate.errors import RefusedError
from operations.migrate.migrations import Kind, Statement, load

FOLDER = Path(__file__).parents[4] / "migrations"


def write(folder: Path, name: str, up: str = "CREATE TABLE a (id INT);", down: str = "DROP TABLE a;") -> None:
    (folder / name).write_text(f"-- migrate:up\n{up}\n\n-- migrate:down\n{down}\n")


def test_ours_create_three_tables_and_a_view_in_the_order_of_their_foreign_keys() -> None:
    migrations = [migration for migration in load(FOLDER) if migration.up.kind in (Kind.CREATE_TABLE, Kind.CREATE_VIEW)]
    assert [migration.target for migration in migrations] == [
        "listing_media_batches",
        "listing_media_assets",
        "listing_media_jobs",
        "listing_media_active_batches",
    ]
    assert migrations[0].up.parents == ["listing_identities", "users"]
    assert migrations[1].up.parents == ["listing_media_batches"]
    assert migrations[3].up.sources == ["listing_media_assets", "listing_media_batches", "listing_media_jobs"]


def test_each_of_ours_can_be_told_from_its_absence() -> None:
    """Recovery depends on it: what looks the same before and after could not be recognised when a run is cut off."""
    assert all(migration.before != migration.after for migration in load(FOLDER))


def test_nothing_of_ours_is_created_only_if_it_is_missing() -> None:
    """IF NOT EXISTS would take another object of the same name for ours."""
    assert not any("IF NOT EXISTS" in path.read_text() for path in FOLDER.glob("*.sql"))


def test_comments_around_a_statement_are_not_part_of_it() -> None:
    statement = Statement.parse("\n-- why\n-- and how\nCREATE TABLE `a` (\n  id INT -- the id\n);\n", "up")
    assert (statement.kind, statement.target) == (Kind.CREATE_TABLE, "a")
    assert statement.sql == "CREATE TABLE `a` (\n  id INT -- the id\n)"


def test_a_semicolon_within_a_text_ends_nothing() -> None:
    assert Statement.parse("CREATE TABLE a (id INT COMMENT 'one; two');", "up").target == "a"


@pytest.mark.parametrize(
    ("sql", "cause"),
    [
        ("CREATE TABLE a (id INT);\nCREATE TABLE b (id INT);", "more than one statement"),
        ("UPDATE a SET id = 1;", "none of the statements"),
        ("CREATE TABLE IF NOT EXISTS a (id INT);", "none of the statements"),
        ("CREATE VIEW a AS SELECT 1;", "none of the statements"),  # it would run with the migrating account's rights
        ("", "none of the statements"),
    ],
)
def test_what_cannot_be_verified_is_no_migration(sql: str, cause: str) -> None:
    with pytest.raises(RefusedError, match=cause):
        Statement.parse(sql, "up of 1_a.sql")


@pytest.mark.parametrize(
    ("sql", "loses"),
    [
        ("DROP TABLE a;", True),
        ("DROP VIEW a;", False),
        ("ALTER TABLE a DROP COLUMN b;", True),
        ("ALTER TABLE a ADD COLUMN b INT;", False),
    ],
)
def test_statements_that_lose_data_are_known(sql: str, loses: bool) -> None:
    assert Statement.parse(sql, "down").loses_data is loses


def test_files_are_read_in_the_order_of_their_versions(tmp_path: Path) -> None:
    write(tmp_path, "20260102000000_second.sql", "ALTER TABLE a ADD b INT;", "ALTER TABLE a DROP COLUMN b;")
    write(tmp_path, "20260101000000_first.sql")
    (tmp_path / "introspection").mkdir()
    (tmp_path / "introspection/20260101000000.txt").write_text("table a\n")
    (tmp_path / "introspection/20260102000000.txt").write_text("table a\ncolumn b\n")
    first, second = load(tmp_path)
    assert (first.before, first.after) == ((), ("table a",))
    assert (second.before, second.after) == (("table a",), ("table a", "column b"))


@pytest.mark.parametrize(
    ("name", "down", "cause"),
    [
        ("20260101000000-first.sql", "DROP TABLE a;", "is no migration"),
        ("20260101000000_first.sql", "DROP TABLE b;", "goes up on a and down on b"),
    ],
)
def test_a_file_that_dbmate_or_recovery_could_not_use_is_refused(
    tmp_path: Path, name: str, down: str, cause: str
) -> None:
    write(tmp_path, name, down=down)
    with pytest.raises(RefusedError, match=cause):
        load(tmp_path)


def test_a_migration_whose_introspection_is_not_recorded_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "20260101000000_first.sql")
    with pytest.raises(RefusedError, match="has no introspection recorded"):
        load(tmp_path)


def test_a_folder_without_migrations_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="no migrations in"):
        load(tmp_path)
