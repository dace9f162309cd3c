"""Up, rollback, dry run and status: each determines the status of the migrations, says what it will do, and does it."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pymysql
from pymysql.constants import ER

from operations.migrate import introspection, preflight, privileges
from operations.migrate.errors import RefusedError
from operations.migrate.history import History
from operations.migrate.migrations import Migration, Statement
from operations.migrate.server import Server, exclusive
from operations.migrate.status import Status, Step, determine_statuses

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Migrator:
    """The four commands, on one server.

    Parameters
    ----------
    migrations
        All of the folder, oldest first.
    say
        Takes the lines of the report.
    """

    server: Server
    migrations: Sequence[Migration]
    say: Say

    def status(self) -> bool:
        """Say where each migration stands; whether every object is as its migrations left it."""
        steps = self._read(self._history())
        for step in steps:
            self.say(f"{step.status:<28} {step.migration}{step.detail and f': {step.detail}'}")
        return all(step.status is not Status.DIFFERENT for step in steps)

    def dry_run(self) -> None:
        """Make all checks of `up` and say what it would do; nothing is changed, and nobody has to wait.

        Raises
        ------
        RefusedError
            As `up` would.
        """
        self._plan_up(self._history())
        self.say("dry run: nothing was changed")

    def up(self, lock_seconds: int) -> None:
        """Apply what is pending, after finishing what an earlier run left half-done.

        Raises
        ------
        RefusedError
            Something is not as expected; before the first statement, nothing has been changed.
        """
        with exclusive(self.server, lock_seconds), self._explained():
            history = self._history()
            steps = self._plan_up(history)
            for step in steps:
                self._settle(step, history)
            to_run = [step.migration for step in steps if will_run(step)]
            for migration in to_run:
                self._apply(migration, history)
        self.say(f"{len(to_run)} applied, {self.server.url.schema} is up to date")

    def rollback(self, lock_seconds: int, steps: int, lose_rows_of: Collection[str]) -> None:
        """Undo the newest migrations.

        Parameters
        ----------
        steps
            How many; one that an earlier run had undone, but not recorded as such, counts.
        lose_rows_of
            Tables that may be dropped with rows in them.

        Raises
        ------
        RefusedError
            Something is not as expected, or a table that holds rows is not named in `lose_rows_of`.
        """
        with exclusive(self.server, lock_seconds), self._explained():
            preflight.check_server(self.server)
            history = self._history()
            recorded = set(history.versions())
            standing = [
                step for step in self._read(history) if step.migration.version in recorded or is_unrecorded(step)
            ]
            for step in standing:
                if is_unrecorded(step):
                    self._record(step.migration, history)
            chosen = standing[::-1][:steps]
            self._check_rollback(chosen, lose_rows_of)
            for step in chosen:
                if step.status is Status.UNDONE:
                    self._settle(step, history)
                else:
                    self._undo(step.migration, history, lose_rows_of)
        self.say(f"{len(chosen)} rolled back, {len(standing) - len(chosen)} left")

    def _history(self) -> History:
        return History(self.server)

    def _read(self, history: History) -> list[Step]:
        targets = {migration.target for migration in self.migrations}
        return determine_statuses(
            self.migrations, history.versions(), {name: self.server.describe(name) for name in targets}
        )

    def _plan_up(self, history: History) -> list[Step]:
        """Check all that can be checked, and show the statements that will run."""
        preflight.check_server(self.server)
        preflight.check_schema(self.server)
        steps = self._read(history)
        recorded = set(history.versions())
        for step in steps:
            if step.status is Status.DIFFERENT and step.migration.version not in recorded:
                raise RefusedError(
                    f"{step.migration} cannot be applied: {step.detail}",
                    "find out who made or changed the object, then remove it or put it back",
                )
            if step.status is Status.DIFFERENT:
                self.say(f"warning: {step.migration} was changed since: {step.detail}")
        statements = [step.migration.up for step in steps if will_run(step)]
        preflight.check_parents(self.server, statements)
        privileges.check(self.server, privileges.for_up(statements))
        for step in steps:
            if will_run(step):
                self.say(f"\n-- {step.migration}\n{step.migration.up.sql};\n")
        return steps

    def _check_rollback(self, chosen: Sequence[Step], lose_rows_of: Collection[str]) -> None:
        """Check all that can be checked before the first statement of a rollback."""
        for step in chosen:
            if step.status is Status.DIFFERENT:
                raise RefusedError(f"{step.migration} cannot be undone: {step.detail}", "put the object back first")
        privileges.check(self.server, privileges.for_down([step.migration.down for step in chosen]))
        for step in chosen:
            if step.status is not Status.UNDONE and guarded(step.migration, lose_rows_of):
                self._refuse_rows(step.migration.target)

    def _settle(self, step: Step, history: History) -> None:
        """Bring the record in line with what an earlier run did before it was cut off."""
        if is_unrecorded(step) and not will_run(step):
            self._record(step.migration, history)
        if step.status is Status.UNDONE:
            history.forget(step.migration.version)
            self.say(
                f"struck out {step.migration}: an earlier rollback undid it and was cut off before it could say so"
            )

    def _record(self, migration: Migration, history: History) -> None:
        history.record(migration.version)
        self.say(f"recorded {migration}: an earlier run applied it and was cut off before it could say so")

    def _apply(self, migration: Migration, history: History) -> None:
        seconds = self._execute(migration.up)
        self._verify(migration, migration.after)
        history.record(migration.version)
        self.say(f"applied {migration} in {seconds:.2f} s")

    def _undo(self, migration: Migration, history: History, lose_rows_of: Collection[str]) -> None:
        self.say(f"\n-- {migration}\n{migration.down.sql};\n")
        if guarded(migration, lose_rows_of):
            with self._empty_and_locked(migration.target):
                seconds = self._execute(migration.down)
        else:
            seconds = self._execute(migration.down)
        self._verify(migration, migration.before)
        history.forget(migration.version)
        self.say(f"rolled back {migration} in {seconds:.2f} s")

    def _execute(self, statement: Statement) -> float:
        started = time.monotonic()
        self.server.cursor.execute(statement.sql)
        return time.monotonic() - started

    @contextmanager
    def _empty_and_locked(self, table: str) -> Iterator[None]:
        """Hold a table that has no row so that it gets none before it is dropped."""
        self.server.cursor.execute(f"LOCK TABLES `{table}` WRITE")
        try:
            self._refuse_rows(table)
            yield
        finally:
            if self.server.connection.open:
                self.server.cursor.execute("UNLOCK TABLES")

    def _refuse_rows(self, table: str) -> None:
        if self.server.rows(f"SELECT 1 AS found FROM `{table}` LIMIT 1"):  # noqa: S608 - a name from our own files
            raise RefusedError(
                f"{table} holds rows, which its rollback would destroy",
                f"back it up, stop the backend's writes, then name it: --lose-rows-of {table}",
            )

    def _verify(self, migration: Migration, expected: tuple[str, ...]) -> None:
        found = self.server.describe(migration.target)
        if found != expected:
            raise RefusedError(
                f"{migration} ran, but {migration.target} is not as expected: "
                f"{introspection.difference(expected, found) if found else 'it is missing'}",
                "keep the output and look at the table: it is not recorded as done",
            )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what the server says in the middle of a run into a cause and a remedy."""
        try:
            yield
        except pymysql.MySQLError as error:
            code, message = (*error.args, "")[:2]
            if isinstance(error, pymysql.DataError | pymysql.IntegrityError):
                raise RefusedError(
                    f"rows hold values that the statement has no place for ({code}: {message})",
                    "it changed nothing; change those rows, then run again",
                ) from error
            if code == ER.LOCK_WAIT_TIMEOUT:
                raise RefusedError(
                    "another session uses a table that the statement needs for itself",
                    "end its transaction or wait for a quieter moment (docs/database.md, Locks), then run again",
                ) from error
            raise RefusedError(
                f"{self.server.url} stopped the run ({code}: {message})", "run again: it finishes what was begun"
            ) from error


def will_run(step: Step) -> bool:
    """Whether `up` executes the statement; one that is only not recorded is executed again if that is harmless."""
    if is_unrecorded(step):
        return step.migration.up.repeatable
    return step.status in (Status.PENDING, Status.UNDONE)


def is_unrecorded(step: Step) -> bool:
    """Whether a run was cut off between the statement and its record."""
    return step.status is Status.UNRECORDED


def guarded(migration: Migration, lose_rows_of: Collection[str]) -> bool:
    """Whether the rollback would destroy data that nobody gave up by name."""
    return migration.down.loses_data and migration.target not in lose_rows_of
