"""The backend's queries on tables of production's size: time, rows read, and bytes per million rows.

``ROWS=1000000 python -m bench.database`` is the full size (a million batches, ten million assets; half an hour and
16 GB of disk); the default takes seconds. MySQL runs with the 1 GiB buffer pool of a small production server.
"""

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from pymysql.constants import CLIENT
from pymysql.cursors import DictCursor

from bench.database_rows import ASSETS_PER_BATCH, Volume, fill
from bench.report import ROOT, Budget, Report, finish
from localstack.backend import queries
from localstack.local_platform.database import MySql
from operations.migrate import migrations
from operations.migrate.database_url import DatabaseUrl
from operations.migrate.migrator import Migrator
from operations.migrate.server import session

DEFAULT_BATCHES: Final = 20_000
ASKED: Final = 200  # times each query is asked, with other values each time
# Rows that the storage engine reads for each row that comes back, the end of a range included; a query without its
# index reads the whole table. The view counts each batch's assets three times and looks up its last job.
MAX_ROWS_READ: Final = 3.0
MAX_ROWS_READ_BY_VIEW: Final = 5.0 * ASSETS_PER_BATCH
MAX_MILLISECONDS: Final = 25.0  # 95 of 100 times, also at full size; people wait for these
MAX_MILLISECONDS_OF_VIEW: Final = 250.0  # a dashboard waits for it
TABLES: Final = ("listing_media_batches", "listing_media_assets", "listing_media_jobs")
SERVER_OPTIONS: Final = (
    "--innodb-buffer-pool-size=1G",
    "--innodb-redo-log-capacity=2G",
    "--innodb-flush-log-at-trx-commit=2",  # while filling; reading is not touched by it
)


@dataclass(frozen=True, slots=True)
class Question:
    """One query of the backend with values to ask it with."""

    name: str
    query: str
    values: Callable[[random.Random], tuple[object, ...]]
    max_rows_read: float = MAX_ROWS_READ
    max_milliseconds: float = MAX_MILLISECONDS


def questions(volume: Volume) -> list[Question]:
    """The queries that the requirements' keys are for, and the view."""

    def listing(dice: random.Random) -> int:
        return volume.first_listing + dice.randrange(volume.listings)

    def batch(dice: random.Random) -> int:
        return 1 + dice.randrange(volume.batches)

    stuck_before = datetime.now(UTC).replace(tzinfo=None) - timedelta(minutes=5)
    view = "SELECT * FROM listing_media_active_batches WHERE status IN ('RECEIVED', 'PROCESSING')"
    return [
        Question("batches of a listing by status", queries.BATCHES_BY_STATUS, lambda dice: (listing(dice), "READY")),
        Question("newest batch of a listing", queries.NEWEST_BATCH, lambda dice: (listing(dice),)),
        Question("assets of a batch in order", queries.ASSETS_IN_ORDER, lambda dice: (batch(dice),)),
        Question("last job of a batch", queries.LAST_JOB, lambda dice: (batch(dice),)),
        Question("stuck batches", queries.STUCK_BATCHES, lambda _: (stuck_before,)),
        Question("active batches (view)", view, lambda _: (), MAX_ROWS_READ_BY_VIEW, MAX_MILLISECONDS_OF_VIEW),
    ]


def run() -> Report:
    """Migrate, fill, ask, weigh."""
    volume = Volume(int(os.environ.get("ROWS", DEFAULT_BATCHES)))
    with (
        tempfile.TemporaryDirectory(prefix="toq-bench-") as folder,
        MySql(Path(folder), options=SERVER_OPTIONS) as server,
    ):
        migrated = _migrate(server)
        with server.connect() as connection, connection.cursor() as cursor:
            started = time.monotonic()
            fill(cursor, volume, _progress(volume))
            filled = time.monotonic() - started
            answers = {question: _ask(cursor, question) for question in questions(volume)}
            sizes = [_weigh(cursor, table) for table in TABLES]
            version = _value(cursor, "SELECT VERSION()")
    rows = [*answers.values(), *sizes, {"what": "migrate up, all four", "seconds": round(migrated, 2)}]
    notes = {"mysql": version, "batches": volume.batches, "filled in": f"{filled:.0f} s", "buffer pool": "1 GiB"}
    budgets = [budget for question, row in answers.items() for budget in _budgets(question, row)]
    return Report("database", rows, budgets, notes)


def _budgets(question: Question, row: Mapping[str, Any]) -> list[Budget]:
    return [
        Budget(f"{question.name}: rows read per row returned", row["rows read / returned"], question.max_rows_read),
        Budget(f"{question.name}: 95th percentile", row["p95 ms"], question.max_milliseconds, "ms"),
    ]


def _migrate(server: MySql) -> float:
    url = DatabaseUrl.parse(server.admin_url)
    with url.connect(autocommit=True, client_flag=CLIENT.MULTI_STATEMENTS) as connection, connection.cursor() as cursor:
        cursor.execute((ROOT / "localstack/database/parents.sql").read_text())
        while cursor.nextset():
            pass
    with session(url, wait_seconds=10, ddl_wait_seconds=10) as migrating:
        started = time.monotonic()
        Migrator(migrating, migrations.load(ROOT / "migrations"), say=lambda line: None).up(lock_seconds=10)
        return time.monotonic() - started


def _ask(cursor: DictCursor, question: Question) -> dict[str, Any]:
    """Time one query and count what the storage engine reads for it (MySQL's Handler_read counters)."""
    dice = random.Random(20261122)  # noqa: S311 - which rows are asked for, repeatably
    milliseconds, returned = [], 0
    before = _rows_read(cursor)
    for _ in range(ASKED):
        values = question.values(dice)
        started = time.perf_counter()
        returned += cursor.execute(question.query, values or None)
        cursor.fetchall()
        milliseconds.append(1000 * (time.perf_counter() - started))
    read = _rows_read(cursor) - before
    cursor.execute(f"EXPLAIN FORMAT=TRADITIONAL {question.query}", question.values(dice) or None)
    plan = cursor.fetchall()
    return {
        "what": question.name,
        "index": ", ".join(dict.fromkeys(str(step["key"]) for step in plan)),
        "median ms": round(statistics.median(milliseconds), 3),
        "p95 ms": round(statistics.quantiles(milliseconds, n=20)[-1], 3),
        "rows read / returned": round(read / max(returned, ASKED), 2),
    }


def _rows_read(cursor: DictCursor) -> int:
    cursor.execute("SHOW SESSION STATUS LIKE 'Handler_read%'")
    return sum(int(row["Value"]) for row in cursor.fetchall())


def _weigh(cursor: DictCursor, table: str) -> dict[str, Any]:
    """A table's size on disk, from the tablespace files."""
    rows = _value(cursor, f"SELECT COUNT(*) FROM {table}")  # noqa: S608 - a constant
    query = "SELECT FILE_SIZE FROM information_schema.INNODB_TABLESPACES WHERE NAME = CONCAT(DATABASE(), '/', %s)"
    size = _value(cursor, query, table)
    return {"what": f"{table}, {rows:,} rows", "GB per million rows": round(size / rows * 1e6 / 1e9, 2)}


def _value(cursor: DictCursor, query: str, *arguments: object) -> Any:
    cursor.execute(query, arguments or None)
    return next(iter(cursor.fetchall()[0].values()))


def _progress(volume: Volume) -> Callable[[int], None]:
    """Say every tenth, to the error stream: a full run takes its time."""

    def tell(done: int) -> None:
        if done * 10 // volume.batches > (done - 1) * 10 // volume.batches and volume.batches > DEFAULT_BATCHES:
            print(f"{done:,} batches, {done * ASSETS_PER_BATCH:,} assets", file=sys.stderr, flush=True)

    return tell


def main(arguments: Sequence[str]) -> int:
    """``python -m bench.database``."""
    if arguments or not os.environ.get("ROWS", "1").isdecimal() or int(os.environ.get("ROWS", "1")) < 1:
        print("usage: ROWS=1000000 python -m bench.database (ROWS: batches, a whole number from 1)", file=sys.stderr)
        return 2
    return finish(run())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
