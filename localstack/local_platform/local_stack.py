"""The `local` environment's own Terraform, applied to a LocalStack: the same stack that accounts get."""

import json
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3

from localstack.local_platform.errors import StartError
from localstack.local_platform.service import Service, clean_environment
from operations.terraform import Stack
from toolchain.paths import BUILD
from toolchain.terraform_provider import LOCAL, provider_environment


def terraform_variables(directory: Path, *, calls: Mapping[str, str], backend_url: str) -> dict[str, str]:
    """Variables under which Terraform and cdktf work on a LocalStack, and keep all that they write in `directory`.

    Parameters
    ----------
    calls
        Variables that lead to LocalStack, see `localstack_process.call_environment`.
    backend_url
        The backend that callbacks are sent to.
    """
    return {
        **calls,
        # AWS's SDKs put the account in front of S3 Control's host, and no resolver knows 000000000000.127.0.0.1: such
        # calls go to LocalStack as to a proxy; those to 127.0.0.1 itself never do.
        "HTTP_PROXY": calls["AWS_ENDPOINT_URL"],
        "TF_CLI_ARGS_init": f"-backend-config=path={state_file(directory)}",
        "TF_DATA_DIR": str(directory / "terraform"),
        "CDKTF_OUTDIR": str(directory / "cdktf.out"),  # platforms beside each other do not share it
        "TF_VAR_callback_url": f"{backend_url}/internal/media-processing/callback",
    }


def state_file(directory: Path) -> Path:
    """Terraform's state of the stack that is applied in `directory`."""
    return directory / "terraform.tfstate"


def link_artifacts(directory: Path) -> None:
    """Let a stack that is emitted into ``directory/cdktf.out`` find the artifacts, in ``build`` beside it."""
    directory.mkdir(parents=True, exist_ok=True)
    beside = directory / "build"
    if not beside.is_symlink():
        beside.symlink_to(BUILD)


class AppliedStack:
    """Builds, applies and reads the outputs of the local stack.

    Parameters
    ----------
    directory
        For the state, Terraform's working data and the logs of each step.
    calls, backend_url
        See `terraform_variables`.
    track
        Told of each process before it starts, so that an interrupted platform can end it.
    provider
        Which AWS provider applies it; what ``PROVIDER`` says when None.
    """

    def __init__(
        self,
        directory: Path,
        *,
        calls: Mapping[str, str],
        backend_url: str,
        track: Callable[[Service], None],
        provider: str | None = None,
    ) -> None:
        self._directory = directory.resolve()
        self._calls = dict(calls)
        self._track = track
        self.outputs_file = self._directory / "outputs.json"
        self.state_file = state_file(self._directory)
        variables = terraform_variables(self._directory, calls=calls, backend_url=backend_url)
        found = provider_environment(LOCAL, real_calls=True, provider=provider)
        self._stack = Stack(LOCAL, clean_environment(**found, **variables), run=self._run)

    def build_artifacts(self) -> None:
        """Bring the functions' ZIPs and their layer up to date.

        Raises
        ------
        StartError
            They cannot be built; with the reason.
        """
        self._stack.build_artifacts()

    def synth(self) -> None:
        """Emit the Terraform of the local environment.

        Raises
        ------
        StartError
            `main.py` failed; with its output.
        """
        link_artifacts(self._directory)
        self._stack.synth()

    def apply(self) -> dict[str, Any]:
        """Create everything, give the callback secret a value, and read Terraform's outputs.

        Raises
        ------
        StartError
            Terraform failed; with the end of its output.
        """
        self._begin()
        self._stack.terraform("apply", "-auto-approve", "-no-color")
        outputs = self._stack.outputs()
        self.outputs_file.write_text(json.dumps(outputs, indent=2))
        self._set_secret(outputs["callback_secret_arn"])
        return outputs

    def first_plan(self) -> dict[str, Any]:
        """What Terraform would create, as ``terraform show -json`` tells it.

        Raises
        ------
        StartError
            Terraform failed; with the end of its output.
        """
        self._begin()
        file = self._directory / "first.tfplan"
        self._stack.terraform("plan", f"-out={file}", "-no-color")
        plan: dict[str, Any] = json.loads(self._stack.ask("show", "-json", str(file)))
        return plan

    def hold_second_plan_empty(self) -> None:
        """Plan what was just applied.

        Raises
        ------
        StartError
            The plan has changes; with the end of it.
        """
        self._stack.terraform("plan", "-detailed-exitcode", "-no-color")

    def read_emitted(self) -> dict[str, Any]:
        """The Terraform that `synth` emitted."""
        emitted: dict[str, Any] = json.loads((self._stack.directory / "cdk.tf.json").read_text(encoding="utf-8"))
        return emitted

    def _begin(self) -> None:
        """Initialise Terraform with an empty state."""
        shutil.rmtree(self._directory / "terraform", ignore_errors=True)
        self.state_file.unlink(missing_ok=True)
        self._stack.terraform("init", "-no-color")

    def _set_secret(self, arn: str) -> None:
        """The value stands outside Terraform, so that neither a plan nor a state file holds it."""
        client = boto3.client(
            "secretsmanager",
            endpoint_url=self._calls["AWS_ENDPOINT_URL"],
            region_name=self._calls["AWS_REGION"],
            aws_access_key_id=self._calls["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self._calls["AWS_SECRET_ACCESS_KEY"],
        )
        client.put_secret_value(SecretId=arn, SecretString=json.dumps({"secrets": [secrets.token_urlsafe(32)]}))

    def _run(self, step: str, command: Sequence[str], *, directory: Path, environment: Mapping[str, str]) -> int:
        """Run one step under guard, see `operations.terraform.Runner`.

        Raises
        ------
        StartError
            It failed; with the end of its output.
        """
        log = self._directory / f"{step}.log"
        process = Service(step, command, environment=environment, log=log, directory=directory)
        self._track(process)
        if code := process.run():
            raise StartError(f"{step} of the local stack failed with exit code {code}", log)
        return code
