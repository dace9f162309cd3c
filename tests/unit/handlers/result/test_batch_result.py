"""A batch's result: what decides it, and what people are told."""

from handlers.contract.batch import AssetResult
from handlers.contract.callback_body import Status
from handlers.contract.errors import BatchErrorCode
from tests.support.batch_results import ZIP, combined, made, photo


def test_a_batch_with_one_processed_asset_succeeds() -> None:
    given = combined([photo(0), photo(1, error_code="NOT_FOUND", error_message="gone")], {0: made()})
    assert given.status is Status.SUCCEEDED
    assert [one.error_code for one in given.assets] == [None, "NOT_FOUND"]


def test_a_batch_without_a_valid_asset_fails_validation() -> None:
    given = combined([photo(0, error_code="NOT_FOUND"), photo(1, error_code="NOT_FOUND")], {}, None)
    assert given.status is Status.VALIDATION_FAILED
    assert given.error is not None
    assert given.error.code is BatchErrorCode.NO_VALID_ASSET
    assert given.error.details == {"NOT_FOUND": "2"}


def test_a_batch_of_which_nothing_could_be_processed_fails() -> None:
    given = combined([photo()], {0: AssetResult(0, {}, error_code="IMAGE_CORRUPT", error_message="cut off")})
    assert given.status is Status.PROCESSING_FAILED
    assert given.error is not None
    assert given.error.code is BatchErrorCode.NOTHING_PROCESSED


def test_an_asset_without_result_was_not_processed_to_the_end() -> None:
    given = combined([photo(0), photo(1)], {0: made()})
    assert given.assets[1].error_code == "PROCESSING_FAILED"


def test_a_result_without_outputs_or_reason_is_an_error_too() -> None:
    given = combined([photo(0), photo(1)], {0: made(), 1: AssetResult(1, {})})
    assert given.assets[1].error_code == "PROCESSING_FAILED"


def test_an_asset_missing_from_the_zip_keeps_its_outputs() -> None:
    given = combined(
        [photo(0), photo(1)],
        {0: made(), 1: made(1)},
        ZIP | {"missing": [1], "partial": True},
    )
    assert given.status is Status.SUCCEEDED
    assert given.assets[1].error_code == "ZIP_FAILED"
    assert given.assets[1].result.outputs["processed"] == "p1"


def test_a_batch_whose_zip_failed_fails_with_its_outputs() -> None:
    broken = ZIP | {"bundles": [], "missing": [0], "error": {"code": "ZIP_FAILED", "message": "too large"}}
    given = combined([photo()], {0: made()}, broken)
    assert given.status is Status.PROCESSING_FAILED
    assert given.error is not None
    assert (given.error.code, given.error.message) == (BatchErrorCode.ZIP_FAILED, "too large")
    assert given.assets[0].error_code is None


def test_a_failed_step_fails_a_batch_with_good_assets() -> None:
    given = combined([photo()], {0: made()}, None, {"Error": "Lambda.Unknown", "Cause": "died"})
    assert given.status is Status.PROCESSING_FAILED
    assert given.assets[0].error_code is None


def test_every_later_copy_of_a_file_names_the_first_one() -> None:
    contents = ["kitchen", "hall", "kitchen", "kitchen", "hall", "garden"]
    given = combined([photo(index, content) for index, content in enumerate(contents)], {})
    assert [one.duplicate_of for one in given.assets] == [None, None, 1, 1, 2, None]


def test_a_file_that_was_not_what_was_announced_is_no_duplicate() -> None:
    refused = photo(0, "kitchen", error_code="CHECKSUM_MISMATCH")
    given = combined([refused, photo(1, "kitchen"), photo(2, "kitchen")], {1: made(1), 2: made(2)})
    assert [one.duplicate_of for one in given.assets] == [None, None, 2]
