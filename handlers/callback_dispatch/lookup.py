"""Finding a batch's result by its ids alone, for a callback that is asked for again."""

import re
from dataclasses import dataclass
from typing import Any, Final

from handlers.contract.batch import Batch
from handlers.contract.keys import Stage
from handlers.contract.names import ManifestFile
from handlers.runtime.store import MediaStore

_ATTEMPT: Final = re.compile(r"-(\d+)/$")


@dataclass(frozen=True, slots=True)
class Found:
    """One attempt of a batch; ``result`` is None while there is none."""

    prefix: str
    result: dict[str, Any] | None

    @property
    def batch(self) -> Batch | None:
        """The batch's reference, as far as the result tells."""
        if self.result is None:
            return None
        return Batch.from_state({**self.result, "manifestPrefix": self.prefix})


def find_attempt(store: MediaStore, listing_id: str, batch_id: str, attempt: int | None) -> Found | None:
    """The attempt that is asked for, or the latest one; None when the batch is unknown.

    The date in a manifest's key is not known here, so the listing's dates are listed; a listing has few.
    """
    root = f"{listing_id}/{Stage.PROCESSED}/manifest/"
    found: dict[int, str] = {}
    for date in _folders(store, root):
        for folder in _folders(store, f"{date}batch-{batch_id}-"):
            number = _ATTEMPT.search(folder)
            # Batch "7" must not find "7-1"'s folder "batch-7-1-0/".
            if number and folder == f"{date}batch-{batch_id}-{number[1]}/":
                found[int(number[1])] = folder
    chosen = max(found, default=None) if attempt is None else attempt
    if chosen is None or chosen not in found:
        return None
    return Found(found[chosen], store.find_json(f"{found[chosen]}{ManifestFile.RESULT}"))


def _folders(store: MediaStore, prefix: str) -> list[str]:
    pages = store.client.get_paginator("list_objects_v2").paginate(Bucket=store.bucket, Prefix=prefix, Delimiter="/")
    return [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])]
