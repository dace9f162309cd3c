"""The Makefile is the interface: its targets are a contract, and its help tells them all."""

import os
import re
import shlex
import subprocess

import pytest

from toolchain.paths import ROOT

TARGETS = re.findall(
    r"\S+",
    """
    demo test localstack-test synth validate plan deploy diff outputs migrate migrate-status migrate-rollback
    migrate-dry-run up down bench cost acceptance lint redrive replay plan-review help artifacts format
    """,
)


def make(*words: str) -> str:
    # As typed at a prompt, also when this test was started by make.
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(["make", *words], cwd=ROOT, capture_output=True, text=True, check=True, env=surroundings)
    return done.stdout


@pytest.mark.parametrize("target", TARGETS)
def test_help_tells_what_a_target_does(target: str) -> None:
    assert re.search(rf"^  make {target} +\w.+$", make("help"), re.MULTILINE)


def test_plain_make_is_help() -> None:
    assert make() == make("help")


def test_environment_is_dev_unless_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENV", raising=False)
    assert make("-n", "plan").rstrip().endswith("terraform plan dev")
    assert make("-n", "plan", "ENV=prod").rstrip().endswith("terraform plan prod")


def test_plan_review_keeps_its_exit_code_beside_the_plan() -> None:
    command = make("-n", "plan-review", "ENV=prod", "FORMAT=json", "OUTPUT=a b.json", "LIMIT=0", "WHOLE=in the run")
    words = shlex.split(command)
    assert {"build/plan/prod.json", "build/plan/prod.status", "json", "a b.json", "0", "in the run"} <= set(words)
