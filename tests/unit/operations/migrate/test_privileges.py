import pytest

from operations.migrate import privileges
from operations.migrate.migrations import Statement
from operations.migrate.privileges import granted

UP = [
    Statement.parse("CREATE TABLE a (x INT, FOREIGN KEY (x) REFERENCES p (id))", "up"),
    Statement.parse("CREATE OR REPLACE SQL SECURITY INVOKER VIEW v AS SELECT 1 FROM a JOIN b", "up"),
]
DOWN = [Statement.parse("DROP VIEW v", "down"), Statement.parse("DROP TABLE a", "down")]


@pytest.mark.parametrize(
    "line",
    [
        "GRANT SELECT, CREATE ON *.* TO `dba`@`%`",
        "GRANT SELECT, CREATE ON `toq_server`.* TO `dba`@`%` WITH GRANT OPTION",
        r"GRANT SELECT, CREATE ON `toq\_server`.* TO `dba`@`%`",
        "GRANT SELECT, CREATE ON `toq%`.* TO `dba`@`%`",
        "GRANT SELECT, CREATE ON `toq_server`.`a` TO `dba`@`%`",
        "GRANT SELECT, CREATE ON `toq_server`.`a` TO 'dba'@'%' IDENTIFIED BY PASSWORD 'x'",
    ],
)
def test_a_grant_on_what_holds_the_table_counts(line: str) -> None:
    assert granted([line], "toq_server", "a") == {"SELECT", "CREATE"}


@pytest.mark.parametrize(
    "line",
    [
        "GRANT SELECT ON `other`.* TO `dba`@`%`",
        r"GRANT SELECT ON `toq\_serve`.* TO `dba`@`%`",
        "GRANT SELECT ON `toq_server`.`b` TO `dba`@`%`",
        "GRANT `role`@`%` TO `dba`@`%`",
        "GRANT USAGE ON *.* TO `dba`@`%`",
        "GRANT PROXY ON ``@`` TO `root`@`localhost` WITH GRANT OPTION",
    ],
)
def test_a_grant_on_something_else_does_not(line: str) -> None:
    assert not granted([line], "toq_server", "a") & {"SELECT"}


def test_all_privileges_hold_what_migrations_need() -> None:
    assert granted(["GRANT ALL PRIVILEGES ON `s`.* TO `a`@`%`"], "s", "t") >= {
        "CREATE VIEW",
        "LOCK TABLES",
        "REFERENCES",
    }


def test_a_partial_revoke_takes_away() -> None:
    lines = ["GRANT SELECT, CREATE ON *.* TO `a`@`%`", "REVOKE CREATE ON `s`.* FROM `a`@`%`"]
    assert granted(lines, "s", "t") == {"SELECT"}


def test_a_grant_on_columns_is_read_as_one_on_their_table() -> None:
    assert granted(["GRANT SELECT (`x`, `y`), INSERT ON `s`.`t` TO `a`@`%`"], "s", "t") == {"SELECT", "INSERT"}


def test_what_going_up_needs() -> None:
    assert privileges.for_up(UP) == {
        "a": {"CREATE", "SELECT"},
        "p": {"REFERENCES"},
        "v": {"CREATE VIEW", "DROP"},
        "b": {"SELECT"},
        "listing_media_migrations": {"CREATE", "SELECT", "INSERT"},
    }


def test_what_going_down_needs() -> None:
    assert privileges.for_down(DOWN) == {
        "v": {"DROP"},
        "a": {"DROP", "SELECT", "LOCK TABLES"},
        "listing_media_migrations": {"SELECT", "DELETE"},
    }


@pytest.mark.parametrize(
    ("sql", "locked"), [("DROP COLUMN x", {"SELECT", "LOCK TABLES"}), ("MODIFY x ENUM('a') NOT NULL", set())]
)
def test_taking_a_change_of_a_table_back_needs_it_locked_where_values_go(sql: str, locked: set[str]) -> None:
    needs = privileges.for_down([Statement.parse(f"ALTER TABLE a {sql}", "down")])
    assert needs["a"] == {"ALTER", "CREATE", "INSERT"} | locked


def test_nothing_to_do_needs_nothing() -> None:
    assert privileges.for_up([]) == {}
