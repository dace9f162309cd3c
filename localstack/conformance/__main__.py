"""Applies the local stack with the stand-in and with a real AWS provider, and compares: ``make provider-conformance``.

First the real one has to refuse wrong values (`planted`); with ``--planted`` that is all. Then each gets an empty
LocalStack. A second plan with each must be empty. What the real one wrote is kept as
``localstack/aws_provider/record.json``, to which the tests hold the stand-in where no real provider is to be had.
"""

import argparse
import collections
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from localstack.conformance.comparison import REASONS, Difference, differences, read_reasons, unexplained, unneeded
from localstack.conformance.planted import PLANTED, passed
from localstack.conformance.state import Resources, read_first_plan, read_state, without_configured
from localstack.local_platform.errors import StartError
from localstack.local_platform.local_stack import AppliedStack
from localstack.local_platform.localstack_process import LocalStack
from toolchain.errors import SetupError
from toolchain.paths import ROOT, RUNS
from toolchain.terraform_provider import built_binary, registry_answers

RECORD: Final = ROOT / "localstack/aws_provider/record.json"
_NOWHERE: Final = "http://127.0.0.1:9"  # a backend that is never called: no batch is sent


def real_provider() -> str:
    """The real provider to compare with: the one that `PROVIDER` names, else the one that is there.

    Raises
    ------
    SetupError
        There is none, or `PROVIDER` names the stand-in.
    """
    named = os.environ.get("PROVIDER") or "auto"
    if named in ("registry", "built"):
        return named
    if named != "auto":
        raise SetupError(f"PROVIDER={named} is no real provider: use registry, built or auto")
    if built_binary().exists():
        return "built"
    if registry_answers():
        return "registry"
    raise SetupError("there is no real AWS provider to compare with: run `make provider`, or give Terraform a mirror")


@dataclass(frozen=True, slots=True)
class Applied:
    """What a provider made of the local stack.

    Parameters
    ----------
    planned
        The first plan.
    state
        After the apply.
    emitted
        The stack itself.
    """

    planned: Resources
    state: Resources
    emitted: dict[str, Any]


def apply(provider: str) -> Applied:
    """Plan and apply the local stack with a provider on an empty LocalStack.

    Raises
    ------
    StartError
        It cannot be applied, or a second plan is not empty; with Terraform's output.
    """
    started = time.monotonic()
    directory = RUNS / f"conformance-{provider}"
    with LocalStack(directory) as emulator:
        stack = AppliedStack(
            directory, calls=emulator.environment, backend_url=_NOWHERE, track=lambda _: None, provider=provider
        )
        stack.build_artifacts()
        stack.synth()
        planned = read_first_plan(stack.first_plan())
        stack.apply()
        stack.hold_second_plan_empty()
        print(f"{provider}: applied, second plan empty, {time.monotonic() - started:.0f} s", file=sys.stderr)
        return Applied(planned, read_state(stack.state_file), stack.read_emitted())


def write_record(real: Resources, emitted: dict[str, Any], file: Path = RECORD) -> None:
    """Keep what the real provider adds to the configuration."""
    kept = without_configured(real, emitted)
    file.write_text(json.dumps(kept, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


def report(found: Sequence[Difference], reasons: Mapping[str, str]) -> str:
    """One line for each attribute of a type that differs, with an example and the reason why it may."""
    by_path = collections.defaultdict(list)
    for difference in found:
        by_path[difference.path].append(difference)
    lines = []
    for path, group in sorted(by_path.items()):
        lines += [f"{len(group):4}  {group[0]}", f"      {reasons.get(path, 'NOT ALLOWED')}"]
    gone = sorted(unneeded(found, reasons))
    lines += [f"      {path} no longer differs: take it out of {REASONS.name}" for path in gone]
    return "\n".join([*lines, f"{len(found)} differences in {len(by_path)} attributes"])


def compare(name: str) -> int:
    """Apply with both, compare and record; 1 when the stand-in differs where it must not.

    Raises
    ------
    SetupError, StartError
        A provider cannot be had, or fails.
    """
    real, double = apply(name), apply("standin")
    write_record(real.state, real.emitted)
    planned = list(differences(real.planned, double.planned)), read_reasons("planned")
    state = list(differences(real.state, double.state)), read_reasons("state")
    print("First plan:", report(*planned), "State:", report(*state), sep="\n")
    print(f"record: {RECORD.relative_to(ROOT)}, {RECORD.stat().st_size / 1024:.0f} KiB")
    return 1 if any(unexplained(*each) or unneeded(*each) for each in (planned, state)) else 0


def hold_planted(name: str) -> int:
    """Hold a real provider to refusing wrong values; 1 when it lets one pass.

    Raises
    ------
    SetupError
        The stack cannot be validated at all.
    """
    let_pass = passed(name)
    print("\n".join([*let_pass, f"{name}: {len(PLANTED) - len(let_pass)} of {len(PLANTED)} wrong values refused"]))
    return 1 if let_pass else 0


def main(words: Sequence[str]) -> int:
    """Plant, compare and record.

    Returns
    -------
    0, 1 when a provider fails or something is not as it must be, 2 when there is nothing to compare with.
    """
    parser = argparse.ArgumentParser(prog="make provider-conformance", description=__doc__.splitlines()[0])
    parser.add_argument("--planted", action="store_true", help="only whether wrong values are refused")
    only_planted = parser.parse_args(words).planted
    try:
        name = real_provider()
        return hold_planted(name) or (0 if only_planted else compare(name))
    except (SetupError, StartError) as error:
        print(f"conformance: {error}", file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
