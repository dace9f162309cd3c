"""A migration that changes a table which an earlier one created, while the table holds rows."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.database.circumstances import DOCUMENTED_RIGHTS, account, setting
from tests.support.database.schema import Schema, recorded, versions

Capture = pytest.CaptureFixture[str]
TYPES = "'PHOTO_VERTICAL','PHOTO_HORIZONTAL','VIDEO_VERTICAL','VIDEO_HORIZONTAL','THUMBNAIL','ZIP','PROJECT_DOC'"
OLD, NEW = (f"asset_type ENUM({TYPES},'PROJECT_RENDER'{added}) NOT NULL" for added in ("", ",'PROJECT_TOUR'"))
ASSETS = "table listing_media_assets "
A_BATCH = (
    "INSERT INTO listing_media_batches (listing_id, photographer_user_id, status, upload_manifest_json) "
    "VALUES (1, 1, 'RECEIVED', '{}')"
)
A_TOUR = (
    "INSERT INTO listing_media_assets (batch_id, asset_type, source_key, checksum_sha256, content_type, bytes) "
    "SELECT id, 'PROJECT_TOUR', 'key', REPEAT('0', 64), 'video/mp4', 1 FROM listing_media_batches"
)


def change_assets(folder: Path, name: str, up: str, down: str, described: tuple[str, str]) -> None:
    """Add the newest migration of a folder: one that changes `listing_media_assets`.

    Parameters
    ----------
    described
        Text of the table's latest description, and what it becomes.
    """
    ways = {"up": up, "down": down}
    statements = (f"-- migrate:{way}\nALTER TABLE listing_media_assets {sql};\n" for way, sql in ways.items())
    latest = next(text for path in sorted(folder.glob("*/*.txt"))[::-1] if ASSETS in (text := path.read_text()))
    (folder / f"{name}.sql").write_text("".join(statements))
    (folder / f"introspection/{name.split('_', maxsplit=1)[0]}.txt").write_text(latest.replace(*described))


@pytest.fixture
def parents(parents: Schema, creating_migrations: Path, tmp_path: Path) -> Schema:
    """With the migrations that create our objects, and one that adds a type of assets."""
    folder = shutil.copytree(creating_migrations, tmp_path / "migrations")
    described = ("'PROJECT_RENDER')", "'PROJECT_RENDER','PROJECT_TOUR')")
    change_assets(folder, "20991231000000_allow_tours", f"MODIFY {NEW}", f"MODIFY {OLD}", described)
    return replace(parents, folder=folder)


@pytest.fixture(params=["STRICT_TRANS_TABLES", ""], ids=["strict", "lenient"])
def with_tour(request: pytest.FixtureRequest, migrated: Schema) -> Iterator[Schema]:
    """With an asset of the type that the newest migration adds, on a server that is strict about values or not."""
    migrated.rows(A_BATCH)
    migrated.rows(A_TOUR)
    with setting(migrated, "sql_mode", request.param):
        yield migrated


def test_the_newest_migration_is_undone_and_applied_again(migrated: Schema) -> None:
    before = migrated.create_statements()
    assert migrated.migrate("rollback") == 0
    assert recorded(migrated) == versions(migrated.folder)[:-1]
    assert migrated.create_statements() != before
    assert migrated.migrate("up") == 0
    assert migrated.create_statements() == before


def test_rollback_of_a_type_keeps_the_assets_that_have_it(with_tour: Schema, capfd: Capture) -> None:
    before = with_tour.create_statements()
    assert with_tour.migrate("rollback") == 2
    assert with_tour.rows("SELECT asset_type FROM listing_media_assets") == [{"asset_type": "PROJECT_TOUR"}]
    assert with_tour.create_statements() == before
    assert recorded(with_tour) == versions(with_tour.folder)
    said = capfd.readouterr().err
    assert "rows hold values that the statement has no place for" in said
    assert "asset_type" in said
    assert "change those rows" in said
    assert "run again: it finishes" not in said, "another run would end the same way"


def test_up_and_rollback_need_no_rights_but_the_documented_ones(parents: Schema) -> None:
    with account(parents, f"GRANT {DOCUMENTED_RIGHTS} ON {parents.url.schema}.* TO {{}}") as url:
        assert parents.migrate("up", url=url) == 0
        assert parents.migrate("rollback", *parents.steps, url=url) == 0


def test_rollback_that_needs_the_table_locked_is_refused_without_that_right(migrated: Schema, capfd: Capture) -> None:
    caption = "column caption varchar(100) collation utf8mb4_unicode_ci null"
    change_assets(
        migrated.folder,
        "20991231000001_add_caption",
        "ADD COLUMN caption VARCHAR(100) NULL",
        "DROP COLUMN caption",
        ("column variant_metadata_json json null\n", f"column variant_metadata_json json null\n{caption}\n"),
    )
    assert migrated.migrate("up") == 0
    rights = DOCUMENTED_RIGHTS.removesuffix(", LOCK TABLES")
    with account(migrated, f"GRANT {rights} ON {migrated.url.schema}.* TO {{}}") as url:
        assert migrated.migrate("rollback", url=url) == 2
    assert "lacks LOCK TABLES on" in capfd.readouterr().err
    assert migrated.migrate("rollback", "--steps", "2") == 0


@pytest.mark.parametrize("empty", ["mysql"], indirect=True)  # schema.sql is written as MySQL prints it
def test_snapshot_takes_back_what_it_applied_when_a_change_fails(parents: Schema, capfd: Capture) -> None:
    up, down = "ADD COLUMN caption CHAR(1) NOT NULL DEFAULT NULL", "DROP COLUMN caption"
    change_assets(parents.folder, "20991231000001_fail", up, down, ("", ""))
    before = parents.names()
    assert parents.migrate("snapshot") == 2
    assert "Invalid default value for 'caption'" in capfd.readouterr().err
    assert parents.names() == before
