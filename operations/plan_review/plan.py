"""A plan as the review reads it: every managed resource's change, and what else a person must see."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, Self

REDACTED: Final = "(sensitive)"
UNKNOWN: Final = "(known after apply)"
_REFERENCE: Final = re.compile(r"\$\{(aws_\w+\.\w+)\b")


class PlanError(Exception):
    """The file is not a plan that this review understands; the message names the file and the remedy."""


class Action(StrEnum):
    """What Terraform will do to a resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    FORGET = "forget"
    IMPORT = "import"
    MOVE = "move"
    NOTHING = "no-op"


# Every list of actions that Terraform writes (Terraform source, internal/command/jsonplan, "actionString"); another one
# is a plan of a Terraform that this review does not know.
ACTIONS: Final[dict[tuple[str, ...], Action]] = {
    ("no-op",): Action.NOTHING,
    ("create",): Action.CREATE,
    ("update",): Action.UPDATE,
    ("delete",): Action.DELETE,
    ("forget",): Action.FORGET,
    ("delete", "create"): Action.REPLACE,
    ("create", "delete"): Action.REPLACE,
    ("create", "forget"): Action.REPLACE,
}


@dataclass(frozen=True, slots=True)
class Change:
    """One managed resource's change.

    Parameters
    ----------
    before, after
        Attributes; sensitive values are already replaced by `REDACTED`. Empty when the resource is absent on that side.
    unknown
        Mirror of ``after`` with True where the value is known after apply only.
    replaced_by
        Attribute paths that force the replacement, dotted.
    hidden
        Sensitive attributes whose value, or whose mark as sensitive, changes: it shows in no other way.
    moved_from, imported, deposed, reason
        As Terraform says: the earlier address, the id of an import, the key of a deposed object, why it acts.
    references
        Addresses of the resources that an attribute is made from.
    """

    address: str
    type: str
    action: Action
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    unknown: Mapping[str, Any]
    replaced_by: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    moved_from: str = ""
    imported: str = ""
    deposed: str = ""
    reason: str = ""
    references: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def from_json(cls, resource: Mapping[str, Any], references: Mapping[str, frozenset[str]]) -> Self:
        """Read one element of ``resource_changes`` whose shape `operations.plan_review.document` has checked."""
        change = resource["change"]
        before, after = (_redacted(change.get(side), change.get(f"{side}_sensitive")) for side in ("before", "after"))
        importing = change.get("importing")
        imported = str(importing.get("id") or "an identity") if isinstance(importing, dict) else ""
        moved = resource.get("previous_address")
        action = ACTIONS[tuple(change["actions"])]
        if action is Action.NOTHING and (imported or moved):
            action = Action.IMPORT if imported else Action.MOVE
        return cls(
            address=resource["address"],
            type=resource["type"],
            action=action,
            before=before,
            after=after,
            unknown=change.get("after_unknown") or {},
            replaced_by=tuple(_dotted(path) for path in change.get("replace_paths") or []),
            hidden=_hidden(change),
            moved_from=str(moved or ""),
            imported=imported,
            deposed=str(resource.get("deposed") or ""),
            reason=str(resource.get("action_reason") or ""),
            references=references,
        )

    def knowing(self, emitted: Mapping[str, Any]) -> Self:
        """The change with documents that the plan does not know yet taken from the emitted stack.

        What the stack does not set, AWS decides: nobody has to review it.
        """
        known = {
            name: emitted[name]
            for name, unknown in self.unknown.items()
            if unknown is True and isinstance(emitted.get(name), str) and emitted[name].startswith("{")
        }
        rest = {name: unknown for name, unknown in self.unknown.items() if name in emitted and name not in known}
        return replace(
            self, after={**self.after, **known}, unknown=rest, references={**self.references, **referred(emitted)}
        )

    @property
    def destroys(self) -> bool:
        """Whether the object that exists now will be gone afterwards."""
        return self.action in (Action.DELETE, Action.REPLACE)

    @property
    def leaves(self) -> bool:
        """Whether Terraform no longer has the object afterwards, destroyed or forgotten."""
        return self.action in (Action.DELETE, Action.FORGET)

    @property
    def makes(self) -> bool:
        """Whether the object that exists afterwards is a new one."""
        return self.action in (Action.CREATE, Action.REPLACE)

    def changed_attributes(self) -> Iterator[tuple[str, Any, Any]]:
        """Top-level attributes that differ: name, before, after."""
        for name in sorted({*self.before, *self.after, *self.unknown}):
            before, after = self.before.get(name), self.after.get(name)
            if after is None and self.unknown.get(name):
                after = UNKNOWN
            if before != after or name in self.hidden:
                yield name, before, after


@dataclass(frozen=True, slots=True)
class Check:
    """A check block or condition of the configuration that did not pass."""

    address: str
    status: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A complete plan.

    Parameters
    ----------
    resources
        Every managed resource, also those that stay as they are, in address order.
    drift
        What changed outside Terraform since the last apply.
    outputs
        Output values that change; `Change.type` is "output".
    checks
        Those that failed or could not be evaluated.
    """

    resources: tuple[Change, ...]
    drift: tuple[Change, ...] = ()
    outputs: tuple[Change, ...] = ()
    checks: tuple[Check, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """Resources that something happens to."""
        return tuple(each for each in self.resources if each.action is not Action.NOTHING)

    @property
    def empty(self) -> bool:
        """Whether there is nothing that a reviewer would have to look at."""
        return not (self.changes or self.drift or self.outputs or self.checks)

    def made(self, address: str) -> bool:
        """Whether the resource, or one instance of it, is made by this plan and did not exist before."""
        return any(
            each.action is Action.CREATE and each.address.partition("[")[0] == address for each in self.resources
        )


def referred(arguments: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Resources that the arguments of an emitted resource name as ``${type.name...}``, by argument."""
    return {
        name: frozenset(_REFERENCE.findall(value))
        for name, value in arguments.items()
        if isinstance(value, str) and _REFERENCE.search(value)
    }


def _dotted(path: Any) -> str:
    return ".".join(map(str, path)) if isinstance(path, list) else str(path)


def _hidden(change: Mapping[str, Any]) -> frozenset[str]:
    """Attributes with sensitive parts that differ, in value or in the mark."""
    before, after = ({} if change.get(side) is None else change[side] for side in ("before", "after"))
    old, new = (change.get(f"{side}_sensitive") or {} for side in ("before", "after"))
    if not isinstance(before, dict) or not isinstance(after, dict):
        return frozenset()
    return frozenset(
        name
        for name in {*before, *after}
        if (_mark(old, name) or _mark(new, name))
        and (before.get(name) != after.get(name) or (name in before and name in after and _loses(old, new, name)))
    )


def _loses(old: Any, new: Any, name: str) -> bool:
    return bool(_mark(old, name)) != bool(_mark(new, name))


def _mark(marks: Any, name: str) -> Any:
    return marks if marks is True else marks.get(name) if isinstance(marks, dict) else None


def _redacted(attributes: Any, marks: Any) -> dict[str, Any]:
    """Attributes of a resource, which keep their names where all of them are sensitive."""
    return {name: _redact(item, _mark(marks, name)) for name, item in (attributes or {}).items()}


def _redact(value: Any, sensitive: Any) -> Any:
    """Replace what Terraform marks as sensitive; the marks mirror the value, True standing for a whole subtree."""
    if sensitive is True:
        return None if value is None else REDACTED
    if isinstance(value, dict) and isinstance(sensitive, dict):
        return {name: _redact(item, sensitive.get(name)) for name, item in value.items()}
    if isinstance(value, list) and isinstance(sensitive, list):
        marks = [*sensitive, *[None] * (len(value) - len(sensitive))]
        return [_redact(item, mark) for item, mark in zip(value, marks, strict=False)]
    return value
