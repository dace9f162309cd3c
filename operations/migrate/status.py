"""Status of each migration of a schema, also when an earlier run was cut off in the middle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from operations.migrate.errors import RefusedError
from operations.migrate.introspection import difference
from operations.migrate.migrations import Migration

Descriptions = Mapping[str, tuple[str, ...]]


class Status(StrEnum):
    """What is true of one migration; the value is how it is printed."""

    APPLIED = "applied"
    PENDING = "pending"
    UNRECORDED = "applied, not recorded"  # a run was cut between the statement and its record
    UNDONE = "rolled back, still recorded"  # the same, on the way back
    DIFFERENT = "different"  # neither before nor after: somebody else changed or made the object


@dataclass(frozen=True, slots=True)
class Step:
    """One migration and its status; `detail` says what is different."""

    migration: Migration
    status: Status
    detail: str = ""


def determine_statuses(
    migrations: Sequence[Migration], recorded: Sequence[str], descriptions: Descriptions
) -> list[Step]:
    """Determine the status of every migration from its record and from what its object looks like.

    Parameters
    ----------
    recorded
        Versions noted as applied, oldest first.
    descriptions
        `introspection.describe` of every migration's target, by name.

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
    return [_status_of(migrations, index, len(recorded), descriptions) for index in range(len(migrations))]


def _status_of(migrations: Sequence[Migration], index: int, recorded: int, descriptions: Descriptions) -> Step:
    migration = migrations[index]
    found = descriptions[migration.target]
    if index >= recorded:
        return _status_of_pending(migrations, index, recorded, found)
    if any(later.target == migration.target for later in migrations[index + 1 : recorded]):
        return Step(migration, Status.APPLIED)  # the later one's description holds for both
    if found == migration.after:
        return Step(migration, Status.APPLIED)
    next_up = migrations[recorded] if recorded < len(migrations) else None
    if next_up and next_up.target == migration.target and found == next_up.after:
        return Step(migration, Status.APPLIED)  # and the next one is UNRECORDED
    if index == recorded - 1 and found == migration.before:
        return Step(migration, Status.UNDONE)
    return Step(migration, Status.DIFFERENT, _detail(migration.target, migration.after, found))


def _status_of_pending(migrations: Sequence[Migration], index: int, recorded: int, found: tuple[str, ...]) -> Step:
    migration = migrations[index]
    if any(earlier.target == migration.target for earlier in migrations[recorded:index]):
        return Step(migration, Status.PENDING)  # what it finds is made by that one first
    if found == migration.before or (index == recorded and _undone_before(migrations, recorded, found)):
        return Step(migration, Status.PENDING)
    if index == recorded and found == migration.after:
        return Step(migration, Status.UNRECORDED)
    return Step(migration, Status.DIFFERENT, _in_the_way(migration, found))


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
