"""Attempts of a batch are found under every date, and no other batch's."""

from handlers.runtime.attempts import find_attempts
from handlers.runtime.store import MediaStore

MANIFESTS = "42/processed/manifest"


def test_every_attempt_is_found_under_its_date_and_no_other_batchs(store: MediaStore) -> None:
    for folder in (
        "2026-03-01/batch-7-0",
        "2026-03-02/batch-7-1",
        "2026-03-02/batch-7-1-0",  # attempt 0 of batch "7-1"
        "2026-03-02/batch-77-0",
        "2026-03-02/batch-7-x",
    ):
        store.put_json(f"{MANIFESTS}/{folder}/result.json", {})
    store.put_json("43/processed/manifest/2026-03-02/batch-7-2/result.json", {})
    assert list(find_attempts(store, "42", "7")) == [
        (0, f"{MANIFESTS}/2026-03-01/batch-7-0/"),
        (1, f"{MANIFESTS}/2026-03-02/batch-7-1/"),
    ]
    assert list(find_attempts(store, "42", "7-1")) == [(0, f"{MANIFESTS}/2026-03-02/batch-7-1-0/")]
    assert list(find_attempts(store, "42", "8")) == []
