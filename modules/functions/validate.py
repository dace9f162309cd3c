"""``listing-media-validate``: state ValidateRawAssets."""

from typing import TYPE_CHECKING, Final

from handlers.contract.keys import Stage
from modules.environments.environment import FunctionSize
from modules.function_record import MANIFESTS, FunctionRecord, Invoker
from modules.policy import WRITE, Statement
from modules.rendering import rendering_variables

if TYPE_CHECKING:
    from modules.foundation import Foundation


def _statements(foundation: "Foundation") -> list[Statement]:
    storage = foundation.storage
    return [
        storage.allow_reading("ReadRawMedia", f"*/{Stage.RAW}/*", versions=True),
        storage.allow_reading("ReadBatchInput", MANIFESTS),
        storage.allow_writing("WriteVerdicts", MANIFESTS),
        storage.allow_telling_missing_from_forbidden(),
        foundation.encryption.use_through("s3", WRITE, "UseKeyThroughS3"),
    ]


def _variables(foundation: "Foundation") -> dict[str, str]:
    limits = {variable: str(limit) for variable, limit in foundation.environment.limits.items()}
    return limits | dict(rendering_variables(foundation.environment))


RECORD: Final = FunctionRecord(
    module=__name__,
    place=2,
    description="Checks every asset of a batch against S3",
    size=FunctionSize(memory_mb=1769, timeout_seconds=300, reserved_concurrency=10),
    invoked_by=frozenset({Invoker.STATE_MACHINE}),
    statements=_statements,
    variables=_variables,
    requests_at_once=32,
)
