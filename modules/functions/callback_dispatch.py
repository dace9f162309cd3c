"""``listing-media-callback-dispatch``: state CallbackBackend, and the private API's redelivery of a callback."""

from typing import TYPE_CHECKING, Final

from handlers.contract import names
from modules.environments.environment import FunctionSize
from modules.function_record import MANIFESTS, FunctionRecord, Invoker
from modules.policy import READ, WRITE, Statement, allow

if TYPE_CHECKING:
    from modules.foundation import Foundation


def _statements(foundation: "Foundation") -> list[Statement]:
    storage, encryption = foundation.storage, foundation.encryption
    return [
        allow("ReadSigningSecret", ["secretsmanager:GetSecretValue"], [foundation.callback_secret_arn]),
        storage.allow_reading("ReadResult", MANIFESTS),
        storage.allow_writing("WriteReceipt", MANIFESTS),
        storage.allow_telling_missing_from_forbidden(),
        encryption.use_through("secretsmanager", READ, "UseKeyThroughSecretsManager"),
        encryption.use_through("s3", WRITE, "UseKeyThroughS3"),
    ]


def _variables(foundation: "Foundation") -> dict[str, str]:
    return {names.CALLBACK_SECRET_ARN: foundation.callback_secret_arn}


RECORD: Final = FunctionRecord(
    module=__name__,
    place=6,
    description="Sends a batch's result to the backend, signed",
    # API Gateway waits 29 s at most.
    size=FunctionSize(memory_mb=512, timeout_seconds=28, reserved_concurrency=10),
    invoked_by=frozenset({Invoker.STATE_MACHINE, Invoker.API}),
    statements=_statements,
    variables=_variables,
    errors_alarm="Callbacks to the backend fail: is the backend up?",
    unmeasured_seconds=1.0,
)
