"""Names that the requirements fix or more than one module needs, without an environment's suffix."""

from typing import Final

ADMIN_ROLE: Final = "toq-media-processing-admin"
BACKEND_ROLE: Final = "toq-media-processing-backend"
MEDIACONVERT_ROLE: Final = "MediaConvert_Default_Role"
MEDIACONVERT_QUEUE: Final = "toq-media-queue"
JOB_TEMPLATE: Final = "toq-media-video-preset"
BATCH_QUEUE: Final = "listing-media-processing"
DEAD_LETTER_QUEUE: Final = "listing-media-processing-dlq"
EVENT_QUEUE: Final = "listing-media-events"
EVENT_DEAD_LETTER_QUEUE: Final = "listing-media-events-dlq"
STATE_MACHINE: Final = "listing-media-processing-sm"
STATE_MACHINE_LOGS: Final = f"/aws/step-functions/{STATE_MACHINE}"
CALLBACK_API: Final = "toq-media-callback"
CALLBACK_API_LOGS: Final = f"/aws/apigateway/{CALLBACK_API}"
FUNCTION_LOGS: Final = "/aws/lambda/"  # and the function's name
ALERTS_TOPIC: Final = "toq-media-alerts"


def function_role(package: str) -> str:
    """Name of the role of the Lambda function in ``handlers/<package>``: ``toq-media-processing-lambda-<function>``."""
    return f"toq-media-processing-lambda-{package.replace('_', '-')}"
