"""Terraform and cdktf on the stack of one environment: ``python -m operations.terraform COMMAND ENV``.

The only place that runs them. How an account is reached stands in environment variables, as for Terraform itself; the
Makefile leads ``ENV=local`` to the platform that `make up` left running.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from modules.environments import config
from modules.environments.environment import Environment
from toolchain import tools
from toolchain.errors import SetupError
from toolchain.paths import BUILD, ROOT
from toolchain.terraform_provider import LOCAL, provider_environment

# Without these the local environment's Terraform would reach a real account, or begin with an empty state.
LOCAL_VARIABLES: Final = ("AWS_ENDPOINT_URL", "TF_CLI_ARGS_init", "TF_VAR_callback_url")


class Runner(Protocol):
    """Runs one command to its end."""

    def __call__(self, step: str, command: Sequence[str], *, directory: Path, environment: Mapping[str, str]) -> int:
        """Run it.

        Parameters
        ----------
        step
            What it is, for logs and messages, e.g. ``terraform-apply``.
        environment
            The whole of it.

        Returns
        -------
        The command's exit code.
        """


def run_here(step: str, command: Sequence[str], *, directory: Path, environment: Mapping[str, str]) -> int:
    """Run a command on this terminal, see `Runner`."""
    return subprocess.run(command, cwd=directory, env=environment, check=False).returncode


def load_config(environment: str) -> Environment:
    """Read an environment's file.

    Raises
    ------
    SetupError
        No such environment, or a wrong value in its file.
    """
    try:
        return config.load(environment)
    except config.ConfigError as error:
        raise SetupError(str(error)) from error


class Stack:
    """One environment's stack; its artifacts stand in ``build/artifacts`` beside the folder that synth writes.

    Parameters
    ----------
    environment
        Name under ``environments/``.
    surroundings
        Environment variables with the way to the provider and to the account; this process's own when None.
        ``CDKTF_OUTDIR`` is the folder that synth writes, ``cdktf.out`` when it is not there.
    run
        Runs each step.

    Raises
    ------
    SetupError
        No such environment, or a wrong value in its file.
    """

    def __init__(
        self, environment: str, surroundings: Mapping[str, str] | None = None, *, run: Runner = run_here
    ) -> None:
        self.config = load_config(environment)
        given = os.environ if surroundings is None else surroundings
        self.name = self.config.stack_name
        self.emitted = Path(given.get("CDKTF_OUTDIR") or ROOT / "cdktf.out")
        self.directory = self.emitted / "stacks" / self.name
        self.variables = {
            **given,
            **tools.environment(),
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            "ENV": environment,
            "CDKTF_OUTDIR": str(self.emitted),
        }
        self._run = run

    def build_artifacts(self) -> int:
        """Bring the ZIPs and the layer up to date for this environment's processor; 0, or the exit code."""
        words = ["-m", "toolchain.artifacts", "--quiet", "--architecture", self.config.architecture]
        return self._step("artifacts", sys.executable, *words, directory=ROOT)

    def synth(self) -> int:
        """Emit the stack's Terraform; 0, or the exit code."""
        self._forget_provider()
        return self._step("synth", sys.executable, "main.py", directory=ROOT)

    def terraform(self, *words: str) -> int:
        """Run Terraform in the emitted stack; its exit code."""
        return self._step(f"terraform-{words[0]}", "terraform", *words, directory=self.directory)

    def cdktf(self, command: str, *options: str) -> int:
        """Run cdktf on the stack, which it emits itself; its exit code."""
        self._forget_provider()
        words = [command, self.name, "--output", str(self.emitted), *options]
        return self._step(f"cdktf-{command}", "cdktf", *words, directory=ROOT)

    def ask(self, *words: str) -> str:
        """What Terraform prints in the emitted stack.

        Raises
        ------
        SetupError
            It failed; with the first line of its reason.
        """
        if not self.directory.is_dir():
            raise SetupError(f"{self.name} is not synthesised: run `make deploy ENV={self.config.name}` first")
        done = subprocess.run(
            ["terraform", *words], cwd=self.directory, env=self.variables, capture_output=True, text=True, check=False
        )
        if done.returncode:
            lines = [line.strip(" │╷╵") for line in done.stderr.splitlines()]
            reason = next((line for line in lines if line), "no reason given")
            raise SetupError(f"terraform {words[0]} failed for {self.config.name} ({reason}): check credentials")
        return done.stdout

    def outputs(self) -> dict[str, Any]:
        """Terraform's outputs by name, from a state that `terraform init` has met.

        Raises
        ------
        SetupError
            Terraform failed.
        """
        return {name: plain(output) for name, output in json.loads(self.ask("output", "-json")).items()}

    def _forget_provider(self) -> None:
        """Remove Terraform's lock file, which holds checksums of the last run's provider; `PROVIDER` may be another's.

        Which version is used does not depend on it: what is emitted names exactly one.
        """
        (self.directory / ".terraform.lock.hcl").unlink(missing_ok=True)

    def _step(self, step: str, *command: str, directory: Path) -> int:
        return self._run(step, command, directory=directory, environment=self.variables)


def plain(output: Any) -> Any:
    """The value of an output; Terraform wraps it as ``{"value", "type", "sensitive"}``, the local platform does not."""
    return output["value"] if isinstance(output, dict) and {"value", "type"} <= set(output) else output


def reached(environment: str) -> Stack:
    """The stack of `environment` with the way to its account that stands in this process's variables.

    Raises
    ------
    SetupError
        Nothing leads to a platform that the local environment could be deployed to.
    """
    provider = provider_environment(environment, real_calls=True)
    if environment == LOCAL and not os.environ.keys() >= set(LOCAL_VARIABLES):
        raise SetupError("ENV=local needs the local platform: start it with `make up`")
    return Stack(environment, {**os.environ, **provider})


def validate(environment: str) -> int:
    """`terraform validate` of the emitted stack, without a backend and without an account."""
    data = {"TF_DATA_DIR": str(BUILD / "terraform" / f"{environment}-validate")}
    stack = Stack(environment, {**os.environ, **provider_environment(environment, real_calls=False), **data})
    return (
        stack.build_artifacts()  # the stack hashes them
        or stack.synth()
        or stack.terraform("init", "-backend=false", "-no-color")
        or stack.terraform("validate", "-no-color")
    )


def plan(environment: str) -> int:
    """`terraform plan` against the account; leaves ``build/plan/ENV.tfplan``, also as JSON for `make plan-review`."""
    plans = BUILD / "plan"
    plans.mkdir(parents=True, exist_ok=True)
    for left in plans.glob(f"{environment}.*"):
        left.unlink()  # whoever reviews after this plan failed must not review the last one
    file = plans / f"{environment}.tfplan"
    stack = reached(environment)
    code = (
        stack.build_artifacts()
        or stack.synth()
        or stack.terraform("init", "-no-color")
        or stack.terraform("plan", f"-out={file}")
    )
    if code:
        return code
    (plans / f"{environment}.json").write_text(stack.ask("show", "-json", str(file)), encoding="utf-8")
    print(f"plan: {plans.relative_to(ROOT)}/{environment}.tfplan and .json")
    return 0


def deploy(environment: str) -> int:
    """`cdktf deploy`: shows what changes, asks, applies."""
    stack = reached(environment)
    return stack.build_artifacts() or stack.cdktf("deploy", *sys.argv[3:])


def diff(environment: str) -> int:
    """`cdktf diff`: what `deploy` would change."""
    stack = reached(environment)
    return stack.build_artifacts() or stack.cdktf("diff", *sys.argv[3:])


COMMANDS: Final[dict[str, Callable[[str], int]]] = {"validate": validate, "plan": plan, "deploy": deploy, "diff": diff}


def main(words: list[str]) -> int:
    """Read ``COMMAND ENV [OPTIONS OF CDKTF]``."""
    if len(words) < 2 or words[0] not in COMMANDS:
        print(f"usage: python -m operations.terraform {'|'.join(COMMANDS)} ENV", file=sys.stderr)
        return SetupError.exit_code
    try:
        load_config(words[1])  # a mistake is told before anything is looked for
        return COMMANDS[words[0]](words[1])
    except SetupError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
