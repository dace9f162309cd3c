"""The shapes between states survive their JSON, and tolerate members that a later version adds."""

from handlers.contract.batch import Asset, AssetResult, Batch
from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.contract.media_types import Kind
from handlers.contract.names import (
    chunk_file,
    function_handler,
    function_name,
    video_failure_file,
    video_job_file,
    video_result_file,
)
from tests.support.builders import DATE, raw_key

ASSET = Asset(0, raw_key("a.jpg"), "PHOTO_HORIZONTAL", "image/jpeg", 9, "0" * 64, 1)


def test_a_batch_reads_as_it_was_written(batch: Batch) -> None:
    assert Batch.from_state(batch.to_state() | {"more": 1}) == batch


def test_a_batch_names_its_execution_its_date_and_its_files(batch: Batch) -> None:
    assert (batch.execution_name, batch.date) == ("batch-7-0", DATE)
    assert batch.file("assets.json") == f"42/processed/manifest/{DATE}/batch-7-0/assets.json"


def test_an_asset_reads_as_it_was_written() -> None:
    assert Asset.from_json(ASSET.to_json() | {"more": 1}) == ASSET
    assert ASSET.valid
    assert ASSET.kind is Kind.PHOTO


def test_a_result_reads_as_it_was_written() -> None:
    result = AssetResult(0, {"processed": "x"}, bytes=3, crc32=1)
    assert AssetResult.from_json(result.to_json() | {"more": 1}) == result


def test_an_asset_error_keeps_code_and_sentence_apart() -> None:
    error = AssetError(AssetErrorCode.NOT_FOUND, "gone")
    assert (error.code, error.message, str(error)) == (AssetErrorCode.NOT_FOUND, "gone", "NOT_FOUND: gone")


def test_functions_are_named_after_their_folder() -> None:
    assert function_name("callback_dispatch") == "listing-media-callback-dispatch"
    assert function_handler("callback_dispatch") == "handlers.callback_dispatch.handler.handler"


def test_manifest_files_sort_like_their_numbers() -> None:
    assert chunk_file(0, 19) < chunk_file(20, 39) < chunk_file(9_980, 9_999)
    assert (video_job_file(3), video_result_file(3)) == ("videos/00003.job.json", "videos/00003.result.json")
    assert video_failure_file(3) == "videos/00003.failure.json"
