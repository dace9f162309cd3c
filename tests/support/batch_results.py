"""Results of batches, as the states leave them and as they come together in the end."""

import datetime
import hashlib
from typing import Any

from handlers.contract.batch import Asset, AssetResult
from handlers.contract.callback_body import BatchResult
from handlers.result.batch_result import batch_error, finished_assets
from tests.support.builders import raw_key

NOW = datetime.datetime(2026, 3, 1, 10, 1, tzinfo=datetime.UTC)
ZIP = {
    "bundles": [{"key": "42/zip/complete/2026-03-01/batch-7.zip", "bytes": 90, "entries": 2}],
    "zipSizeBytes": 90,
    "unzippedSizeBytes": 80,
    "partial": False,
    "missing": [],
    "error": None,
}


def photo(index: int = 0, content: str = "", key: str = "", **changes: Any) -> Asset:
    """A photo; two of the same content are duplicates, and without one each is unlike all others."""
    digest = hashlib.sha256((content or f"photo {index}").encode()).hexdigest()
    key = key or raw_key(f"{index}.jpg")
    return Asset(index, key, "PHOTO_HORIZONTAL", "image/jpeg", 9, digest, index + 1, **changes)


def made(index: int = 0, **changes: Any) -> AssetResult:
    outputs = {"processed": f"p{index}", "thumbnail": f"t{index}", "large": f"l{index}"}
    return AssetResult(index, outputs, bytes=8, content_type="image/jpeg", width=1200, height=800, **changes)


def combined(
    assets: list[Asset],
    results: dict[int, AssetResult],
    zip_result: dict[str, Any] | None = ZIP,
    failure: dict[str, Any] | None = None,
    videos: list[dict[str, Any]] | None = None,
) -> BatchResult:
    found = finished_assets(assets, results, zip_result)
    return BatchResult(found, batch_error(found, zip_result, failure), zip_result, videos or [])
