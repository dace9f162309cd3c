"""What Terraform deployed, for the commands that operators run against it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

LOCAL: Final = "local"
OUTPUTS_VARIABLE: Final = "TOQ_OUTPUTS"  # path of a JSON file with the outputs, as the local platform writes it


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
    """Read what `operations.outputs.read_outputs` finds for an environment, and lead boto3 to where that is.

    Raises
    ------
    UsageError
        There are no outputs, they lack one, or no local platform runs.
    """
    from operations.outputs import read_outputs  # which raises this module's error

    if environment == LOCAL and OUTPUTS_VARIABLE not in os.environ:
        os.environ.update(_local_platform())
    outputs = read_outputs(environment)
    try:
        return Deployment(**{name: outputs[name] for name in Deployment.__slots__})
    except KeyError as error:
        raise UsageError(f"the Terraform outputs of {environment} lack {error}: deploy again") from None


def _local_platform() -> dict[str, str]:
    """Variables that lead to the platform that `make up` left running; accounts are reached by the shell's own."""
    from operations.terraform import running_platform
    from toolchain.errors import SetupError

    try:
        return running_platform().environment
    except SetupError as error:
        raise UsageError(str(error)) from error
