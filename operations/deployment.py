"""What Terraform deployed, for the commands that operators run against it."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

OUTPUTS_VARIABLE: Final = "TOQ_OUTPUTS"  # path of a JSON file with the outputs, as the local platform writes it
_STACKS: Final = Path("cdktf.out/stacks")


class UsageError(Exception):
    """A command can not do what it was asked to; the message names the input and the remedy."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """Names of deployed resources.

    Parameters
    ----------
    function_arns
        Function's name without an environment's suffix to its ARN.
    """

    region: str
    media_bucket: str
    queue_url: str
    dead_letter_queue_url: str
    state_machine_arn: str
    function_arns: Mapping[str, str]


def read_deployment(environment: str) -> Deployment:
    """Read Terraform's outputs of an environment.

    From the file that `OUTPUTS_VARIABLE` names, where it is set; otherwise by `terraform output` in the stack's folder.

    Raises
    ------
    UsageError
        There are none, or they lack one.
    """
    path = os.environ.get(OUTPUTS_VARIABLE)
    outputs = _from_file(Path(path)) if path else _from_terraform(environment)
    try:
        return Deployment(**{name: _value(outputs[name]) for name in Deployment.__slots__})
    except KeyError as error:
        raise UsageError(f"the Terraform outputs lack {error}: deploy {environment} again") from None


def _from_file(path: Path) -> Mapping[str, Any]:
    try:
        outputs: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise UsageError(f"{OUTPUTS_VARIABLE}={path} can not be read ({error}): start the platform anew") from None
    return outputs


def _from_terraform(environment: str) -> Mapping[str, Any]:
    stack = _STACKS / f"toq-media-{environment}"
    if not stack.is_dir():
        raise UsageError(f"{stack} is not there: run `make synth ENV={environment}` and `terraform init` first")
    terraform = os.environ.get("TERRAFORM_BINARY_NAME", "terraform")
    if shutil.which(terraform) is None:
        raise UsageError(f"{terraform} is not on the PATH: install it, or set {OUTPUTS_VARIABLE} to a file of outputs")
    done = subprocess.run([terraform, "output", "-json"], cwd=stack, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = done.stderr.strip().splitlines() or ["no reason given"]
        raise UsageError(f"terraform output failed in {stack} ({reason[0]}): check credentials, run terraform init")
    outputs: dict[str, Any] = json.loads(done.stdout)
    if not outputs:
        raise UsageError(f"{environment} has no outputs: run `make deploy ENV={environment}` first")
    return outputs


def _value(output: Any) -> Any:
    """Terraform wraps each output as ``{"value", "type", "sensitive"}``; a plain value stays as it is."""
    return output["value"] if isinstance(output, dict) and {"value", "type"} <= set(output) else output
