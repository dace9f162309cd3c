"""A plan as `terraform show -json` prints it, reduced to what the review reads (Terraform, "JSON Output Format")."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self

SUPPORTED_FORMAT: Final = "1."
REDACTED: Final = "(sensitive)"
UNKNOWN: Final = "(known after apply)"


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
    NOTHING = "no-op"


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
    """

    address: str
    type: str
    action: Action
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    unknown: Mapping[str, Any]
    replaced_by: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, resource: Mapping[str, Any]) -> Self:
        """Read one element of ``resource_changes``."""
        change = resource["change"]
        return cls(
            address=resource["address"],
            type=resource["type"],
            action=_action(change),
            before=_redact(change.get("before"), change.get("before_sensitive")) or {},
            after=_redact(change.get("after"), change.get("after_sensitive")) or {},
            unknown=change.get("after_unknown") or {},
            replaced_by=tuple(".".join(map(str, path)) for path in change.get("replace_paths", [])),
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
        return replace(self, after={**self.after, **known}, unknown=rest)

    @property
    def destroys(self) -> bool:
        """Whether the object that exists now will be gone afterwards."""
        return self.action in (Action.DELETE, Action.REPLACE)

    def changed_attributes(self) -> Iterator[tuple[str, Any, Any]]:
        """Top-level attributes that differ: name, before, after."""
        for name in sorted({*self.before, *self.after, *self.unknown}):
            before, after = self.before.get(name), self.after.get(name)
            if after is None and self.unknown.get(name):
                after = UNKNOWN
            if before != after:
                yield name, before, after


def read(path: Path, stack: Path | None = None) -> list[Change]:
    """Managed resources of a plan file that change in any way, in address order.

    Parameters
    ----------
    stack
        The emitted ``cdk.tf.json``. A policy that refers to something not yet made is unknown in a plan, though all but
        the reference is written there: with the stack it is reviewed, references standing as ``${...}``.

    Raises
    ------
    PlanError
        When the file is missing, is not JSON, is a binary plan, or has an unknown format version.
    """
    try:
        plan = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanError(f"{path} cannot be read ({error.strerror}): pass PLAN=<file>") from error
    except ValueError as error:
        raise PlanError(f"{path} is no JSON: make it with `terraform show -json tfplan > plan.json`") from error
    version = plan.get("format_version", "") if isinstance(plan, dict) else ""
    if not version.startswith(SUPPORTED_FORMAT) or "terraform_version" not in plan:
        raise PlanError(
            f"{path} is no Terraform plan of format {SUPPORTED_FORMAT}x: make it with `terraform show -json`"
        )
    written = _emitted(stack) if stack else {}
    changes = (
        Change.from_json(each).knowing(written.get(each["address"], each["change"].get("after_unknown") or {}))
        for each in plan.get("resource_changes", [])
        if each["mode"] == "managed"
    )
    return sorted((change for change in changes if change.action is not Action.NOTHING), key=lambda each: each.address)


def _emitted(stack: Path) -> dict[str, dict[str, Any]]:
    """Arguments of each resource of an emitted stack, by address."""
    try:
        resources = json.loads(stack.read_text(encoding="utf-8"))["resource"]
    except (OSError, ValueError, KeyError) as error:
        raise PlanError(f"{stack} is no emitted stack: run `make synth`, or leave --stack out") from error
    return {f"{kind}.{name}": arguments for kind, named in resources.items() for name, arguments in named.items()}


def _action(change: Mapping[str, Any]) -> Action:
    actions = change["actions"]
    if len(actions) == 2:  # ["delete", "create"] or ["create", "delete"]
        return Action.REPLACE
    if actions == ["no-op"] and change.get("importing"):
        return Action.IMPORT
    return Action(actions[0])


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
