"""Lambda ``listing-media-thumbnails``: one chunk of a batch's photos and documents."""

from typing import Any

from handlers.contract.batch import Asset, Batch
from handlers.contract.names import ManifestFile, chunk_file
from handlers.runtime.observability import logger, observed
from handlers.runtime.store import media_store
from handlers.thumbnails.chunk import process_all


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Process the photos and documents at the positions ``range`` and write their results.

    Parameters
    ----------
    event
        ``{"batch": ..., "execution": {...}, "range": {"first": 0, "last": 19}}``; positions in ``chunked`` of
        ``assets.json``, both included.

    Returns
    -------
    dict
        ``{"done": n, "failed": n}``: assets with and without outputs.
    """
    batch = Batch.from_state(event["batch"])
    first, last = event["range"]["first"], event["range"]["last"]
    store = media_store()
    manifest = store.get_json(batch.file(ManifestFile.ASSETS))
    assets = [Asset.from_json(manifest["assets"][index]) for index in manifest["chunked"][first : last + 1]]
    results = process_all(store, assets)
    store.put_json(batch.file(chunk_file(first, last)), {"results": [result.to_json() for result in results]})
    failed = sum(result.error_code is not None for result in results)
    logger.info("chunk processed", first=first, last=last, done=len(results) - failed, failed=failed)
    return {"done": len(results) - failed, "failed": failed}
