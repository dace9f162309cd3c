"""Names that the requirements fix and more than one construct needs, without an environment's suffix."""

from typing import Final

from handlers.contract.names import Function
from modules.environments.environment import Environment

ADMIN_ROLE: Final = "toq-media-processing-admin"
BACKEND_ROLE: Final = "toq-media-processing-backend"
MEDIACONVERT_ROLE: Final = "MediaConvert_Default_Role"
MEDIACONVERT_QUEUE: Final = "toq-media-queue"
JOB_TEMPLATE: Final = "toq-media-video-preset"
STATE_MACHINE: Final = "listing-media-processing-sm"
STATE_MACHINE_LOGS: Final = f"/aws/step-functions/{STATE_MACHINE}"
ALERTS_TOPIC: Final = "toq-media-alerts"


def account_root(environment: Environment) -> str:
    """Principal that stands for the whole account: whoever its IAM policies allow the action."""
    return f"arn:aws:iam::{environment.account_id}:root"


def function_role(function: Function) -> str:
    """Name of a Lambda function's own role: ``toq-media-processing-lambda-<function>``."""
    return f"toq-media-processing-lambda-{function.package.replace('_', '-')}"
