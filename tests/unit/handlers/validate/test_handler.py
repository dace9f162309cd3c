"""listing-media-validate as the state machine calls it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from handlers.contract.errors import BatchRefusedError
from handlers.contract.names import ManifestFile
from handlers.runtime.store import media_store
from handlers.validate import handler as validate
from tests.support.builders import EXECUTION, EXECUTION_ARN, JPEG, announced, message, upload
from tests.unit.handlers.validate.conftest import Bench


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    for cache in (media_store, validate._limits):
        cache.cache_clear()
    yield
    for cache in (media_store, validate._limits):
        cache.cache_clear()


def test_an_execution_by_hand_is_validated(bench: Bench, context: Any, log_lines: Callable[[], Any]) -> None:
    asset = announced(JPEG)
    upload(bench.store, asset["key"], JPEG)
    state = validate.handler({"state": message(asset, announced(JPEG, "b.jpg", 2)), "execution": EXECUTION}, context)
    assert state["batch"] == bench.batch.to_state()
    assert (state["chunks"], state["videos"], state["valid"]) == ([{"first": 0, "last": 0}], [], 1)
    manifest = bench.store.get_json(bench.batch.file(ManifestFile.ASSETS))
    assert manifest["chunked"] == [0]
    line = next(line for line in log_lines() if line.get("message") == "batch validated")
    assert (line["executionArn"], line["batchId"], line["refused"]) == (EXECUTION_ARN, 7, {"NOT_FOUND": 1})


def test_a_repeated_state_writes_the_same_manifest(bench: Bench, context: Any) -> None:
    bench.add(JPEG)
    event = {"state": message(*bench.assets), "execution": EXECUTION}
    first = validate.handler(event, context), bench.store.get_json(bench.batch.file(ManifestFile.ASSETS))
    second = validate.handler(event, context), bench.store.get_json(bench.batch.file(ManifestFile.ASSETS))
    assert first == second


def test_a_refused_batch_is_told_to_the_machine_by_name(
    bench: Bench, context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_BATCH_ASSETS", "1")
    with pytest.raises(BatchRefusedError, match="at most 1"):
        validate.handler(
            {"state": message(announced(JPEG), announced(JPEG, "b.jpg", 2)), "execution": EXECUTION}, context
        )
    assert bench.store.find_json(bench.batch.file(ManifestFile.ASSETS)) is None


def test_objects_that_had_to_be_hashed_are_counted(
    bench: Bench, context: Any, log_lines: Callable[[], list[dict[str, Any]]]
) -> None:
    kept, plain, wrong = (announced(JPEG, name, number) for number, name in enumerate(("a.jpg", "b.jpg", "c.jpg")))
    upload(bench.store, kept["key"], JPEG)
    bench.store.client.put_object(Bucket=bench.store.bucket, Key=plain["key"], Body=JPEG)
    bench.store.client.put_object(Bucket=bench.store.bucket, Key=wrong["key"], Body=JPEG[::-1])
    state = validate.handler({"state": message(kept, plain, wrong), "execution": EXECUTION}, context)
    assert state["valid"] == 2
    assert [line["HashedObjects"] for line in log_lines() if "HashedObjects" in line] == [[2.0]]
