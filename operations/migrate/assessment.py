"""Where a schema stands between its migrations, also when an earlier run was cut off in the middle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from operations.migrate.errors import RefusedError
from operations.migrate.migrations import Migration
from operations.migrate.structure import difference

Structures = Mapping[str, tuple[str, ...]]


class State(StrEnum):
    """What is true of one migration; the value is how it is shown."""

    APPLIED = "applied"
    PENDING = "pending"
    UNRECORDED = "applied, not recorded"  # a run was cut between the statement and its record
    UNDONE = "rolled back, still recorded"  # the same, on the way back
    DIFFERENT = "different"  # neither before nor after: somebody else changed or made the object


@dataclass(frozen=True, slots=True)
class Step:
    """One migration's state; `detail` says what is different."""

    migration: Migration
    state: State
    detail: str = ""


def assess(migrations: Sequence[Migration], recorded: Sequence[str], structures: Structures) -> list[Step]:
    """Judge every migration by its record and by what its object looks like.

    Parameters
    ----------
    recorded
        Versions noted as applied, oldest first.
    structures
        `structure.describe` of every migration's target, by name.

    Raises
    ------
    RefusedError
        The records are not the first so many of these migrations, so this folder is not what made the schema.
    """
    known = [migration.version for migration in migrations]
    if foreign := [version for version in recorded if version not in known]:
        raise RefusedError(
            f"version {foreign[0]} is recorded as applied, but not in migrations/", "use the checkout that applied it"
        )
    if list(recorded) != known[: len(recorded)]:
        gap = next(version for version in known if version not in recorded)
        raise RefusedError(
            f"version {gap} is pending, but later ones are applied", "use the checkout that applied them"
        )
    return [_judge(migrations, index, len(recorded), structures) for index in range(len(migrations))]


def _judge(migrations: Sequence[Migration], index: int, recorded: int, structures: Structures) -> Step:
    migration = migrations[index]
    found = structures[migration.target]
    if index >= recorded:
        return _judge_pending(migrations, index, recorded, found)
    if any(later.target == migration.target for later in migrations[index + 1 : recorded]):
        return Step(migration, State.APPLIED)  # the later one's structure holds for both
    if found == migration.after:
        return Step(migration, State.APPLIED)
    next_up = migrations[recorded] if recorded < len(migrations) else None
    if next_up and next_up.target == migration.target and found == next_up.after:
        return Step(migration, State.APPLIED)  # and the next one is UNRECORDED
    if index == recorded - 1 and found == migration.before:
        return Step(migration, State.UNDONE)
    return Step(migration, State.DIFFERENT, _detail(migration.target, migration.after, found))


def _judge_pending(migrations: Sequence[Migration], index: int, recorded: int, found: tuple[str, ...]) -> Step:
    migration = migrations[index]
    if any(earlier.target == migration.target for earlier in migrations[recorded:index]):
        return Step(migration, State.PENDING)  # what it finds is made by that one first
    if found == migration.before or (index == recorded and _undone_before(migrations, recorded, found)):
        return Step(migration, State.PENDING)
    if index == recorded and found == migration.after:
        return Step(migration, State.UNRECORDED)
    return Step(migration, State.DIFFERENT, _in_the_way(migration, found))


def _undone_before(migrations: Sequence[Migration], recorded: int, found: tuple[str, ...]) -> bool:
    """Whether the last recorded migration changed the same object and was cut off while it was taken back."""
    if recorded == 0:
        return False
    last = migrations[recorded - 1]
    return last.target == migrations[recorded].target and found == last.before


def _in_the_way(migration: Migration, found: tuple[str, ...]) -> str:
    if found and not migration.before:
        return f"{migration.target} exists already and is not what it creates: {difference(migration.after, found)}"
    return _detail(migration.target, migration.before, found)


def _detail(name: str, expected: tuple[str, ...], found: tuple[str, ...]) -> str:
    return f"{name} differs: {difference(expected, found)}" if found else f"{name} is missing"
