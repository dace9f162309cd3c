"""What a run refuses, each with one line that names the cause and the remedy, and nothing changed."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from operations.migrate.database_url import DatabaseUrl
from operations.migrate.server import lock_name
from tests.support.database.circumstances import account, setting
from tests.support.database.mariadb import MariaDb
from tests.support.database.schema import Schema, with_password
from tests.support.waiting import wait_until

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def parents(parents: Schema, creating_migrations: Path) -> Schema:
    """With migrations of which each test knows what they do."""
    return replace(parents, folder=creating_migrations)


def refusal(schema: Schema, capfd: Capture, *arguments: str, url: str | None = None) -> str:
    """The line that a refused command says; the schema's objects must be the same before and after."""
    before = schema.names()
    capfd.readouterr()
    assert schema.migrate(*(arguments or ("up",)), url=url) == 2
    assert schema.names() == before
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("migrate: ")
    return lines[0]


def test_a_server_that_does_not_answer(empty: Schema, capfd: Capture) -> None:
    nobody = with_password(replace(empty.url, port=1))
    said = refusal(empty, capfd, "up", "--wait", "0.3", url=nobody)
    assert "no connection within 0.3 s" in said
    assert "start the server or correct DATABASE_URL" in said


def test_a_server_that_comes_up_late_is_waited_for(empty: Schema) -> None:
    empty.server.kill()
    late = threading.Thread(target=empty.server.start)
    late.start()
    assert empty.migrate("status", "--wait", "60") == 0
    late.join()


@pytest.mark.parametrize("empty", ["mysql"], indirect=True)  # this MariaDB offers no TLS
@pytest.mark.parametrize(("option", "encrypted"), [("false", False), ("preferred", True), ("skip-verify", True)])
def test_a_connection_is_encrypted_as_asked_for(empty: Schema, option: str, encrypted: bool) -> None:
    url = DatabaseUrl.parse(f"{empty.text}?tls={option}")
    with url.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
        assert bool(cursor.fetchall()[0]["Value"]) is encrypted


def test_a_host_that_is_not_known(empty: Schema, capfd: Capture) -> None:
    said = refusal(empty, capfd, url=with_password(replace(empty.url, host="no-such-host.invalid")))
    assert "host no-such-host.invalid is not known" in said


def test_a_wrong_password(empty: Schema, capfd: Capture) -> None:
    said = refusal(empty, capfd, url=with_password(replace(empty.url, password="wrong-secret")))
    assert "wrong user or password" in said
    assert "wrong-secret" not in said


def test_a_schema_that_does_not_exist(empty: Schema, capfd: Capture) -> None:
    said = refusal(empty, capfd, url=with_password(replace(empty.url, schema="not_there")))
    assert "schema not_there does not exist: CREATE DATABASE not_there CHARACTER SET utf8mb4" in said


def test_a_schema_that_the_account_may_not_use(empty: Schema, capfd: Capture) -> None:
    assert "toq_app may not use the schema" in refusal(empty, capfd, url=with_password(empty.application_url))


def test_a_certificate_that_nobody_vouches_for(empty: Schema, capfd: Capture) -> None:
    said = refusal(empty, capfd, url=f"{empty.text}?tls=true")
    assert "certificate is not trusted" in said or "offers no TLS" in said


def test_a_schema_of_another_collation(parents: Schema, capfd: Capture) -> None:
    parents.rows(f"ALTER DATABASE `{parents.url.schema}` COLLATE utf8mb4_general_ci")
    assert "is utf8mb4 / utf8mb4_general_ci, not utf8mb4 / utf8mb4_unicode_ci" in refusal(parents, capfd)


def test_a_read_only_server(parents: Schema, capfd: Capture) -> None:
    with setting(parents, "read_only", "ON"):
        assert "read-only" in refusal(parents, capfd)


def test_a_missing_parent_table(parents: Schema, capfd: Capture) -> None:
    parents.rows("DROP TABLE listing_identities")
    said = refusal(parents, capfd)
    assert "table listing_identities is missing" in said
    assert "apply the backend's own migrations first" in said


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ("MODIFY id INT UNSIGNED NOT NULL AUTO_INCREMENT", "column id int unsigned not null"),
        ("MODIFY id BIGINT NOT NULL AUTO_INCREMENT", "column id bigint not null"),
        ("MODIFY id CHAR(36) NOT NULL", "column id char(36)"),
        ("ENGINE = MyISAM", "users is no InnoDB table"),
        ("MODIFY id BIGINT UNSIGNED NOT NULL, DROP PRIMARY KEY", "users.id has no primary or unique key"),
    ],
)
def test_a_parent_that_a_foreign_key_cannot_point_at(parents: Schema, capfd: Capture, change: str, cause: str) -> None:
    parents.rows(f"ALTER TABLE users {change}")
    assert cause in refusal(parents, capfd)


def test_a_missing_privilege(parents: Schema, capfd: Capture) -> None:
    everything_but_references = "SELECT, INSERT, CREATE, DROP, CREATE VIEW"
    with account(parents, f"GRANT {everything_but_references} ON {parents.url.schema}.* TO {{}}") as url:
        said = refusal(parents, capfd, url=url)
    assert "migrator@% lacks REFERENCES on" in said
    assert f"GRANT REFERENCES ON {parents.url.schema}.* TO 'migrator'@'%'" in said


def test_rights_that_come_through_a_role_count(parents: Schema) -> None:
    name, word = ("toq_role", "FOR") if isinstance(parents.server, MariaDb) else ("'toq_role'", "TO")
    parents.rows(f"CREATE ROLE {name}")
    try:
        parents.rows(f"GRANT ALL ON {parents.url.schema}.* TO {name}")
        with account(parents, f"GRANT {name} TO {{}}") as url:
            parents.rows(f"SET DEFAULT ROLE {name} {word} 'migrator'@'%'")
            assert parents.migrate("dry-run", url=url) == 0
    finally:
        parents.rows(f"DROP ROLE {name}")


def test_an_object_that_is_in_the_way(parents: Schema, capfd: Capture) -> None:
    parents.rows("CREATE TABLE listing_media_assets (id INT PRIMARY KEY)")
    said = refusal(parents, capfd)
    assert "20261122200200 create_listing_media_assets cannot be applied: listing_media_assets exists already" in said


def test_a_record_table_of_another_tool(parents: Schema, capfd: Capture) -> None:
    parents.rows("CREATE TABLE listing_media_migrations (version BIGINT PRIMARY KEY, dirty BOOL)")
    assert "listing_media_migrations is not a table of dbmate's layout" in refusal(parents, capfd)


def test_the_backends_own_migration_table_is_left_alone(parents: Schema) -> None:
    parents.rows("CREATE TABLE schema_migrations (version BIGINT NOT NULL PRIMARY KEY, dirty BOOLEAN NOT NULL)")
    assert parents.migrate("up") == 0
    assert parents.rows("SELECT * FROM schema_migrations") == []


def test_a_version_that_this_checkout_does_not_know(migrated: Schema, capfd: Capture) -> None:
    migrated.rows("INSERT INTO listing_media_migrations VALUES ('20991231000000')")
    assert "version 20991231000000 is recorded as applied, but not in migrations/" in refusal(migrated, capfd)


def test_a_gap_in_the_record(migrated: Schema, capfd: Capture) -> None:
    migrated.rows("DELETE FROM listing_media_migrations WHERE version = '20261122200200'")
    assert "version 20261122200200 is pending, but later ones are applied" in refusal(migrated, capfd)


def test_another_run_at_work(parents: Schema, capfd: Capture) -> None:
    with parents.connect() as other, other.cursor() as cursor:
        cursor.execute("SELECT GET_LOCK(%s, 0), CONNECTION_ID() AS id", (lock_name(parents.url.schema),))
        holder = cursor.fetchall()[0]["id"]
        said = refusal(parents, capfd, "up", "--lock-wait", "0")
        assert f"another run (connection {holder})" in said


@pytest.mark.parametrize("empty", ["mysql"], indirect=True)  # MariaDB's CREATE TABLE does not wait for its parents
def test_a_parent_table_that_a_transaction_uses(parents: Schema, capfd: Capture) -> None:
    """CREATE TABLE needs its parents for itself for a moment; it gives up rather than hold up the backend."""
    with parents.connect(autocommit=False) as reader, reader.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM users FOR UPDATE")
        assert "another session uses a table" in refusal(parents, capfd, "up", "--ddl-wait", "1")
    assert parents.migrate("up") == 0


def test_a_row_that_arrives_while_a_rollback_waits(migrated: Schema, capfd: Capture) -> None:
    """The check before the drop holds the table, so no row gets in between the two."""
    with migrated.connect(autocommit=False) as writer, writer.cursor() as cursor:
        cursor.execute(
            "INSERT INTO listing_media_batches (listing_id, photographer_user_id, status, upload_manifest_json) "
            "VALUES (1, 1, 'RECEIVED', '{}')"
        )
        codes: list[int] = []
        arguments = ("rollback", *migrated.steps, "--ddl-wait", "20")
        run = threading.Thread(target=lambda: codes.append(migrated.migrate(*arguments)))
        run.start()
        wait_until(lambda: "Waiting" in waiting_state(migrated))
        writer.commit()
        run.join()
    assert codes == [2]
    assert migrated.rows("SELECT COUNT(*) AS n FROM listing_media_batches") == [{"n": 1}]
    assert "listing_media_batches holds rows" in capfd.readouterr().err


def waiting_state(schema: Schema) -> str:
    query = "SELECT state FROM information_schema.PROCESSLIST WHERE info LIKE 'LOCK TABLES%%' AND db = %s"
    return " ".join(str(row.get("state") or row.get("STATE")) for row in schema.rows(query, schema.url.schema))
