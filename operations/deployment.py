"""What Terraform deployed, for the commands that operators run against it."""

from collections.abc import Mapping
from dataclasses import dataclass

from operations.outputs import read_outputs
from toolchain.errors import SetupError


@dataclass(frozen=True, slots=True)
class DeployedResources:
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
    event_queue_url: str
    event_dead_letter_queue_url: str
    state_machine_arn: str
    function_arns: Mapping[str, str]


def read_deployed(environment: str) -> DeployedResources:
    """Read them from what `operations.outputs.read_outputs` finds for an environment.

    Raises
    ------
    SetupError
        There are no outputs, they lack one, or no local platform runs.
    """
    outputs = read_outputs(environment)
    try:
        return DeployedResources(**{name: outputs[name] for name in DeployedResources.__slots__})
    except KeyError as error:
        raise SetupError(f"the Terraform outputs of {environment} lack {error}: deploy again") from None
