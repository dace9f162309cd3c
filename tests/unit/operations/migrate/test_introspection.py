import pytest

from operations.migrate.introspection import check_clause, column_type, difference


@pytest.mark.parametrize(
    "printed",
    [
        r"regexp_like(`checksum_sha256`,_utf8mb4\'^[0-9a-fA-F]{64}$\')",  # MySQL, information_schema
        r"regexp_like(`checksum_sha256`,_utf8mb4'^[0-9a-fA-F]{64}$')",  # MySQL, SHOW CREATE
        r"(`checksum_sha256` regexp '^[0-9a-fA-F]{64}$')",
        r"`checksum_sha256` regexp '^[0-9a-fA-F]{64}$'",  # MariaDB
    ],
)
def test_servers_spell_one_condition_differently(printed: str) -> None:
    assert check_clause(printed) == "checksum_sha256 regexp '^[0-9a-fA-F]{64}$'"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("(`bytes` > 0)", "(`bytes` >= 0)"),
        ("regexp_like(`a`,_utf8mb4'^x$')", "regexp_like(`a`,_utf8mb4'^y$')"),
        ("(`finished_at` >= `started_at`)", "(`started_at` >= `finished_at`)"),
    ],
)
def test_different_conditions_stay_different(one: str, other: str) -> None:
    assert check_clause(one) != check_clause(other)


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("bigint(20) unsigned", "bigint unsigned"),
        ("int(10)", "int"),
        ("bigint unsigned", "bigint unsigned"),
        ("varchar(50)", "varchar(50)"),
        ("datetime(6)", "datetime(6)"),
        ("enum('int(3)')", "enum('int')"),  # harmless: both servers print the same text here
    ],
)
def test_display_widths_are_left_out(printed: str, said: str) -> None:
    assert column_type(printed) == said


@pytest.mark.parametrize(
    ("expected", "found", "said"),
    [
        (["a", "b"], ["a", "c"], "expected 'b', found 'c'"),
        (["a", "b"], ["a"], "'b' is missing"),
        (["a"], ["a", "b"], "'b' was not expected"),
        (["a", "b"], ["b", "a"], "'the order of its columns' was not expected"),
    ],
)
def test_the_first_difference_is_said(expected: list[str], found: list[str], said: str) -> None:
    assert difference(expected, found) == said
