"""The attempts of a batch, found by the folders of their manifests."""

from collections.abc import Iterator

from handlers.contract.keys import manifest_dates
from handlers.runtime.store import MediaStore


def find_attempts(store: MediaStore, listing_id: str, batch_id: str) -> Iterator[tuple[int, str]]:
    """Number and manifest prefix of every attempt, by date.

    The dates in the keys are not known, so the listing's are listed; a listing has few. They may differ from attempt to
    attempt: it is that of the first asset's key, and assets may have been removed, or put in another order.
    """
    for date in store.list_folders(manifest_dates(listing_id)):
        start = f"{date}batch-{batch_id}-"
        for prefix in store.list_folders(start):
            number = prefix.removeprefix(start).rstrip("/")  # "0", or "7-0" of a batch whose id begins with ours
            if number.isdecimal():
                yield int(number), prefix
