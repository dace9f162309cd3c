"""``listing-media-zip`` as Step Functions calls it."""

import pytest

from handlers.contract.batch import Batch
from handlers.runtime.store import MediaStore
from handlers.zip import handler as module
from tests.support.finished_batch import FinishedBatch
from tests.support.lambda_context import LambdaContext

CONTEXT = LambdaContext(900_000)


@pytest.mark.parametrize(("fails", "entries", "partial"), [(False, 1, False), (True, 2, True)])
def test_the_state_gets_a_word_and_the_manifest_the_whole(
    finished: FinishedBatch,
    store: MediaStore,
    batch: Batch,
    monkeypatch: pytest.MonkeyPatch,
    fails: bool,
    entries: int,
    partial: bool,
) -> None:
    finished.photo()
    if fails:
        finished.photo(done=False)
    finished.write()
    monkeypatch.setattr(module, "media_store", lambda: store)
    event = {"batch": batch.to_state(), "execution": {"arn": "arn:aws:states:::execution", "startTime": "now"}}
    assert module.handler(event, CONTEXT) == {"entries": entries, "partial": partial}
    record = store.get_json(batch.file("zip.json"))
    assert (record["partial"], record["bundles"][0]["entries"]) == (partial, entries)
