"""``listing-media-zip``: state ZipBundle."""

from typing import TYPE_CHECKING, Final

from handlers.contract.keys import Stage
from modules.environments.environment import FunctionSize
from modules.function_record import MANIFESTS, FunctionRecord, Invoker
from modules.policy import WRITE, Statement, allow

if TYPE_CHECKING:
    from modules.foundation import Foundation


def _statements(foundation: "Foundation") -> list[Statement]:
    storage = foundation.storage
    return [
        storage.allow_reading("ReadProcessedMedia", f"*/{Stage.PROCESSED}/*"),
        storage.allow_reading("RecogniseOwnBundle", f"*/{Stage.ZIP}/*"),
        allow("WriteBundles", ["s3:AbortMultipartUpload", "s3:PutObject"], storage.stage(Stage.ZIP)),
        storage.allow_writing("WriteBundleList", MANIFESTS),
        storage.allow_telling_missing_from_forbidden(),
        foundation.encryption.use_through("s3", WRITE, "UseKeyThroughS3"),
    ]


RECORD: Final = FunctionRecord(
    module=__name__,
    place=4,
    description="Bundles processed assets in S3",
    size=FunctionSize(memory_mb=1769, timeout_seconds=900, reserved_concurrency=10),
    invoked_by=frozenset({Invoker.STATE_MACHINE}),
    statements=_statements,
    requests_at_once=8,
)
