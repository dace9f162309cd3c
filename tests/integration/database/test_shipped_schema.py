"""The committed descriptions are what the migrations make, and the tables hold the data together as they promise."""

import json
import shutil
from pathlib import Path
from typing import Any

import pymysql
import pytest

from operations.migrate import introspection, migrations
from tests.support.database.circumstances import DOCUMENTED_RIGHTS, account
from tests.support.database.dbmate import run_dbmate
from tests.support.database.schema import HISTORY, MIGRATIONS, Schema, recorded

PARENTS = ["listing_identities", "users"]
ONLY_MYSQL = pytest.mark.parametrize("empty", ["mysql"], indirect=True)


@ONLY_MYSQL
def test_snapshot_writes_what_is_committed(parents: Schema, tmp_path: Path) -> None:
    for path in MIGRATIONS.glob("[0-9]*.sql"):
        shutil.copy(path, tmp_path)
    before = parents.names()
    assert parents.migrate("snapshot", "--migrations", str(tmp_path)) == 0
    assert parents.names() == before
    for path in (*MIGRATIONS.glob("introspection/*.txt"), MIGRATIONS / "schema.sql"):
        written = (tmp_path / path.relative_to(MIGRATIONS)).read_text()
        assert written == path.read_text(), f"{path.name} is out of date: run `python -m operations.migrate snapshot`"


@ONLY_MYSQL
def test_snapshot_refuses_a_schema_that_is_in_use(migrated: Schema, capfd: pytest.CaptureFixture[str]) -> None:
    assert migrated.migrate("snapshot") == 2
    assert "listing_media_batches exists already" in capfd.readouterr().err


@ONLY_MYSQL
def test_the_committed_schema_can_be_loaded_instead(migrated: Schema) -> None:
    names = migrated.names()
    assert migrated.migrate("rollback", *migrated.steps) == 0
    migrated.rows(f"DROP TABLE {HISTORY}")
    migrated.run_script(MIGRATIONS / "schema.sql")
    assert migrated.names() == names
    assert migrated.migrate("status") == 0, "each object is described as its migration left it"


def test_up_down_up_leaves_the_same_schema(migrated: Schema) -> None:
    before = migrated.create_statements()
    assert migrated.migrate("rollback", *migrated.steps) == 0
    assert migrated.names() == sorted([*PARENTS, HISTORY])
    assert recorded(migrated) == []
    assert migrated.migrate("up") == 0
    assert migrated.create_statements() == before


def test_dbmate_makes_the_same_schema_from_the_same_files(migrated: Schema) -> None:
    ours = migrated.create_statements()
    assert migrated.migrate("rollback", *migrated.steps) == 0
    migrated.rows(f"DROP TABLE {HISTORY}")
    run_dbmate(migrated, "migrate")
    theirs = migrated.create_statements()
    assert theirs.pop(HISTORY).split("ENGINE")[0] == ours.pop(HISTORY).split("ENGINE")[0]
    assert theirs == ours


def test_both_kinds_of_server_end_up_with_the_same_description(migrated: Schema) -> None:
    mariadb = "mariadb" in str(migrated.rows("SELECT LOWER(VERSION()) AS v")[0]["v"])
    with migrated.connect() as connection, connection.cursor() as cursor:
        newest = {migration.target: migration for migration in migrations.load(MIGRATIONS)}
        for migration in newest.values():
            assert (
                introspection.describe(cursor, migrated.url.schema, migration.target, mariadb=mariadb)
                == migration.after
            )


def batch(**columns: Any) -> dict[str, Any]:
    return {
        "listing_id": 1,
        "photographer_user_id": 1,
        "status": "RECEIVED",
        "upload_manifest_json": json.dumps({"uploadedBy": "PHOTOGRAPHER"}),
    } | columns


def asset(batch_id: int, **columns: Any) -> dict[str, Any]:
    return {
        "batch_id": batch_id,
        "asset_type": "PHOTO_VERTICAL",
        "source_key": "1/raw/photo/vertical/2026-11-22/a.jpg",
        "checksum_sha256": "0123456789abcdef" * 4,
        "content_type": "image/jpeg",
        "bytes": 1,
    } | columns


def insert(schema: Schema, table: str, row: dict[str, Any]) -> int:
    query = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))})"  # noqa: S608 - constants
    with schema.connect() as connection, connection.cursor() as cursor:
        cursor.execute(query, tuple(row.values()))
        return cursor.lastrowid


@pytest.mark.parametrize("checksum", ["g" * 64, "a" * 63, "", " " * 64, "a" * 32 + " " + "a" * 31])
def test_a_checksum_is_64_hex_digits(migrated: Schema, checksum: str) -> None:
    batch_id = insert(migrated, "listing_media_batches", batch())
    with pytest.raises(pymysql.OperationalError, match="chk_listing_media_assets_checksum_is_hex"):
        insert(migrated, "listing_media_assets", asset(batch_id, checksum_sha256=checksum))


def test_an_asset_has_bytes(migrated: Schema) -> None:
    batch_id = insert(migrated, "listing_media_batches", batch())
    with pytest.raises(pymysql.OperationalError, match="chk_listing_media_assets_not_empty"):
        insert(migrated, "listing_media_assets", asset(batch_id, bytes=0))


@pytest.mark.parametrize("manifest", [{}, {"uploadedBy": "PHOTOGRAPHER"}, {"uploadedBy": None}, []])
def test_only_an_owners_batch_has_no_photographer(migrated: Schema, manifest: object) -> None:
    row = batch(photographer_user_id=None, upload_manifest_json=json.dumps(manifest))
    with pytest.raises(pymysql.OperationalError, match="no_photographer_only_for_owner"):
        insert(migrated, "listing_media_batches", row)
    insert(migrated, "listing_media_batches", row | {"upload_manifest_json": json.dumps({"uploadedBy": "OWNER"})})


@pytest.mark.parametrize("table", ["listing_media_batches", "listing_media_jobs"])
def test_nothing_ends_before_it_starts(migrated: Schema, table: str) -> None:
    batch_id = insert(migrated, "listing_media_batches", batch())
    names = ("processing_started_at", "processing_finished_at") if "batches" in table else ("started_at", "finished_at")
    job = {"batch_id": batch_id, "external_job_id": "arn", "provider": "STEP_FUNCTIONS", "status": "SUCCEEDED"}
    row = batch() if "batches" in table else job
    times = dict(zip(names, ("2026-11-22 10:00:00.000001", "2026-11-22 10:00:00.000000"), strict=True))
    with pytest.raises(pymysql.OperationalError, match="finished_after_started"):
        insert(migrated, table, row | times)
    insert(migrated, table, row | dict.fromkeys(names, "2026-11-22 10:00:00.000001"))
    insert(migrated, table, row | {names[0]: "2026-11-22 10:00:00"})


def test_a_sequence_is_unique_in_its_batch_and_may_be_missing(migrated: Schema) -> None:
    one, other = (insert(migrated, "listing_media_batches", batch()) for _ in range(2))
    insert(migrated, "listing_media_assets", asset(one, sequence=1))
    insert(migrated, "listing_media_assets", asset(other, sequence=1))
    for _ in range(2):
        insert(migrated, "listing_media_assets", asset(one, sequence=None))
    with pytest.raises(pymysql.IntegrityError, match="uk_batch_sequence"):
        insert(migrated, "listing_media_assets", asset(one, sequence=1))


def test_a_deleted_listing_takes_its_media_rows_with_it(migrated: Schema) -> None:
    batch_id = insert(migrated, "listing_media_batches", batch(listing_id=7))
    insert(migrated, "listing_media_assets", asset(batch_id))
    migrated.rows("DELETE FROM listing_identities WHERE id = 7")
    assert migrated.rows("SELECT COUNT(*) AS n FROM listing_media_batches WHERE id = %s", batch_id) == [{"n": 0}]
    assert migrated.rows("SELECT COUNT(*) AS n FROM listing_media_assets WHERE batch_id = %s", batch_id) == [{"n": 0}]


def test_a_user_with_batches_cannot_be_deleted(migrated: Schema) -> None:
    insert(migrated, "listing_media_batches", batch(photographer_user_id=9))
    with pytest.raises(pymysql.IntegrityError):
        migrated.rows("DELETE FROM users WHERE id = 9")


def test_the_view_shows_what_still_waits_with_its_assets_and_last_job(migrated: Schema) -> None:
    waiting = insert(
        migrated,
        "listing_media_batches",
        batch(status="PROCESSING", received_at="2026-11-22 10:00:00", processing_started_at="2026-11-22 10:00:05"),
    )
    insert(migrated, "listing_media_assets", asset(waiting, processed_key="p"))
    insert(migrated, "listing_media_assets", asset(waiting, variant_metadata_json='{"outputs": {}}'))
    insert(migrated, "listing_media_assets", asset(waiting))
    insert(migrated, "listing_media_assets", asset(waiting, variant_metadata_json='{"errorCode": "IMAGE_CORRUPT"}'))
    for number in (1, 2):
        job = {"external_job_id": f"job-{number}", "provider": "MEDIACONVERT", "status": "PROGRESSING"}
        insert(migrated, "listing_media_jobs", job | {"batch_id": waiting})
    for finished in ("READY", "FAILED"):
        insert(migrated, "listing_media_batches", batch(status=finished))
    insert(migrated, "listing_media_batches", batch(status="RECEIVED", deleted_at="2026-11-22 10:00:00"))
    [row] = migrated.rows("SELECT * FROM listing_media_active_batches")
    assert row["batch_id"] == waiting
    assert (row["assets_pending"], row["assets_processed"], row["assets_failed"]) == (2, 1, 1)
    assert (row["last_job_id"], row["last_job_status"]) == ("job-2", "PROGRESSING")
    [clock] = migrated.rows(
        "SELECT TIMESTAMPDIFF(SECOND, '2026-11-22 10:00:00', UTC_TIMESTAMP()) - age_seconds AS apart "
        "FROM listing_media_active_batches"
    )
    assert clock["apart"] <= 1


def test_the_view_ages_a_batch_without_uploads_by_its_registration(migrated: Schema) -> None:
    manifest = {"uploadedBy": "PHOTOGRAPHER", "registeredAt": "2026-11-22 10:00:00.000000"}
    insert(migrated, "listing_media_batches", batch(status="PENDING_UPLOAD", upload_manifest_json=json.dumps(manifest)))
    insert(migrated, "listing_media_batches", batch(status="PENDING_UPLOAD"))
    ages = [
        row["age_seconds"] for row in migrated.rows("SELECT age_seconds FROM listing_media_active_batches ORDER BY 1")
    ]
    assert ages[0] is None
    assert ages[1] > 0


def test_the_grants_are_exactly_the_promised_ones(migrated: Schema) -> None:
    rights = migrated.rows(
        "SELECT TABLE_NAME AS name, GROUP_CONCAT(PRIVILEGE_TYPE ORDER BY PRIVILEGE_TYPE) AS rights "
        "FROM information_schema.TABLE_PRIVILEGES WHERE TABLE_SCHEMA = DATABASE() AND GRANTEE = %s GROUP BY TABLE_NAME",
        "'toq_app'@'%'",
    )
    everything = "DELETE,INSERT,SELECT,UPDATE"
    assert {row["name"]: row["rights"] for row in rights} == {
        "listing_media_batches": everything,
        "listing_media_assets": everything,
        "listing_media_jobs": everything,
        "listing_media_active_batches": "SELECT",
    }


def test_the_application_can_read_the_view_and_not_the_parents(migrated: Schema) -> None:
    with migrated.application_url.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) AS n FROM listing_media_active_batches")
        with pytest.raises(pymysql.OperationalError, match="denied"):
            cursor.execute("SELECT COUNT(*) FROM users")


def test_the_privileges_that_the_documentation_names_are_enough(parents: Schema) -> None:
    with account(parents, f"GRANT {DOCUMENTED_RIGHTS} ON {parents.url.schema}.* TO {{}}") as url:
        assert parents.migrate("up", url=url) == 0
        assert parents.migrate("rollback", *parents.steps, url=url) == 0


def test_revoking_undoes_the_grants(migrated: Schema) -> None:
    migrated.run_script(MIGRATIONS / "revoke.sql")
    query = (
        "SELECT COUNT(*) AS n FROM information_schema.TABLE_PRIVILEGES WHERE TABLE_SCHEMA = DATABASE() AND GRANTEE = %s"
    )
    assert migrated.rows(query, "'toq_app'@'%'") == [{"n": 0}]


def test_the_view_outlives_the_account_that_created_it(parents: Schema) -> None:
    parents.rows("CREATE USER 'passing_dba'@'%' IDENTIFIED BY 'pw'")
    parents.rows("GRANT ALL ON *.* TO 'passing_dba'@'%'")
    host = f"{parents.url.host}:{parents.url.port}"
    assert parents.migrate("up", url=f"mysql://passing_dba:pw@{host}/{parents.url.schema}") == 0
    parents.rows("DROP USER 'passing_dba'@'%'")
    parents.run_script(MIGRATIONS / "grants.sql")
    with parents.application_url.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) AS n FROM listing_media_active_batches")
        assert list(cursor.fetchall()) == [{"n": 0}]
