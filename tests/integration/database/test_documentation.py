"""docs/database.md is true: its commands and statements run, in its order, on a server like production's."""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from localstack.local_platform.database import MySql
from operations.migrate.database_url import DatabaseUrl
from tests.support.database.schema import MIGRATIONS, PARENTS, Schema, versions
from toolchain.paths import MYSQL, ROOT

DOCUMENT = ROOT / "docs/database.md"
_BLOCK = re.compile(r"^```(sh|sql)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who follows the document: a shell with the variables that it names."""

    environment: dict[str, str]

    def follow(self, kind: str, block: str) -> str:
        script = block if kind == "sh" else 'mysql --defaults-extra-file="$DBA" --table toq_server'
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            input=block if kind == "sql" else "",
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture
def toq_server(servers: dict[str, MySql]) -> Iterator[Schema]:
    """The schema of that name, with the backend's tables and the account `toq_app`, as a DBA finds it."""
    server = servers["mysql"]
    schema = Schema(server, *(DatabaseUrl.parse(text) for text in (server.admin_url, server.application_url)))
    schema.run_script(PARENTS)
    yield schema
    schema.run_script(
        "DROP DATABASE toq_server; CREATE DATABASE toq_server COLLATE utf8mb4_unicode_ci;"
        "DROP USER IF EXISTS 'toq_migrate'@'%'"
    )


@pytest.fixture
def operator(toq_server: Schema, tmp_path: Path) -> Operator:
    url = toq_server.url
    options = tmp_path / "dba.cnf"
    options.touch(mode=0o600)
    options.write_text(f"[client]\nhost={url.host}\nport={url.port}\nuser={url.user}\npassword={url.password}\n")
    return Operator(
        {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "PATH": f"{MYSQL / 'bin'}:{os.environ['PATH']}",
            "DBA": str(options),
            "BACKUP": str(tmp_path),
            "DATABASE_URL": f"mysql://toq_migrate:change-me@{url.host}:{url.port}/toq_server",
        }
    )


def test_every_command_and_statement_of_the_document_runs(toq_server: Schema, operator: Operator) -> None:
    blocks = _BLOCK.findall(DOCUMENT.read_text())
    assert len(blocks) == DOCUMENT.read_text().count("```") / 2, "a block is of no kind that this test runs"
    said = [operator.follow(kind, block) for kind, block in blocks]
    everything = "\n".join(said)
    assert "dry run: nothing was changed" in everything
    assert f"{len(versions())} applied, toq_server is up to date" in everything
    assert re.search(r"listing_media_batches +\| DELETE,INSERT,SELECT,UPDATE", everything)
    assert f"{len(versions())} rolled back, 0 left" in everything
    assert toq_server.names() == ["listing_identities", "listing_media_migrations", "users"]


def test_the_backup_restores_what_was_backed_up(toq_server: Schema, operator: Operator) -> None:
    blocks = _BLOCK.findall(DOCUMENT.read_text())
    assert toq_server.migrate("up") == 0
    toq_server.rows(
        "INSERT INTO listing_media_batches (listing_id, photographer_user_id, status, upload_manifest_json) "
        "VALUES (1, 1, 'READY', '{\"uploadedBy\": \"PHOTOGRAPHER\"}')"
    )
    operator.follow("sh", next(block for _, block in blocks if "mysqldump" in block))
    checksums = operator.follow("sh", next(block for _, block in blocks if "CHECKSUM TABLE" in block))
    found = re.findall(r"listing_media_batches\s+(\d+)", checksums)
    assert len(found) == 2
    assert found[0] == found[1] != "0"


def test_the_document_names_every_object_and_every_option() -> None:
    text = DOCUMENT.read_text()
    for path in (MIGRATIONS).glob("[0-9]*_create_*.sql"):
        assert path.stem.split("create_")[-1] in text
    for option in ("--lock-wait", "--ddl-wait", "--steps", "--lose-rows-of"):
        assert option in text
