"""Terraform and cdktf on the stack of one environment: ``python -m operations.terraform COMMAND ENV``.

Without the registry's AWS provider within reach, `validate` and everything on the local environment use the stand-in
provider (`localstack.aws_provider`); ``PROVIDER=registry`` uses the registry's. Plans and deploys of real environments
always use the registry's: the stand-in refuses any endpoint that is not loopback.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from localstack.aws_provider import mirror
from localstack.local_platform.endpoints import Endpoints
from modules.environments import config
from toolchain import artifacts, tools
from toolchain.errors import SetupError
from toolchain.paths import BUILD, ROOT, UP_STATE

LOCAL: Final = "local"
PROVIDERS: Final = ("standin", "registry")


def local_state(file: Path) -> dict[str, str]:
    """Variables that put the local backend's state into `file`, whoever calls Terraform, cdktf included."""
    return {"TF_CLI_ARGS_init": f"-backend-config=path={file}"}


def callback_url(backend_url: str) -> str:
    """Where the local environment's callbacks go."""
    return f"{backend_url}/internal/media-processing/callback"


def provider_environment(environment: str, *, real_calls: bool) -> dict[str, str]:
    """Variables that make Terraform find its AWS provider.

    Parameters
    ----------
    environment
        Name under ``environments/``.
    real_calls
        Whether the provider will call AWS, as in a plan, and not only check the configuration.

    Raises
    ------
    SetupError
        ``PROVIDER`` is neither of `PROVIDERS`, or the stand-in is asked to reach a real account.
    """
    chosen = os.environ.get("PROVIDER") or ("registry" if real_calls and environment != LOCAL else "standin")
    if chosen not in PROVIDERS:
        raise SetupError(f"PROVIDER={chosen} is unknown: use {' or '.join(PROVIDERS)}")
    if chosen == "registry":
        return {}
    if real_calls and environment != LOCAL:
        raise SetupError(f"PROVIDER=standin only reaches the local platform, not {environment}: use PROVIDER=registry")
    return mirror.install(BUILD / "terraform")


class Stack:
    """One environment's stack.

    Parameters
    ----------
    environment
        Name under ``environments/``.
    data
        Terraform's working data (`TF_DATA_DIR`), for runs beside each other; None for Terraform's own ``.terraform``,
        which a plain `cdktf deploy` uses too.
    variables
        Environment variables for Terraform, e.g. of the AWS account.
    emitted
        Folder that synth writes. The stack refers to the artifacts as ``build/artifacts`` beside it.

    Raises
    ------
    SetupError
        No such environment, or a wrong value in its file.
    """

    def __init__(
        self,
        environment: str,
        *,
        data: Path | None = None,
        variables: Mapping[str, str] | None = None,
        emitted: Path = ROOT / "cdktf.out",
    ) -> None:
        try:
            self.config = config.load(environment)
        except config.ConfigError as error:
            raise SetupError(str(error)) from error
        self.name = f"toq-media-{environment}"
        self.emitted = emitted
        self.directory = emitted / "stacks" / self.name
        self._variables = {"ENV": environment, "CDKTF_OUTDIR": str(emitted), **(variables or {})}
        if data:
            self._variables["TF_DATA_DIR"] = str(data)

    @property
    def own_variables(self) -> dict[str, str]:
        """What Terraform and cdktf need beside the surrounding environment."""
        return {
            **tools.environment(),
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            **self._variables,
        }

    @property
    def variables(self) -> dict[str, str]:
        """The whole environment for Terraform and cdktf."""
        return {**os.environ, **self.own_variables}

    def build_artifacts(self) -> None:
        """Bring the ZIPs and the layer up to date for this environment's processor.

        Raises
        ------
        SetupError
            They can not be built.
        """
        try:
            artifacts.build(ROOT, self.config.architecture)
        except artifacts.ArtifactError as error:
            raise SetupError(str(error)) from error

    def run(self, *command: str, directory: Path | None = None) -> int:
        """Run a command on the stack with this terminal; its exit code."""
        return subprocess.run(command, cwd=directory or self.directory, env=self.variables, check=False).returncode

    def synth(self) -> int:
        """Emit the stack's Terraform."""
        return self.run(sys.executable, "main.py", directory=ROOT)


def validate(environment: str) -> int:
    """`terraform validate` of the emitted stack, without a backend and without an account."""
    provider = provider_environment(environment, real_calls=False)
    stack = Stack(environment, data=BUILD / "terraform" / f"{environment}-validate", variables=provider)
    return (
        stack.synth()
        or stack.run("terraform", "init", "-backend=false", "-no-color")
        or stack.run("terraform", "validate", "-no-color")
    )


def running_platform() -> Endpoints:
    """The platform that `make up` left running.

    Raises
    ------
    SetupError
        There is none.
    """
    running = Endpoints.read(UP_STATE)
    if running is None:
        raise SetupError("ENV=local needs the local platform: start it with `make up`")
    return running


def reached(environment: str) -> Stack:
    """The stack of `environment` with the way to its account, or to the platform that `make up` left running.

    Raises
    ------
    SetupError
        Nothing runs that the local environment could be deployed to.
    """
    variables = provider_environment(environment, real_calls=True)
    if environment != LOCAL:
        return Stack(environment, variables=variables)
    running = running_platform()
    state = Path(running.state_file)
    variables |= running.environment | local_state(state)
    variables["TF_VAR_callback_url"] = callback_url(running.backend_url)
    folder = state.parent  # as `deployment.Deployment` laid it out
    return Stack(environment, data=folder / "terraform", variables=variables, emitted=folder / "cdktf.out")


def plan(environment: str) -> int:
    """`terraform plan` against the account; leaves ``build/plan/ENV.tfplan``, also as JSON for `make plan-review`."""
    stack = reached(environment)
    stack.build_artifacts()
    plans = BUILD / "plan"
    plans.mkdir(parents=True, exist_ok=True)
    file = plans / f"{environment}.tfplan"
    code = (
        stack.synth() or stack.run("terraform", "init", "-no-color") or stack.run("terraform", "plan", f"-out={file}")
    )
    if code:
        return code
    with (plans / f"{environment}.json").open("wb") as output:
        shown = ["terraform", "show", "-json", str(file)]
        code = subprocess.run(shown, cwd=stack.directory, env=stack.variables, stdout=output, check=False).returncode
    print(f"plan: {plans.relative_to(ROOT)}/{environment}.tfplan and .json")
    return code


def cdktf(command: str, environment: str) -> int:
    """`cdktf deploy` or `cdktf diff` of the stack, after bringing the artifacts up to date."""
    stack = reached(environment)
    stack.build_artifacts()
    options = ["--output", str(stack.emitted), *sys.argv[3:]]
    return stack.run("cdktf", command, stack.name, *options, directory=ROOT)


def deploy(environment: str) -> int:
    """`cdktf deploy`: shows what changes, asks, applies."""
    return cdktf("deploy", environment)


def diff(environment: str) -> int:
    """`cdktf diff`: what `deploy` would change."""
    return cdktf("diff", environment)


COMMANDS: Final[dict[str, Callable[[str], int]]] = {"validate": validate, "plan": plan, "deploy": deploy, "diff": diff}


def main(words: list[str]) -> int:
    """Read ``COMMAND ENV [OPTIONS OF CDKTF]``."""
    if len(words) < 2 or words[0] not in COMMANDS:
        print(f"usage: python -m operations.terraform {'|'.join(COMMANDS)} ENV", file=sys.stderr)
        return SetupError.exit_code
    try:
        return COMMANDS[words[0]](words[1])
    except SetupError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
