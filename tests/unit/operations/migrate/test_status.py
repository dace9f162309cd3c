import pytest

from operations.migrate.errors import RefusedError
from operations.migrate.status import Status, determine_statuses
from tests.support.imaginary_migrations import ALL, OTHER, TABLE_1, TABLE_2

FOREIGN = ("table photos engine MyISAM collation latin1_swedish_ci",)


def statuses(recorded: list[str], photos: tuple[str, ...], videos: tuple[str, ...] = ()) -> list[Status]:
    return [step.status for step in determine_statuses(ALL, recorded, {"photos": photos, "videos": videos})]


@pytest.mark.parametrize(
    ("recorded", "photos", "videos", "expected"),
    [
        ([], (), (), "pending pending pending"),
        (["1"], TABLE_1, (), "applied pending pending"),
        (["1", "2"], TABLE_2, (), "applied applied pending"),
        (["1", "2", "3"], TABLE_2, OTHER, "applied applied applied"),
    ],
)
def test_a_schema_between_two_migrations_is_recognised(
    recorded: list[str], photos: tuple[str, ...], videos: tuple[str, ...], expected: str
) -> None:
    assert statuses(recorded, photos, videos) == expected.split()


@pytest.mark.parametrize(
    ("recorded", "photos", "videos", "expected"),
    [
        ([], TABLE_1, (), [Status.UNRECORDED, Status.PENDING, Status.PENDING]),
        (["1"], TABLE_2, (), [Status.APPLIED, Status.UNRECORDED, Status.PENDING]),
        (["1", "2"], TABLE_2, OTHER, [Status.APPLIED, Status.APPLIED, Status.UNRECORDED]),
    ],
)
def test_a_statement_that_nobody_recorded_is_recognised(
    recorded: list[str], photos: tuple[str, ...], videos: tuple[str, ...], expected: list[Status]
) -> None:
    assert statuses(recorded, photos, videos) == expected


@pytest.mark.parametrize(
    ("recorded", "photos", "videos", "expected"),
    [
        (["1"], (), (), [Status.UNDONE, Status.PENDING, Status.PENDING]),
        (["1", "2"], TABLE_1, (), [Status.APPLIED, Status.UNDONE, Status.PENDING]),
        (["1", "2", "3"], TABLE_2, (), [Status.APPLIED, Status.APPLIED, Status.UNDONE]),
    ],
)
def test_a_rollback_that_nobody_recorded_is_recognised(
    recorded: list[str], photos: tuple[str, ...], videos: tuple[str, ...], expected: list[Status]
) -> None:
    assert statuses(recorded, photos, videos) == expected


@pytest.mark.parametrize("recorded", [[], ["1"], ["1", "2"]])
def test_an_object_of_somebody_else_is_never_taken_for_ours(recorded: list[str]) -> None:
    assert Status.DIFFERENT in statuses(recorded, FOREIGN)


def test_an_object_in_the_way_of_a_later_migration_is_seen_before_the_first() -> None:
    assert statuses([], (), FOREIGN) == [Status.PENDING, Status.PENDING, Status.DIFFERENT]


def test_a_table_that_vanished_under_later_migrations_is_different_not_undone() -> None:
    assert statuses(["1", "2", "3"], (), OTHER) == [Status.APPLIED, Status.DIFFERENT, Status.APPLIED]


def test_the_difference_is_named() -> None:
    steps = determine_statuses(ALL, ["1"], {"photos": (TABLE_1[0], "column id int not null"), "videos": ()})
    assert steps[0].detail == (
        "photos differs: expected 'column id bigint unsigned not null', found 'column id int not null'"
    )


def test_an_object_in_the_way_is_compared_with_what_would_be_created() -> None:
    steps = determine_statuses(ALL, [], {"photos": TABLE_1[:1], "videos": ()})
    assert steps[0].detail == (
        "photos exists already and is not what it creates: 'column id bigint unsigned not null' is missing"
    )


def test_a_missing_object_is_said_to_be_missing() -> None:
    steps = determine_statuses(ALL, ["1", "2", "3"], {"photos": (), "videos": OTHER})
    assert steps[1].detail == "photos is missing"


@pytest.mark.parametrize(("recorded", "cause"), [(["9"], "version 9 is recorded"), (["2"], "version 1 is pending")])
def test_a_record_that_is_not_of_these_files_is_refused(recorded: list[str], cause: str) -> None:
    with pytest.raises(RefusedError, match=cause):
        statuses(recorded, ())
