import pytest

from operations.migrate.assessment import State, assess
from operations.migrate.errors import RefusedError
from tests.support.imaginary_migrations import ALL, OTHER, TABLE_1, TABLE_2

FOREIGN = ("table photos engine MyISAM collation latin1_swedish_ci",)


def states(recorded: list[str], photos: tuple[str, ...], films: tuple[str, ...] = ()) -> list[State]:
    return [step.state for step in assess(ALL, recorded, {"photos": photos, "films": films})]


@pytest.mark.parametrize(
    ("recorded", "photos", "films", "expected"),
    [
        ([], (), (), "pending pending pending"),
        (["1"], TABLE_1, (), "applied pending pending"),
        (["1", "2"], TABLE_2, (), "applied applied pending"),
        (["1", "2", "3"], TABLE_2, OTHER, "applied applied applied"),
    ],
)
def test_a_schema_between_two_migrations_is_recognised(
    recorded: list[str], photos: tuple[str, ...], films: tuple[str, ...], expected: str
) -> None:
    assert states(recorded, photos, films) == expected.split()


@pytest.mark.parametrize(
    ("recorded", "photos", "films", "expected"),
    [
        ([], TABLE_1, (), [State.UNRECORDED, State.PENDING, State.PENDING]),
        (["1"], TABLE_2, (), [State.APPLIED, State.UNRECORDED, State.PENDING]),
        (["1", "2"], TABLE_2, OTHER, [State.APPLIED, State.APPLIED, State.UNRECORDED]),
    ],
)
def test_a_statement_that_nobody_recorded_is_recognised(
    recorded: list[str], photos: tuple[str, ...], films: tuple[str, ...], expected: list[State]
) -> None:
    assert states(recorded, photos, films) == expected


@pytest.mark.parametrize(
    ("recorded", "photos", "films", "expected"),
    [
        (["1"], (), (), [State.UNDONE, State.PENDING, State.PENDING]),
        (["1", "2"], TABLE_1, (), [State.APPLIED, State.UNDONE, State.PENDING]),
        (["1", "2", "3"], TABLE_2, (), [State.APPLIED, State.APPLIED, State.UNDONE]),
    ],
)
def test_a_rollback_that_nobody_recorded_is_recognised(
    recorded: list[str], photos: tuple[str, ...], films: tuple[str, ...], expected: list[State]
) -> None:
    assert states(recorded, photos, films) == expected


@pytest.mark.parametrize("recorded", [[], ["1"], ["1", "2"]])
def test_an_object_of_somebody_else_is_never_taken_for_ours(recorded: list[str]) -> None:
    assert State.DIFFERENT in states(recorded, FOREIGN)


def test_an_object_in_the_way_of_a_later_migration_is_seen_before_the_first() -> None:
    assert states([], (), FOREIGN) == [State.PENDING, State.PENDING, State.DIFFERENT]


def test_a_table_that_vanished_under_later_migrations_is_different_not_undone() -> None:
    assert states(["1", "2", "3"], (), OTHER) == [State.APPLIED, State.DIFFERENT, State.APPLIED]


def test_the_difference_is_named() -> None:
    steps = assess(ALL, ["1"], {"photos": (TABLE_1[0], "column id int not null"), "films": ()})
    assert steps[0].detail == (
        "photos differs: expected 'column id bigint unsigned not null', found 'column id int not null'"
    )


def test_an_object_in_the_way_is_compared_with_what_would_be_created() -> None:
    steps = assess(ALL, [], {"photos": TABLE_1[:1], "films": ()})
    assert steps[0].detail == (
        "photos exists already and is not what it creates: 'column id bigint unsigned not null' is missing"
    )


def test_a_missing_object_is_said_to_be_missing() -> None:
    steps = assess(ALL, ["1", "2", "3"], {"photos": (), "films": OTHER})
    assert steps[1].detail == "photos is missing"


@pytest.mark.parametrize(("recorded", "cause"), [(["9"], "version 9 is recorded"), (["2"], "version 1 is pending")])
def test_a_record_that_is_not_of_these_files_is_refused(recorded: list[str], cause: str) -> None:
    with pytest.raises(RefusedError, match=cause):
        states(recorded, ())
