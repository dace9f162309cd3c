"""Reads a plan file, and refuses what is no complete plan of the stack at hand (Terraform, "JSON Output Format").

Read as "no changes", a state file, a plan that failed half-way or last week's plan would pass every rule.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from operations.plan_review.plan import ACTIONS, Change, Check, Plan, PlanError

SUPPORTED_FORMAT: Final = "1."
MAKE: Final = "make it with `terraform show -json tfplan > plan.json`"
AGAIN: Final = "mend it and run `make plan` again"


def read(path: Path, stack: Path | None = None) -> Plan:
    """The plan of a file.

    Parameters
    ----------
    stack
        The emitted ``cdk.tf.json``. A policy that refers to something not yet made is unknown in a plan, though all but
        the reference is written there: with the stack it is reviewed, references standing as ``${...}``.

    Raises
    ------
    PlanError
        When the file is missing, is not JSON, is a binary plan or a state, has an unknown format version, is not
        complete, or is older than the stack.
    """
    document = load_json(path)
    _refuse_other_documents(document, path)
    _refuse_incomplete(document, path)
    if stack:
        _refuse_older(document, path, stack)
    written = _emitted(stack) if stack else {}
    expressions = _references(document.get("configuration"))
    return Plan(
        resources=tuple(
            _change(each, written, expressions)
            for each in sorted(_managed(document, "resource_changes", path), key=lambda each: str(each["address"]))
        ),
        drift=tuple(Change.from_json(each, {}) for each in _managed(document, "resource_drift", path)),
        outputs=tuple(_outputs(document, path)),
        checks=tuple(_checks(document.get("checks"))),
    )


def load_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file.

    Raises
    ------
    PlanError
        When it cannot be read, or is something else.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise PlanError(f"{path} cannot be read ({error.strerror}): pass PLAN=<file>") from error
    except (ValueError, RecursionError) as error:
        raise PlanError(f"{path} is no JSON: {MAKE}") from error
    if not isinstance(document, dict):
        raise PlanError(f"{path} is no Terraform plan of format {SUPPORTED_FORMAT}x: {MAKE}")
    return document


def _refuse_other_documents(document: Mapping[str, Any], path: Path) -> None:
    """What is no plan at all; a state has ``values`` where a plan has ``planned_values``."""
    if "planned_values" not in document and ("values" in document or "serial" in document):
        raise PlanError(f"{path} is a state, no Terraform plan: {MAKE}")
    version = document.get("format_version")
    if not isinstance(version, str) or not version.startswith(SUPPORTED_FORMAT) or "terraform_version" not in document:
        raise PlanError(f"{path} is no Terraform plan of format {SUPPORTED_FORMAT}x: {MAKE}")
    if "planned_values" not in document:
        raise PlanError(f"{path} is no complete Terraform plan (no planned_values): {MAKE}")


def _refuse_incomplete(document: Mapping[str, Any], path: Path) -> None:
    """A plan whose making failed, or that leaves changes for a later plan; both show a part of what will happen."""
    if document.get("errored") is not False:
        raise PlanError(f"{path} is the plan of a run that failed, or does not say that it did not: {AGAIN}")
    if document.get("deferred_changes") or document.get("deferred_action_invocations"):
        raise PlanError(f"{path} defers changes to a later plan: apply what they wait for first, then plan again")
    if document.get("complete") is not True:
        raise PlanError(f"{path} is not complete (`-target`, or Terraform before 1.8): plan the whole stack")


def _refuse_older(document: Mapping[str, Any], path: Path, stack: Path) -> None:
    """A plan from before the stack was emitted: it may be another stack's by now."""
    try:
        made = datetime.fromisoformat(str(document.get("timestamp"))).timestamp()
    except (ValueError, OverflowError) as error:
        raise PlanError(f"{path} does not say when it was made (timestamp): {MAKE}") from error
    try:
        emitted = stack.stat().st_mtime
    except OSError as error:
        raise PlanError(f"{stack} is no emitted stack: run `make synth`, or leave --stack out") from error
    if made < int(emitted):  # the plan's time has whole seconds
        raise PlanError(f"{path} is older than {stack}: run `make plan` again")


def _managed(document: Mapping[str, Any], member: str, path: Path) -> Iterator[Mapping[str, Any]]:
    listed = document.get(member) or []
    if not isinstance(listed, list):
        raise PlanError(f"{path} is no Terraform plan ({member} is no list): {MAKE}")
    for number, resource in enumerate(listed):
        place = f"{member}[{number}]"
        if not isinstance(resource, dict) or not all(isinstance(resource.get(key), str) for key in ("address", "mode")):
            raise PlanError(f"{path} is no Terraform plan ({place} lacks address or mode): {MAKE}")
        if resource["mode"] != "managed":
            continue
        if not isinstance(resource.get("type"), str):
            raise PlanError(f"{path} is no Terraform plan ({place} lacks type): {MAKE}")
        _check_change(resource.get("change"), path, place)
        yield resource


def _check_change(change: Any, path: Path, place: str, values: tuple[type, ...] = (dict,)) -> None:
    """Refuse a change that is not shaped as Terraform writes it."""
    if not isinstance(change, dict):
        raise PlanError(f"{path} is no Terraform plan ({place}.change is missing): {MAKE}")
    actions = change.get("actions")
    if not isinstance(actions, list) or tuple(map(str, actions)) not in ACTIONS:
        raise PlanError(f"{path}: {place}.change.actions is none that this review knows: use the pinned Terraform")
    for side in ("before", "after"):
        if change.get(side) is not None and not isinstance(change[side], values):
            raise PlanError(f"{path} is no Terraform plan ({place}.change.{side}): {MAKE}")
    unknown = change.get("after_unknown")
    if dict in values and len(values) == 1 and unknown not in (None, False) and not isinstance(unknown, dict):
        raise PlanError(f"{path} is no Terraform plan ({place}.change.after_unknown): {MAKE}")
    if not isinstance(change.get("replace_paths") or [], list):
        raise PlanError(f"{path} is no Terraform plan ({place}.change.replace_paths): {MAKE}")


def _change(
    resource: Mapping[str, Any],
    written: Mapping[str, Mapping[str, Any]],
    expressions: Mapping[str, Mapping[str, frozenset[str]]],
) -> Change:
    name = resource["address"].partition("[")[0]
    change = Change.from_json(resource, expressions.get(name, {}))
    return change.knowing(written[name]) if name in written else change


def _references(configuration: Any) -> dict[str, dict[str, frozenset[str]]]:
    """Resources that each attribute is made from, by address: the plan's own copy of the configuration says it."""
    module = configuration.get("root_module") if isinstance(configuration, dict) else None
    resources = module.get("resources") if isinstance(module, dict) else None
    found: dict[str, dict[str, frozenset[str]]] = {}
    for each in resources if isinstance(resources, list) else []:
        expressions = each.get("expressions") if isinstance(each, dict) else None
        if isinstance(expressions, dict) and isinstance(each.get("address"), str):
            found[each["address"]] = {
                name: frozenset(".".join(str(one).split(".")[:2]) for one in value["references"])
                for name, value in expressions.items()
                if isinstance(value, dict) and isinstance(value.get("references"), list)
            }
    return found


def _outputs(document: Mapping[str, Any], path: Path) -> Iterator[Change]:
    outputs = document.get("output_changes") or {}
    if not isinstance(outputs, dict):
        raise PlanError(f"{path} is no Terraform plan (output_changes is no object): {MAKE}")
    for name, change in sorted(outputs.items()):
        _check_change(change, path, f"output_changes.{name}", (dict, list, str, int, float, bool))
        if change["actions"] != ["no-op"]:
            yield Change.from_json(_as_resource(name, change), {})


def _as_resource(name: str, change: Mapping[str, Any]) -> dict[str, Any]:
    """An output's change as that of a resource with one attribute, so that it is shown and redacted the same way."""
    wrapped = {
        **{side: {"value": change[side]} for side in ("before", "after") if change.get(side) is not None},
        **{f"{side}_sensitive": {"value": change.get(f"{side}_sensitive")} for side in ("before", "after")},
        "after_unknown": {"value": change.get("after_unknown")},
        "actions": change["actions"],
    }
    return {"address": name, "type": "output", "change": wrapped}


def _checks(checks: Any) -> Iterator[Check]:
    for each in checks if isinstance(checks, list) else []:
        if not isinstance(each, dict) or each.get("status") == "pass":
            continue
        address = each.get("address")
        shown = address.get("to_display") if isinstance(address, dict) else address
        yield Check(str(shown), str(each.get("status")), tuple(_problems(each.get("instances"))))


def _problems(instances: Any) -> Iterator[str]:
    for instance in instances if isinstance(instances, list) else []:
        problems: Sequence[Any] = instance.get("problems") or [] if isinstance(instance, dict) else []
        for problem in problems if isinstance(problems, list) else []:
            yield str(problem.get("message") if isinstance(problem, dict) else problem)


def _emitted(stack: Path) -> dict[str, dict[str, Any]]:
    """Arguments of each resource of an emitted stack, by address."""
    try:
        resources = json.loads(stack.read_text(encoding="utf-8"))["resource"]
        return {f"{kind}.{name}": dict(each) for kind, named in resources.items() for name, each in named.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PlanError(f"{stack} is no emitted stack: run `make synth`, or leave --stack out") from error
