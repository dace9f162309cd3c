"""The tables on a replica: same schema, same rows, and as many bytes in the binary log as the documentation says."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from localstack.backend import callbacks
from localstack.backend.callbacks import Callback
from localstack.backend.repository import transaction
from localstack.local_platform.database import MySql
from operations.migrate.database_url import DatabaseUrl
from tests.support.callback_bodies import LISTING, body, output
from tests.support.database.schema import MIGRATIONS, OBJECTS, PARENTS, Schema
from tests.support.database.servers import FAST

GTID = ("--gtid-mode=ON", "--enforce-gtid-consistency=ON", "--log-bin=binlog")
PHOTOS = 40
TABLES = [name for name in OBJECTS if name != "listing_media_active_batches"]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Schema, Schema]]:
    """A primary, and a replica that follows it from an empty schema on."""
    with ExitStack() as stack:
        servers = [
            stack.enter_context(MySql(tmp_path / name, options=(*FAST, *GTID, f"--server-id={number}")))
            for number, name in enumerate(("primary", "replica"), start=1)
        ]
        primary, replica = (
            Schema(server, *(DatabaseUrl.parse(text) for text in (server.admin_url, server.application_url)))
            for server in servers
        )
        replica.rows(
            "CHANGE REPLICATION SOURCE TO SOURCE_HOST = %s, SOURCE_PORT = %s, SOURCE_USER = %s, SOURCE_PASSWORD = %s, "
            "SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1, SOURCE_CONNECT_RETRY = 1",
            primary.url.host,
            primary.url.port,
            primary.url.user,
            primary.url.password,
        )
        replica.rows("START REPLICA")
        primary.run_script(PARENTS)
        assert primary.migrate("up") == 0
        primary.run_script(MIGRATIONS / "grants.sql")
        yield primary, replica


def test_a_replica_has_the_same_schema_and_rows(pair: tuple[Schema, Schema]) -> None:
    primary, replica = pair
    batch_id = a_finished_batch(primary)
    primary.rows(
        "INSERT INTO listing_media_batches SELECT %s, 7, 1, 'READY', '{}', NULL, NULL, NULL, NULL, NULL, NULL, NULL",
        batch_id + 1,
    )
    primary.rows("DELETE FROM listing_identities WHERE id = 7")
    catch_up(primary, replica)
    assert replica.create_statements() == primary.create_statements()
    assert checksums(replica) == checksums(primary)
    assert replica.rows("SELECT COUNT(*) AS n FROM listing_media_batches") == [{"n": 1}], "the cascade reached it"


def test_the_binary_log_grows_as_documented(pair: tuple[Schema, Schema]) -> None:
    primary, _ = pair
    grown = {}
    for image in ("FULL", "MINIMAL"):
        primary.rows(f"SET GLOBAL binlog_row_image = {image}")
        before = log_position(primary)
        a_finished_batch(primary)
        grown[image] = log_position(primary) - before
    assert grown["FULL"] == pytest.approx(132_000, rel=0.15)
    assert grown["MINIMAL"] == pytest.approx(55_000, rel=0.15)


def a_finished_batch(schema: Schema) -> int:
    """Register 40 photos, enqueue, call back: what the backend writes for one batch."""
    url = schema.application_url
    keys = [f"{LISTING}/raw/photo/vertical/2026-11-22/7-{number:04}-DSC_000{number}.jpg" for number in range(PHOTOS)]
    rows = [asset(number, key) for number, key in enumerate(keys)]
    manifest: dict[str, Any] = {"uploadedBy": "PHOTOGRAPHER", "assets": [as_announced(row) for row in rows]}
    with transaction(url) as repository:
        batch_id = repository.insert_batch(LISTING, 1, {})
        repository.set_manifest(batch_id, manifest)
        repository.insert_assets([row | {"batch_id": batch_id} for row in rows])
    for status in ("RECEIVED", "PROCESSING"):
        with transaction(url) as repository:
            batch = repository.lock_batch(batch_id)
            assert batch
            batch.status = status
            repository.save_progress(batch)
    outputs = [output(key, outputs=variants(key)) for key in keys]
    with transaction(url) as repository:
        assert callbacks.apply(repository, Callback.model_validate_json(json.dumps(body(batch_id, outputs=outputs))))
    return batch_id


def asset(number: int, key: str) -> dict[str, Any]:
    return {
        "asset_type": "PHOTO_VERTICAL",
        "orientation": "VERTICAL",
        "source_key": key,
        "checksum_sha256": "ab" * 32,
        "content_type": "image/jpeg",
        "bytes": 8_388_608,
        "title": "Sala",
        "sequence": number,
    }


def as_announced(row: dict[str, Any]) -> dict[str, Any]:
    names = {"key": "source_key", "assetType": "asset_type", "contentType": "content_type", "bytes": "bytes"}
    names |= {"checksumSha256": "checksum_sha256", "sequence": "sequence", "title": "title"}
    return {name: row[column] for name, column in names.items()}


def variants(key: str) -> dict[str, str]:
    stem = key.replace("raw", "thumb").removesuffix(".jpg")
    return {name: f"{stem}-{name}.jpg" for name in ("processed", "thumbnail", "small", "medium", "large")}


def checksums(schema: Schema) -> list[Any]:
    return [row["Checksum"] for row in schema.rows(f"CHECKSUM TABLE {', '.join(TABLES)}")]


def log_position(schema: Schema) -> int:
    """Bytes in the current binary log."""
    return int(schema.rows("SHOW BINARY LOG STATUS")[0]["Position"])


def catch_up(primary: Schema, replica: Schema) -> None:
    """Wait until the replica has applied all that the primary has."""
    executed = primary.rows("SELECT @@GLOBAL.gtid_executed AS executed")[0]["executed"]
    [answer] = replica.rows("SELECT WAIT_FOR_EXECUTED_GTID_SET(%s, 30) AS timed_out", executed)
    [status] = replica.rows("SHOW REPLICA STATUS")
    assert answer["timed_out"] == 0, status["Last_SQL_Error"] or status["Last_IO_Error"]
