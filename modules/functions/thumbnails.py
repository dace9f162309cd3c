"""``listing-media-thumbnails``: state ImageThumbnails, once for each chunk of photos and documents."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from handlers.contract.keys import Stage
from handlers.contract.names import PHOTO_VARIANTS
from handlers.contract.photo_variants import to_text
from modules.environments.environment import FunctionSize
from modules.function_record import MANIFESTS, FunctionRecord, Invoker
from modules.policy import WRITE, Statement, allow
from modules.rendering import rendering_variables

if TYPE_CHECKING:
    from modules.foundation import Foundation

_IMAGES: Final = [f"*/{stage}/{kind}/*" for stage in (Stage.PROCESSED, Stage.THUMB) for kind in ("photo", "project")]


def _statements(foundation: "Foundation") -> list[Statement]:
    storage = foundation.storage
    return [
        # The validated version and no other, whatever is uploaded over it.
        allow("ReadValidatedMedia", ["s3:GetObjectVersion"], storage.stage(Stage.RAW)),
        storage.allow_reading("ReadVerdicts", MANIFESTS),
        storage.allow_writing("WriteImages", *_IMAGES),
        storage.allow_writing("WriteResults", MANIFESTS),
        storage.allow_telling_missing_from_forbidden(),
        foundation.encryption.use_through("s3", WRITE, "UseKeyThroughS3"),
    ]


def _variables(foundation: "Foundation") -> Mapping[str, str]:
    added = foundation.environment.photo_variants
    variants = {PHOTO_VARIANTS: to_text(added)} if added else {}
    return {**rendering_variables(foundation.environment), **variants}


RECORD: Final = FunctionRecord(
    module=__name__,
    place=3,
    description="Cleans photos and renders their variants; copies documents",
    # What handlers/thumbnails/limits.py counts on.
    size=FunctionSize(memory_mb=3008, timeout_seconds=300, reserved_concurrency=40),
    invoked_by=frozenset({Invoker.STATE_MACHINE}),
    statements=_statements,
    variables=_variables,
    requests_at_once=8,
)
