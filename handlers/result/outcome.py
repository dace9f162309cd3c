"""A batch's outcome: its status, why, and what became of each asset. Pure; `conclusion` reads and writes around it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Self

from handlers.contract.batch import Asset, AssetResult
from handlers.contract.errors import AssetErrorCode, BatchErrorCode

_MAX_REASON: Final = 1_000  # characters
_FAILURE_NAME: Final = "error"  # member of the details of an error that came from a failure

# What Step Functions, or an event about an execution, calls the end of it.
_CODES: Final = {
    "BatchRefusedError": BatchErrorCode.BATCH_REFUSED,
    "TIMED_OUT": BatchErrorCode.TIMED_OUT,
    "States.Timeout": BatchErrorCode.TIMED_OUT,
    "ABORTED": BatchErrorCode.ABORTED,
}
_VALIDATION_CODES: Final = frozenset({BatchErrorCode.BATCH_REFUSED, BatchErrorCode.NO_VALID_ASSET})


class Status(StrEnum):
    """Status of a batch in its callback."""

    SUCCEEDED = "SUCCEEDED"
    PROCESSING_FAILED = "PROCESSING_FAILED"
    VALIDATION_FAILED = "VALIDATION_FAILED"


@dataclass(frozen=True, slots=True)
class BatchError:
    """Why a batch did not succeed.

    Parameters
    ----------
    details
        Facts for people, all strings.
    """

    code: BatchErrorCode
    message: str
    details: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_failure(cls, failure: Mapping[str, Any]) -> Self:
        """Read ``{"Error", "Cause"}`` as a Catch gives it; a Lambda's cause is JSON with ``errorMessage``."""
        name = str(failure.get("Error") or "Unknown")
        code = _CODES.get(name, BatchErrorCode.STEP_FAILED)
        return cls(code, _message(failure.get("Cause"), name), {_FAILURE_NAME: name[:200]})

    @property
    def status(self) -> Status:
        return Status.VALIDATION_FAILED if self.code in _VALIDATION_CODES else Status.PROCESSING_FAILED

    def to_json(self) -> dict[str, Any]:
        """As the callback's ``error``."""
        return {"code": self.code.value, "message": self.message, "details": self.details}


@dataclass(frozen=True, slots=True)
class AssetOutcome:
    """What became of one asset in the end; an error and outputs can stand together (processed, but not zipped)."""

    asset: Asset
    result: AssetResult
    error_code: str | None
    error_message: str | None


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """Everything that is known of a batch in the end.

    Parameters
    ----------
    assets
        In the manifest's order.
    error
        None when the batch succeeded.
    zip_record
        Content of ``zip.json``; None when the ZIP step was not reached.
    videos
        What MediaConvert made of each video, as `handlers.result.results.video_outcomes` gives it, in order.
    """

    assets: Sequence[AssetOutcome]
    error: BatchError | None
    zip_record: Mapping[str, Any] | None
    videos: Sequence[Mapping[str, Any]]

    @property
    def status(self) -> Status:
        return self.error.status if self.error else Status.SUCCEEDED


def asset_outcomes(
    assets: Sequence[Asset], results: Mapping[int, AssetResult], zip_record: Mapping[str, Any] | None
) -> list[AssetOutcome]:
    """Join validate's verdicts, the states' results and what is missing from the ZIP, in the manifest's order."""
    missing = set(zip_record["missing"]) if zip_record and not zip_record["error"] else set()
    return [_asset_outcome(asset, results.get(asset.index), asset.index in missing) for asset in assets]


def _asset_outcome(asset: Asset, result: AssetResult | None, missing: bool) -> AssetOutcome:
    nothing = AssetResult(asset.index, {})
    if not asset.valid:
        return AssetOutcome(asset, nothing, asset.error_code, asset.error_message)
    if result is None:
        return AssetOutcome(asset, nothing, AssetErrorCode.PROCESSING_FAILED.value, "it was not processed to the end")
    if result.error_code or not result.outputs:
        code = result.error_code or AssetErrorCode.PROCESSING_FAILED.value
        return AssetOutcome(asset, result, code, result.error_message)
    if missing:
        return AssetOutcome(asset, result, AssetErrorCode.ZIP_FAILED.value, "processed, but missing from the ZIP")
    return AssetOutcome(asset, result, None, None)


def batch_error(
    outcomes: Sequence[AssetOutcome], zip_record: Mapping[str, Any] | None, failure: Mapping[str, Any] | None
) -> BatchError | None:
    """Why the batch did not succeed, or None when it did: at least one asset processed, no step given up."""
    if failure:
        return BatchError.from_failure(failure)
    codes = _numbers(outcomes)
    if not any(outcome.asset.valid for outcome in outcomes):
        return BatchError(BatchErrorCode.NO_VALID_ASSET, "no asset of the batch is valid", codes)
    if not any(outcome.result.outputs for outcome in outcomes):
        return BatchError(BatchErrorCode.NOTHING_PROCESSED, "no asset of the batch could be processed", codes)
    if zip_record and zip_record["error"]:
        return BatchError(BatchErrorCode.ZIP_FAILED, str(zip_record["error"]["message"])[:_MAX_REASON], codes)
    return None


def failure_of(error: Mapping[str, Any] | None) -> dict[str, str] | None:
    """The failure that a callback's ``error`` was made from; None when it was drawn from the assets and the ZIP."""
    if error is None or _FAILURE_NAME not in error["details"]:
        return None
    return {"Error": error["details"][_FAILURE_NAME], "Cause": error["message"]}


def _numbers(outcomes: Sequence[AssetOutcome]) -> dict[str, str]:
    codes = [outcome.error_code for outcome in outcomes if outcome.error_code]
    return {code: str(codes.count(code)) for code in sorted(set(codes))}


def _message(cause: Any, name: str) -> str:
    """The sentence for people in a failure's cause; stack traces stay in the execution's history."""
    text = str(cause or "")
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if isinstance(document, dict):
        text = str(document.get("errorMessage") or document.get("Cause") or "")
    return (text or f"the execution ended with {name}")[:_MAX_REASON]
