"""What Terraform deployed, for the commands that operators run against it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

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
    """Read what `operations.outputs.read_outputs` finds for an environment.

    Raises
    ------
    UsageError
        There are no outputs, or they lack one.
    """
    from operations.outputs import read_outputs  # which raises this module's error

    outputs = read_outputs(environment)
    try:
        return Deployment(**{name: outputs[name] for name in Deployment.__slots__})
    except KeyError as error:
        raise UsageError(f"the Terraform outputs of {environment} lack {error}: deploy again") from None
