"""Where a running platform is reached: what tests, the demo and `make up`'s users work with."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import psutil

from localstack.local_platform.local_stack import state_file, terraform_variables
from localstack.local_platform.localstack_process import call_environment
from toolchain.errors import SetupError


@dataclass(frozen=True, slots=True)
class Endpoints:
    """A running platform.

    Parameters
    ----------
    pid
        The process that owns it.
    gateway_url
        AWS, for ``AWS_ENDPOINT_URL``.
    admin_database_url, application_database_url
        The schema `toq_server` as administrator, and as `toq_app` with just the granted rights.
    backend_url
        The reference backend.
    outputs
        Terraform's outputs by name.
    outputs_file
        The same as JSON.
    logs
        Folder of the services' logs, and of Terraform's state and data.
    phases
        Seconds that each part of the start took; parts overlap.
    """

    pid: int
    gateway_url: str
    admin_database_url: str
    application_database_url: str
    backend_url: str
    outputs: dict[str, Any]
    outputs_file: str
    logs: str
    phases: dict[str, float]

    @property
    def environment(self) -> dict[str, str]:
        """Variables for commands that work with the platform."""
        return {
            **call_environment(self.gateway_url),
            "DATABASE_URL": self.admin_database_url,
            "BACKEND_URL": self.backend_url,
            "TOQ_OUTPUTS": self.outputs_file,
        }

    @property
    def deployment_environment(self) -> dict[str, str]:
        """Variables for commands that work with the deployed stack; its outputs stand in Terraform's state."""
        calls = call_environment(self.gateway_url)
        variables = terraform_variables(Path(self.logs), calls=calls, backend_url=self.backend_url)
        return {**variables, "BACKEND_URL": self.backend_url}

    @property
    def state_file(self) -> Path:
        """Terraform's state of the deployed stack."""
        return state_file(Path(self.logs))

    @property
    def emitted_stack(self) -> Path:
        """The Terraform that was deployed."""
        (emitted,) = Path(self.logs).glob("cdktf.out/stacks/*/cdk.tf.json")
        return emitted

    @property
    def running(self) -> bool:
        """Whether the owner is alive and still a platform, not another program with its process id."""
        try:
            return "localstack.local_platform" in psutil.Process(self.pid).cmdline()
        except psutil.Error:
            return False

    @classmethod
    def read(cls, file: Path) -> Self | None:
        """From the state file of `make up`; None when there is none or its platform is gone."""
        try:
            found = cls(**json.loads(file.read_text()))
        except FileNotFoundError:
            return None
        except (TypeError, ValueError) as error:
            raise SetupError(f"{file} is not of this version's making: delete it") from error
        return found if found.running else None

    def write(self, file: Path) -> None:
        """Replace the state file at once; it holds local passwords, so only its owner may read it."""
        partial = file.with_suffix(".partial")
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as output:
            json.dump(asdict(self), output, indent=2)
        partial.replace(file)
