"""The `local` environment's own Terraform, applied to a LocalStack: the same stack that accounts get."""

import json
import secrets
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3

from localstack.local_platform.errors import StartError
from localstack.local_platform.service import Service, clean_environment
from operations.terraform import Stack, callback_url, local_state
from toolchain.paths import BUILD, ROOT
from toolchain.terraform_provider import LOCAL, provider_environment


class Deployment:
    """Builds, applies and reads the outputs of the local stack.

    Parameters
    ----------
    directory
        For the state, Terraform's working data and the logs of each step.
    calls
        Variables that lead to LocalStack, see `emulator.call_environment`.
    backend_url
        Where callbacks are to be sent.
    track
        Told of each process before it starts, so that an interrupted platform can end it.
    """

    def __init__(
        self, directory: Path, *, calls: Mapping[str, str], backend_url: str, track: Callable[[Service], None]
    ) -> None:
        self._directory = directory.resolve()
        self._calls = dict(calls)
        self._track = track
        self.state = self._directory / "terraform.tfstate"
        self.outputs_file = self._directory / "outputs.json"
        self._stack = Stack(
            LOCAL,
            data=self._directory / "terraform",
            variables={
                **provider_environment(LOCAL, real_calls=True),
                **calls,
                # AWS's SDKs put the account in front of S3 Control's host, which no resolver knows
                # (000000000000.127.0.0.1): such calls go to LocalStack as to a proxy; those to 127.0.0.1 never do.
                "HTTP_PROXY": calls["AWS_ENDPOINT_URL"],
                **local_state(self.state),
                "TF_VAR_callback_url": callback_url(backend_url),
            },
            emitted=self._directory / "cdktf.out",  # platforms beside each other do not share it
        )

    def build_artifacts(self) -> None:
        """Bring the functions' ZIPs and their layer up to date.

        Raises
        ------
        StartError
            They can not be built; with the reason.
        """
        wanted = ["-m", "toolchain.artifacts", "--architecture", self._stack.config.architecture]
        self._run("artifacts", sys.executable, *wanted, directory=ROOT)

    def synth(self) -> None:
        """Emit the Terraform of the local environment.

        Raises
        ------
        StartError
            `main.py` failed; with its output.
        """
        beside = self._directory / "build"
        if not beside.is_symlink():
            beside.symlink_to(BUILD)
        self._run("synth", sys.executable, "main.py", directory=ROOT)

    def apply(self) -> dict[str, Any]:
        """Create everything, give the callback secret a value, and read Terraform's outputs.

        Raises
        ------
        StartError
            Terraform failed; with the end of its output.
        """
        shutil.rmtree(self._directory / "terraform", ignore_errors=True)
        self.state.unlink(missing_ok=True)
        directory = self._stack.directory
        self._run("terraform-init", "terraform", "init", "-no-color", directory=directory)
        self._run("terraform-apply", "terraform", "apply", "-auto-approve", "-no-color", directory=directory)
        shown = self._run("terraform-output", "terraform", "output", "-json", "-no-color", directory=directory)
        outputs = {name: output["value"] for name, output in json.loads(shown.read_text()).items()}
        self.outputs_file.write_text(json.dumps(outputs, indent=2))
        self._set_secret(outputs["callback_secret_arn"])
        return outputs

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

    def _run(self, name: str, *command: str, directory: Path) -> Path:
        """Run one step under guard; returns its output."""
        log = self._directory / f"{name}.log"
        variables = {**clean_environment(), **self._stack.own_variables}
        step = Service(name, command, environment=variables, log=log, directory=directory)
        self._track(step)
        step.start()
        code = step.wait()
        step.stop()
        if code:
            raise StartError(f"{name} of the local stack failed with exit code {code}", log)
        return log
