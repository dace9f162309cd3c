"""Finding a batch's result by its ids alone, for a callback that is asked for again."""

from dataclasses import dataclass
from typing import Any

from handlers.contract.batch import Batch
from handlers.contract.names import ManifestFile
from handlers.runtime.attempts import find_attempts
from handlers.runtime.store import MediaStore


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
    """The attempt that is asked for, or the latest one; None when the batch is unknown."""
    found = dict(find_attempts(store, listing_id, batch_id))
    chosen = max(found, default=None) if attempt is None else attempt
    if chosen is None or chosen not in found:
        return None
    return Found(found[chosen], store.find_json(f"{found[chosen]}{ManifestFile.RESULT}"))
