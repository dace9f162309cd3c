"""An execution is about one batch, whichever way it was started."""

from typing import Any

import pytest

from handlers.contract.batch import Batch
from handlers.contract.errors import BatchRefusedError
from handlers.contract.names import ManifestFile
from handlers.contract.request import BatchRequest
from handlers.runtime.execution_input import load_request, locate_batch
from handlers.runtime.store import MediaStore
from tests.support.builders import DATE, JPEG, STARTED_AT, announced, message


def test_the_queues_executions_read_input_json(store: MediaStore, batch: Batch) -> None:
    request = BatchRequest.parse(message(), store.get_announced, DATE)
    store.put_json(batch.file(ManifestFile.INPUT), request.to_json())
    assert load_request(store, batch.to_state(), STARTED_AT) == request


def test_executions_by_hand_carry_their_assets_and_look_the_same_afterwards(store: MediaStore, batch: Batch) -> None:
    request = load_request(store, message(announced(JPEG)), STARTED_AT)
    assert request.batch == batch
    assert load_request(store, batch.to_state(), STARTED_AT) == request
    assert locate_batch(message(announced(JPEG)), STARTED_AT) == batch


def test_without_input_json_there_is_nothing_to_do(store: MediaStore, batch: Batch) -> None:
    with pytest.raises(BatchRefusedError, match=r"input\.json"):
        load_request(store, batch.to_state(), STARTED_AT)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"manifestPrefix": f"43/processed/manifest/{DATE}/batch-7-0/"}, "must be"),
        ({"manifestPrefix": f"42/processed/manifest/{DATE}/batch-7-1/"}, "must be"),
        ({"manifestPrefix": "elsewhere"}, "incomplete"),
        ({"manifestPrefix": None}, "incomplete"),
        ({"listingId": "4/2"}, "no id"),
    ],
)
def test_a_manifest_prefix_that_is_not_the_batchs_own_is_refused(
    store: MediaStore, batch: Batch, change: dict[str, Any], word: str
) -> None:
    with pytest.raises(BatchRefusedError, match=word):
        load_request(store, batch.to_state() | change, STARTED_AT)


def test_an_input_without_a_member_is_refused(store: MediaStore, batch: Batch) -> None:
    state = batch.to_state()
    del state["traceparent"]
    with pytest.raises(BatchRefusedError, match="incomplete"):
        locate_batch(state, STARTED_AT)


@pytest.mark.parametrize(
    "state", [{}, {"batchId": 7}, {"batchId": 7, "listingId": 42, "attempt": "x"}, {"batchId": "/", "listingId": 42}]
)
def test_an_input_that_names_no_batch_is_refused(state: dict[str, Any]) -> None:
    with pytest.raises(BatchRefusedError, match="names no batch"):
        locate_batch(state, STARTED_AT)


@pytest.mark.parametrize("assets", [None, "text", [7, None, {}, {"key": 7}], []])
def test_a_batch_is_found_although_its_assets_are_malformed(assets: Any) -> None:
    found = locate_batch({"batchId": 7, "listingId": 42, "assets": assets}, STARTED_AT)
    assert found == Batch(7, 42, 0, "", "42/processed/manifest/2026-03-01/batch-7-0/")
