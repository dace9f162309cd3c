"""A TOML table read with checks: each complaint names file, key, reason and remedy."""

import re
from collections.abc import Mapping, Sequence
from typing import Any


class ConfigError(Exception):
    """A value that a person has to correct; the text is the whole message."""


class Table:
    """One table of a TOML file.

    Parameters
    ----------
    file
        As people call the file, for messages.
    data
        The parsed table.
    prefix
        Dotted name of the table; empty for the file's top.
    """

    def __init__(self, file: str, data: Mapping[str, Any], prefix: str = "") -> None:
        self.file = file
        self._data = data
        self._prefix = prefix
        self._known: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def error(self, key: str, reason: str, remedy: str) -> ConfigError:
        """The complaint about one key."""
        return ConfigError(f"{self.file}: {self._name(key)}: {reason}; {remedy}")

    def text(self, key: str, pattern: re.Pattern[str], remedy: str, default: str | None = None) -> str:
        """A string that matches the whole pattern; missing is an error unless there is a default."""
        return self._matching(key, self._get(key, default, remedy), pattern, remedy)

    def optional_text(self, key: str, pattern: re.Pattern[str], remedy: str) -> str | None:
        """Like `text`, but None when missing."""
        return self.text(key, pattern, remedy) if self._has(key) else None

    def texts(self, key: str, pattern: re.Pattern[str], remedy: str) -> tuple[str, ...]:
        """Strings that each match the pattern; missing is none."""
        values = self._get(key, [], remedy)
        if not isinstance(values, list):
            raise self.error(key, f"{values!r} is no list", f"{remedy} in [ ]")
        return tuple(self._matching(key, value, pattern, remedy) for value in values)

    def number(self, key: str, least: int, most: int, default: int | None = None) -> int:
        """A whole number between two bounds, both included."""
        remedy = f"write a whole number from {least} to {most}"
        value = self._get(key, default, remedy)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.error(key, f"{value!r} is not allowed", remedy)
        return value

    def optional_number(self, key: str, least: int, most: int) -> int | None:
        """Like `number`, but None when missing."""
        return self.number(key, least, most) if self._has(key) else None

    def choice(self, key: str, allowed: Sequence[int]) -> int:
        """One of the numbers allowed."""
        remedy = f"write one of {', '.join(map(str, allowed))}"
        value = self._get(key, None, remedy)
        if isinstance(value, bool) or value not in allowed:
            raise self.error(key, f"{value!r} is not allowed", remedy)
        return int(value)

    def one_of(self, key: str, allowed: Sequence[str]) -> str:
        """One of the words allowed."""
        remedy = f"write {' or '.join(allowed)}"
        value = self._get(key, None, remedy)
        if not isinstance(value, str) or value not in allowed:
            raise self.error(key, f"{value!r} is not allowed", remedy)
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self._get(key, default, "")
        if not isinstance(value, bool):
            raise self.error(key, f"{value!r} is not allowed", "write true or false, without quotes")
        return value

    def table(self, key: str) -> "Table":
        """A table inside this one."""
        remedy = f"add the table [{self._name(key)}]"
        value = self._get(key, None, remedy)
        if not isinstance(value, dict):
            raise self.error(key, f"{value!r} is no table", remedy)
        return Table(self.file, value, self._name(key))

    def tables(self, key: str) -> "list[Table]":
        """A list of tables inside this one, each named by its place from 1; missing is none."""
        remedy = f"write tables [[{self._name(key)}]]"
        values = self._get(key, [], remedy)
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise self.error(key, f"{values!r} is no list of tables", remedy)
        return [Table(self.file, value, f"{self._name(key)}[{place}]") for place, value in enumerate(values, 1)]

    def optional_table(self, key: str) -> "Table | None":
        """Like `table`, but None when missing."""
        return self.table(key) if self._has(key) else None

    def finish(self) -> None:
        """Refuse what nobody asked for: a misspelt key would otherwise be silently without effect."""
        for key in self._data:
            if key not in self._known:
                raise self.error(key, "unknown", f"use one of: {', '.join(sorted(self._known))}")

    def _name(self, key: str) -> str:
        return f"{self._prefix}.{key}" if self._prefix else key

    def _has(self, key: str) -> bool:
        self._known.add(key)
        return key in self._data

    def _get(self, key: str, default: Any, remedy: str) -> Any:
        if self._has(key):
            return self._data[key]
        if default is None:
            raise self.error(key, "missing", remedy)
        return default

    def _matching(self, key: str, value: object, pattern: re.Pattern[str], remedy: str) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise self.error(key, f"{value!r} is not allowed", remedy)
        return value
