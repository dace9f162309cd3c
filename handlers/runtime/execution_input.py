"""The input of an execution, whichever way it was started: by the queue, by hand, or by a replay."""

import datetime
from collections.abc import Mapping
from typing import Any

from handlers.contract.batch import Batch
from handlers.contract.errors import BatchRefusedError
from handlers.contract.ids import is_id
from handlers.contract.keys import manifest_prefix
from handlers.contract.moments import date_of
from handlers.contract.names import ManifestFile
from handlers.contract.request import BatchRequest, announced_date
from handlers.runtime.store import MediaStore


def load_request(store: MediaStore, state: Mapping[str, Any], start_time: str) -> BatchRequest:
    """The batch that an execution is about.

    Parameters
    ----------
    state
        The execution's input: with ``manifestPrefix``, where ``input.json`` stands, or with the assets in it as a
        message has them; those are then written as ``input.json``, so that both ways look the same afterwards.
    start_time
        ISO 8601, of the execution.

    Raises
    ------
    BatchRefusedError
        The input is malformed, or there is no ``input.json``.
    """
    if "manifestPrefix" in state:
        batch = _checked(state)
        document = store.find_json(batch.file(ManifestFile.INPUT))
        if document is None:
            raise BatchRefusedError(f"there is no {batch.file(ManifestFile.INPUT)}")
        return BatchRequest.from_json(document)
    request = BatchRequest.parse(state, store.get_announced, date_of(datetime.datetime.fromisoformat(start_time)))
    store.put_json(request.batch.file(ManifestFile.INPUT), request.to_json())
    return request


def locate_batch(state: Mapping[str, Any], start_time: str) -> Batch:
    """The batch that an execution's input is about, also where validation refused its assets.

    Raises
    ------
    BatchRefusedError
        The input names no batch.
    """
    if "manifestPrefix" in state:
        return _checked(state)
    # Every member that says which batch it is must be right; of the assets, only the date of the first is of use.
    date = date_of(datetime.datetime.fromisoformat(start_time))
    try:
        batch_id, listing_id, attempt = state["batchId"], state["listingId"], int(state.get("attempt", 0))
    except (KeyError, TypeError, ValueError) as error:
        raise BatchRefusedError(f"the execution's input names no batch: {error}") from error
    if not (is_id(batch_id) and is_id(listing_id)):
        raise BatchRefusedError("the execution's input names no batch: batchId or listingId is no id")
    return Batch(
        batch_id=batch_id,
        listing_id=listing_id,
        attempt=attempt,
        traceparent=str(state.get("traceparent", "")),
        manifest_prefix=manifest_prefix(
            str(listing_id), announced_date(str(listing_id), state.get("assets")) or date, str(batch_id), attempt
        ),
    )


def _checked(state: Mapping[str, Any]) -> Batch:
    """The batch, with a manifest prefix that is its own and not another listing's."""
    try:
        batch = Batch.from_state(state)
        own = manifest_prefix(str(batch.listing_id), batch.date, str(batch.batch_id), batch.attempt)
    except (KeyError, IndexError, AttributeError) as error:
        raise BatchRefusedError(f"the execution's input is incomplete: {error}") from error
    if not (is_id(batch.batch_id) and is_id(batch.listing_id)):
        raise BatchRefusedError("batchId or listingId of the execution's input is no id")
    if batch.manifest_prefix != own:
        raise BatchRefusedError(f"manifestPrefix must be {own}")
    return batch
