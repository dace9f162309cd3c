"""Drift in a refresh-only plan: which attribute of what, without what is ignored for a reason."""

import json
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from operations.plan_review.output.values import differences, shown
from operations.plan_review.plan import Action, Change
from toolchain.errors import SetupError
from toolchain.paths import ROOT

IGNORED: Final = ROOT / "operations/drift/ignored.toml"
_KEYS: Final = frozenset({"address", "attribute", "reason"})
_EMPTY: Final[tuple[Any, ...]] = (None, "", [], {})
GONE: Final = "(the resource)"


@dataclass(frozen=True, slots=True)
class Drift:
    """One attribute that is not as Terraform left it.

    Parameters
    ----------
    attribute
        Its path; `GONE` for a resource that is no longer there.
    left, found
        What Terraform left and what is there, as text; sensitive values are hidden.
    """

    address: str
    attribute: str
    left: str
    found: str

    def __str__(self) -> str:
        return f"{self.address}: {self.attribute}: {self.left} -> {self.found}"

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Ignored:
    """Drift that is expected, by patterns in which ``*`` stands for anything."""

    address: str
    attribute: str
    reason: str

    def covers(self, drift: Drift) -> bool:
        """Whether it is this one."""
        return fnmatchcase(drift.address, self.address) and fnmatchcase(drift.attribute, self.attribute)


def read_ignored(file: Path = IGNORED) -> list[Ignored]:
    """The list of what is ignored.

    Raises
    ------
    SetupError
        It is no TOML, or an entry lacks a member or has one that is unknown; names the entry.
    """
    try:
        entries = tomllib.loads(file.read_text(encoding="utf-8")).get("ignored", [])
    except (OSError, ValueError) as error:
        raise SetupError(f"{file} cannot be read ({error})") from error
    found = []
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict) or entry.keys() != _KEYS or not all(str(entry[key]).strip() for key in _KEYS):
            raise SetupError(f"{file}: entry {number} needs address, attribute and reason, and no more")
        found.append(Ignored(**{key: str(entry[key]) for key in _KEYS}))
    return found


def drifts(changes: Iterable[Change]) -> Iterator[Drift]:
    """Every attribute that drifted; nothing and something empty are the same, and a document in another spelling."""
    for change in changes:
        if change.action is Action.DELETE:
            yield Drift(change.address, GONE, "there", "gone")
            continue
        for path, before, after in differences(change):
            if not _mean_the_same(before, after):
                yield Drift(change.address, path, *shown(before, after))


def _mean_the_same(before: Any, after: Any) -> bool:
    """Whether the older SDK only writes a value otherwise once it has read it back."""
    if before in _EMPTY and after in _EMPTY:
        return True
    if not (isinstance(before, str) and isinstance(after, str) and before[:1] == after[:1] in ("{", "[")):
        return False
    try:
        return bool(json.loads(before) == json.loads(after))
    except ValueError:
        return False


def unexpected(found: Iterable[Drift], ignored: Sequence[Ignored]) -> list[Drift]:
    """What nothing ignores."""
    return [drift for drift in found if not any(each.covers(drift) for each in ignored)]
