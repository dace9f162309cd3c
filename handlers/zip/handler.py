"""``listing-media-zip``: state ZipBundle."""

from typing import Any

from handlers.contract.batch import Batch
from handlers.contract.names import ManifestFile
from handlers.runtime.observability import observed
from handlers.runtime.store import media_store
from handlers.zip.bundle import make_bundle


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Write the batch's ZIP and ``zip.json``.

    Parameters
    ----------
    event
        ``{"batch": {...}, "execution": {...}}``.

    Returns
    -------
    ``{"entries", "partial"}``: a word for whoever reads the execution's history; later states read ``zip.json``.
    """
    batch, store = Batch.from_state(event["batch"]), media_store()
    zip_result = make_bundle(store, batch, lambda: context.get_remaining_time_in_millis() / 1000)
    store.put_json(batch.file(ManifestFile.ZIP), zip_result)
    return {"entries": sum(bundle["entries"] for bundle in zip_result["bundles"]), "partial": zip_result["partial"]}
