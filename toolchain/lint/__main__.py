"""Every static check of the repository, one line each: ``python -m toolchain.lint`` (`make lint`).

checkov and statelint live in an environment of their own: checkov pins boto3 and others to versions that the project
does not use. Exit code 1 when a check fails; all of them run first.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from toolchain.errors import SetupError
from toolchain.interpreters import find_uv
from toolchain.paths import BUILD, ROOT

REQUIREMENTS: Final = Path(__file__).with_name("requirements.txt")
ENVIRONMENT: Final = BUILD / "venvs/lint"
SCANNED: Final = BUILD / "lint"
TYPED: Final = ("main.py", "modules", "handlers", "operations", "toolchain", "localstack/aws_provider/toq_aws_provider")
ACTIONLINT: Final = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.7"


class LintError(SetupError):
    """A check cannot even start; the message names what is missing and the remedy."""


@dataclass(frozen=True, slots=True)
class Check:
    """One command whose exit code is the result.

    Parameters
    ----------
    must_say
        Pattern that the output of a success has, for tools that also succeed when they looked at nothing.
    """

    name: str
    command: list[str]
    must_say: str = ""


def main() -> int:
    """Run the checks; returns the exit code."""
    try:
        install_policy_tools()
        checks = [*python_checks(), *policy_checks(), *workflow_checks()]
    except SetupError as error:
        print(f"lint: {error}", file=sys.stderr)
        return 2
    failed = [check.name for check in checks if not passes(check)]
    if failed:
        print(f"lint: {', '.join(failed)} failed", file=sys.stderr)
    return 1 if failed else 0


def python_checks() -> Iterator[Check]:
    """Style, formatting and types of the sources, by the project's own environment."""
    yield Check("ruff check", [sys.executable, "-m", "ruff", "check", "."])
    yield Check("ruff format", [sys.executable, "-m", "ruff", "format", "--check", "."])
    yield Check("mypy", [sys.executable, "-m", "mypy", *TYPED])


def policy_checks() -> Iterator[Check]:
    """checkov on every emitted stack and statelint on every state machine.

    Raises
    ------
    LintError
        When nothing was emitted.
    """
    stacks = sorted((ROOT / "cdktf.out/stacks").glob("*/cdk.tf.json"))
    if not stacks:
        raise LintError("no stack under cdktf.out/stacks: run `make synth` first")
    for stack in stacks:
        config = ["--config-file", str(ROOT / ".checkov.yaml"), "--file", str(without_imports(stack))]
        scan = ["env", f"HOME={SCANNED}", str(ENVIRONMENT / "bin/checkov"), *config]  # it keeps caches at home
        yield Check(f"checkov {stack.parent.name}", scan, must_say=r"Passed checks: [1-9]\d*, Failed checks: 0")
        machine = stack.with_name("state-machine.asl.json")
        yield Check(f"statelint {stack.parent.name}", [str(ENVIRONMENT / "bin/statelint"), str(machine)])


def without_imports(stack: Path) -> Path:
    """A copy of the stack for checkov, whose parser knows neither `import` blocks nor a required version."""
    copy = SCANNED / stack.parent.name / stack.name
    copy.parent.mkdir(parents=True, exist_ok=True)
    emitted = json.loads(stack.read_text(encoding="utf-8"))
    emitted.pop("import", None)
    emitted["terraform"].pop("required_version", None)
    copy.write_text(json.dumps(emitted, indent=2), encoding="utf-8")
    return copy


def workflow_checks() -> Iterator[Check]:
    """actionlint, where it is installed or Go can build it."""
    workflows = sorted(map(str, (ROOT / ".github/workflows").glob("*.yml")))
    if actionlint := shutil.which("actionlint"):
        yield Check("actionlint", [actionlint, *workflows])
    elif go := shutil.which("go"):
        yield Check("actionlint", [go, "run", ACTIONLINT, *workflows])
    else:
        print("actionlint     not run: neither actionlint nor go is on the PATH")


def install_policy_tools() -> None:
    """Make the environment of checkov and statelint, once per version of its requirements.

    Raises
    ------
    LintError
        When uv is missing or the package index cannot be reached.
    """
    stamp = ENVIRONMENT / "requirements.txt"
    if stamp.exists() and stamp.read_bytes() == REQUIREMENTS.read_bytes():
        return
    uv = str(find_uv())
    try:
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(ENVIRONMENT)], check=True)
        install = [uv, "pip", "install", "--quiet", "--require-hashes", "--python", str(ENVIRONMENT / "bin/python")]
        subprocess.run([*install, "-r", str(REQUIREMENTS)], check=True)
    except FileNotFoundError as error:
        raise LintError("uv is not installed: run `make lint`, which sets it up") from error
    except subprocess.CalledProcessError as error:
        raise LintError("checkov and statelint cannot be installed: see the lines above; check the network") from error
    stamp.write_bytes(REQUIREMENTS.read_bytes())


def passes(check: Check) -> bool:
    """Run one check; its output is shown when it fails."""
    done = subprocess.run(check.command, cwd=ROOT, capture_output=True, text=True, check=False)
    passed = done.returncode == 0 and re.search(check.must_say, done.stdout) is not None
    print(f"{check.name:32} {'ok' if passed else 'FAILED'}", flush=True)
    if not passed:
        print(done.stdout + done.stderr, flush=True)
    return passed


if __name__ == "__main__":
    sys.exit(main())
