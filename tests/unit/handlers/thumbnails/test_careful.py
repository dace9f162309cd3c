"""`handlers.thumbnails.careful`: one asset at a time, and only the one that the function dies of is lost."""

from collections.abc import Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handlers.contract.batch import Asset, AssetResult
from handlers.runtime.store import MediaStore
from handlers.thumbnails import careful
from handlers.thumbnails.careful import LEAST_SECONDS, OutOfTimeError, process_carefully
from tests.support.builders import raw_key

JOURNAL = "42/processed/manifest/2026-03-01/batch-7-0/chunks/00000-00002.json"
ASSETS = [Asset(n, raw_key(f"{n}.jpg"), "PHOTO_HORIZONTAL", "image/jpeg", 9, "0" * 64, n) for n in range(3)]


class Killed(BaseException):
    """The process is gone."""


class Processing:
    """Stands in for the pixels; raises what is planned for an index."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.failures: dict[int, BaseException] = {}

    def __call__(self, _store: MediaStore, assets: Sequence[Asset]) -> list[AssetResult]:
        [asset] = assets
        if asset.index in self.failures:
            raise self.failures[asset.index]
        self.done.append(asset.index)
        return [AssetResult(asset.index, {"processed": "p"})]


@pytest.fixture
def processing(monkeypatch: pytest.MonkeyPatch) -> Processing:
    processing = Processing()
    monkeypatch.setattr(careful, "process_all", processing)
    return processing


def process(store: MediaStore, seconds: float = 300.0) -> list[int]:
    return [result.index for result in process_carefully(store, ASSETS, JOURNAL, lambda: seconds)]


def test_what_killed_the_function_is_left_out_the_next_time(store: MediaStore, processing: Processing) -> None:
    processing.failures = {1: Killed()}
    with pytest.raises(Killed):
        process(store)
    assert process(store) == [0, 2]
    assert processing.done == [0, 2], "what was done is not done again"
    written = store.get_json(JOURNAL)
    assert [line["index"] for line in written["results"]] == [0, 2]


def test_an_asset_is_not_blamed_for_what_s3_did(store: MediaStore, processing: Processing) -> None:
    processing.failures = {1: ClientError({"Error": {"Code": "SlowDown"}}, "GetObject")}
    with pytest.raises(ClientError):
        process(store)
    processing.failures = {}
    assert process(store) == [0, 1, 2]


def test_without_time_for_the_next_asset_the_rest_is_left_to_another_try(
    store: MediaStore, processing: Processing
) -> None:
    left: Any = iter([300.0, LEAST_SECONDS - 1])
    with pytest.raises(OutOfTimeError):
        process_carefully(store, ASSETS, JOURNAL, lambda: next(left))
    assert process(store) == [0, 1, 2]
    assert processing.done == [0, 1, 2]
