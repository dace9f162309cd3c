"""Each of the backend's queries finds its rows by an index, as EXPLAIN says and as the storage engine counts."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from pymysql.cursors import DictCursor

from bench.database import Question, questions
from bench.database_rows import Volume, fill
from localstack.backend import queries
from tests.support.database.schema import Schema

VOLUME = Volume(2_000)
EXPECTED = {
    queries.BATCHES_BY_STATUS: {"idx_listing_status"},
    queries.NEWEST_BATCH: {"idx_listing_newest"},
    queries.ASSETS_IN_ORDER: {"uk_batch_sequence"},
    queries.LAST_JOB: {"idx_batch_job"},
    queries.STUCK_BATCHES: {"idx_status_received"},
}
BY_INDEX = {"const", "eq_ref", "ref", "range"}


@pytest.fixture
def cursor(migrated: Schema) -> Iterator[DictCursor]:
    """A filled schema. One busy listing holds a quarter of all batches, none of them new."""
    with migrated.connect() as connection, connection.cursor() as cursor:
        fill(cursor, VOLUME)
        cursor.execute("UPDATE listing_media_batches SET listing_id = 1 WHERE id <= %s", (VOLUME.batches // 4,))
        cursor.execute("ANALYZE TABLE listing_media_batches")
        cursor.fetchall()
        yield cursor


def test_every_query_is_an_index_access_and_reads_little_more_than_it_returns(cursor: DictCursor) -> None:
    dice = random.Random(1)  # noqa: S311 - which rows are asked for, repeatably
    for question in questions(VOLUME):
        for step in explain(cursor, question.query, question.values(dice)):
            assert step["type"] in BY_INDEX, f"{question.name}: {step}"
            assert step["key"] in EXPECTED.get(question.query, {step["key"]}), f"{question.name}: {step}"
        assert_reads_little(cursor, question, question.values(dice))


@pytest.mark.parametrize("query", [queries.BATCHES_BY_STATUS, queries.NEWEST_BATCH])
def test_a_listing_with_many_old_batches_does_not_tempt_the_optimizer(cursor: DictCursor, query: str) -> None:
    values: tuple[object, ...] = (1, "READY") if query is queries.BATCHES_BY_STATUS else (1,)
    assert_reads_little(cursor, Question("the busy listing", query, lambda _: values), values)
    steps = explain(cursor, query, values)
    assert [step["key"] for step in steps] == list(EXPECTED[query])
    assert "filesort" not in str(steps)


def explain(cursor: DictCursor, query: str, values: tuple[object, ...]) -> list[dict[str, Any]]:
    """The plan's accesses of tables; a derived table, as the view becomes, is no access of its own."""
    cursor.execute(f"EXPLAIN FORMAT=TRADITIONAL {query}", values or None)
    return [step for step in cursor.fetchall() if not str(step["table"]).startswith("<derived")]


def assert_reads_little(cursor: DictCursor, question: Question, values: tuple[object, ...]) -> None:
    cursor.execute("FLUSH STATUS")
    returned = cursor.execute(question.query, values or None)
    cursor.execute("SHOW SESSION STATUS LIKE 'Handler_read%'")
    read = sum(int(row["Value"]) for row in cursor.fetchall())
    assert read <= max(returned, 1) * question.max_rows_read + 3, f"{question.name}: {read} read, {returned} returned"
