"""Lambda ``listing-media-thumbnails``: one chunk of a batch's photos and documents."""

from typing import Any

from handlers.contract.batch import Asset, Batch
from handlers.contract.names import ManifestFile, chunk_file
from handlers.runtime.observability import logger, observed
from handlers.runtime.store import media_store
from handlers.thumbnails.careful import process_carefully
from handlers.thumbnails.chunk import process_all


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Process the photos and documents at the positions ``range`` and write their results.

    Parameters
    ----------
    event
        ``{"batch": ..., "execution": {...}, "range": {"first": 0, "last": 19}}``; positions in ``chunked`` of
        ``assets.json``, both included. ``"careful": true`` after the function has died of the same range.

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
    key = batch.file(chunk_file(first, last))
    if event.get("careful"):
        results = process_carefully(store, assets, key, lambda: context.get_remaining_time_in_millis() / 1000)
    else:
        results = process_all(store, assets)
        store.put_json(key, {"results": [result.to_json() for result in results]})
    failed = sum(result.error_code is not None for result in results)
    logger.info("chunk processed", first=first, last=last, done=len(results) - failed, failed=failed)
    return {"done": len(results) - failed, "failed": failed}
