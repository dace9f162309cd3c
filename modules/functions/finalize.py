"""``listing-media-finalize``: state FinalizeMetadata."""

from typing import TYPE_CHECKING, Final

from handlers.contract.keys import Stage
from modules.environments.environment import FunctionSize
from modules.function_record import MANIFESTS, FunctionRecord, Invoker
from modules.policy import WRITE, Statement

if TYPE_CHECKING:
    from modules.foundation import Foundation


def _statements(foundation: "Foundation") -> list[Statement]:
    storage = foundation.storage
    return [
        storage.allow_reading("ReadResults", f"*/{Stage.PROCESSED}/*", f"*/{Stage.THUMB}/video/*"),
        storage.allow_writing("WriteResult", MANIFESTS),
        storage.allow_telling_missing_from_forbidden(),
        foundation.encryption.use_through("s3", WRITE, "UseKeyThroughS3"),
    ]


RECORD: Final = FunctionRecord(
    module=__name__,
    place=5,
    description="Writes the batch's result",
    size=FunctionSize(memory_mb=1024, timeout_seconds=120, reserved_concurrency=10),
    invoked_by=frozenset({Invoker.STATE_MACHINE}),
    statements=_statements,
    requests_at_once=8,
)
