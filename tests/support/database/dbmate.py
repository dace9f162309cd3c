"""dbmate on a schema under test: the tool that others may use on the same files."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.database.schema import HISTORY, Schema


def run_dbmate(schema: Schema, *arguments: str) -> str:
    environment = {"DBMATE_MIGRATIONS_TABLE": HISTORY, "DBMATE_NO_DUMP_SCHEMA": "true", "PATH": os.environ["PATH"]}
    dbmate = Path(sys.executable).with_name("dbmate")
    done = subprocess.run(
        [dbmate, "--url", schema.text, "--migrations-dir", schema.folder, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
