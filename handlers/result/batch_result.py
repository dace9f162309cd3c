"""A batch's result: from what its states left in S3 to ``result.json``, written only when it has changed.

Used by finalize at the end of an execution, and by reconcile for an execution that ended without.
"""

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final

from aws_lambda_powertools.metrics import MetricUnit

from handlers.contract.batch import Asset, AssetResult, Batch
from handlers.contract.callback_body import MAX_REASON, BatchError, BatchResult, Execution, FinishedAsset, callback_body
from handlers.contract.errors import AssetErrorCode, BatchErrorCode
from handlers.contract.media_types import Kind
from handlers.contract.metrics import Metric
from handlers.contract.names import ManifestFile
from handlers.result.asset_results import load_results, video_results
from handlers.result.reusable import reusable_document
from handlers.runtime.observability import count, count_by, logger
from handlers.runtime.store import MediaStore

_READERS: Final = 16


@dataclass(frozen=True, slots=True)
class WrittenResult:
    """What the states after finalize need to know.

    Parameters
    ----------
    result_key
        Key of ``result.json``: the callback's body.
    event_id
        Id of the result; a callback that the backend accepted under it needs no second one.
    """

    batch: Batch
    status: str
    result_key: str
    event_id: str

    def to_state(self) -> dict[str, Any]:
        """``{"batch", "status", "resultKey"}``, the whole state of the machine from here on."""
        return {"batch": self.batch.to_state(), "status": self.status, "resultKey": self.result_key}


def write_result(
    store: MediaStore,
    batch: Batch,
    execution: Execution,
    failure: Mapping[str, Any] | None,
    now: datetime.datetime,
) -> WrittenResult:
    """Write ``result.json`` unless it says the same already.

    A video may end while this is at work, and the reconciler writes it then. It looks for ``result.json`` afterwards,
    and this looks for videos after ``result.json``: since a read of S3 sees every write before it ("Amazon S3 data
    consistency model"), one of the two sees the other.

    Parameters
    ----------
    failure
        ``{"Error", "Cause"}`` of a step that was given up, or of the execution as a whole.
    """
    key, changed = batch.file(ManifestFile.RESULT), False
    known, videos = None, video_results(store, batch)
    while videos != known:
        result = _read(store, batch, videos, failure)
        body = callback_body(batch, execution, result, now)
        earlier = store.find_json(key)
        if earlier is None or earlier["eventId"] != body["eventId"]:
            # First what a new attempt may take over: it may be asked for as soon as this one's callback is out.
            store.put_json(batch.file(ManifestFile.REUSABLE), reusable_document(result.assets, videos))
            store.put_json(key, body)
            changed = True
        known, videos = videos, video_results(store, batch)
    if changed:
        _report(result, execution, now)
    return WrittenResult(batch, result.status.value, key, body["eventId"])


def _read(
    store: MediaStore, batch: Batch, videos: Mapping[int, dict[str, Any]], failure: Mapping[str, Any] | None
) -> BatchResult:
    manifest = store.find_json(batch.file(ManifestFile.ASSETS))
    if manifest is None:
        assets, results = _unvalidated(store, batch), {}
    else:
        assets = [Asset.from_json(line) for line in manifest["assets"]]
        results = _with_videos_checked(store, assets, load_results(store, batch, assets, videos))
    zip_result = store.find_json(batch.file(ManifestFile.ZIP))
    finished = finished_assets(assets, results, zip_result)
    error = batch_error(finished, zip_result, failure)
    return BatchResult(finished, error, zip_result, [videos[index] for index in sorted(videos)])


def _unvalidated(store: MediaStore, batch: Batch) -> list[Asset]:
    """The announced assets of a batch whose validation never finished."""
    announced = store.find_json(batch.file(ManifestFile.INPUT)) or {"assets": []}
    return [
        replace(
            Asset.announced(index, line),
            error_code=AssetErrorCode.PROCESSING_FAILED.value,
            error_message="the batch was not validated to the end",
        )
        for index, line in enumerate(announced["assets"])
    ]


def _with_videos_checked(
    store: MediaStore, assets: Sequence[Asset], results: Mapping[int, AssetResult]
) -> dict[int, AssetResult]:
    """The results with what the bucket, and not MediaConvert's word, says of the videos' outputs."""
    videos = [asset.index for asset in assets if asset.valid and asset.kind is Kind.VIDEO and asset.index in results]
    with ThreadPoolExecutor(_READERS) as readers:
        checked = readers.map(lambda index: _checked_video(store, results[index]), videos)
        return dict(results) | dict(zip(videos, checked, strict=True))


def _checked_video(store: MediaStore, result: AssetResult) -> AssetResult:
    """The result with the size of its main output, which MediaConvert does not tell, and only outputs that exist.

    Without its main output a video counts as not transcoded; without another one it is reported with what there is.
    """
    heads = {name: store.find_head(key) for name, key in result.outputs.items()}
    main = heads.get(Kind.VIDEO.treatment.main_output)
    missing = [name for name, head in heads.items() if head is None]
    if not missing:
        etags = {name: head["ETag"] for name, head in heads.items() if head}
        return replace(result, bytes=main["ContentLength"], etags=etags) if main else result
    message = f"MediaConvert reported success, but there is no {', no '.join(missing)} in the bucket"
    there = {name: key for name, key in result.outputs.items() if name not in missing}
    found = replace(result, outputs=there, bytes=main["ContentLength"]) if main else AssetResult(result.index, {})
    return replace(found, error_code=AssetErrorCode.TRANSCODE_FAILED.value, error_message=message)


def finished_assets(
    assets: Sequence[Asset], results: Mapping[int, AssetResult], zip_result: Mapping[str, Any] | None
) -> list[FinishedAsset]:
    """Join validate's errors, the states' results and what is missing from the ZIP, in the manifest's order."""
    missing = set(zip_result["missing"]) if zip_result and not zip_result["error"] else set()
    twins = duplicates(assets)
    return [
        replace(_finished(asset, results.get(asset.index), asset.index in missing), duplicate_of=twins.get(asset.index))
        for asset in assets
    ]


def duplicates(assets: Sequence[Asset]) -> dict[int, int]:
    """Sequence of the first asset with the same content, by index of each later one.

    The same content is the same SHA-256 of the uploaded file, which validate has held against S3's; so only valid
    assets count. Each duplicate names one asset and not all its likes: a batch of 10,000 copies says 10,000 numbers.
    """
    first: dict[str, Asset] = {}
    twins = {}
    for asset in assets:
        if asset.valid and first.setdefault(asset.checksum_sha256, asset) is not asset:
            twins[asset.index] = first[asset.checksum_sha256].sequence
    return twins


def _finished(asset: Asset, result: AssetResult | None, missing: bool) -> FinishedAsset:
    nothing = AssetResult(asset.index, {})
    if not asset.valid:
        return FinishedAsset(asset, nothing, asset.error_code, asset.error_message)
    if result is None:
        return FinishedAsset(asset, nothing, AssetErrorCode.PROCESSING_FAILED.value, "it was not processed to the end")
    if result.error_code or not result.outputs:
        code = result.error_code or AssetErrorCode.PROCESSING_FAILED.value
        return FinishedAsset(asset, result, code, result.error_message)
    if missing:
        return FinishedAsset(asset, result, AssetErrorCode.ZIP_FAILED.value, "processed, but missing from the ZIP")
    return FinishedAsset(asset, result, None, None)


def batch_error(
    assets: Sequence[FinishedAsset], zip_result: Mapping[str, Any] | None, failure: Mapping[str, Any] | None
) -> BatchError | None:
    """Why the batch did not succeed, or None when it did: at least one asset processed, no step given up."""
    if failure:
        return BatchError.from_failure(failure)
    codes = _numbers(assets)
    if not any(one.asset.valid for one in assets):
        return BatchError(BatchErrorCode.NO_VALID_ASSET, "no asset of the batch is valid", codes)
    if not any(one.result.outputs for one in assets):
        return BatchError(BatchErrorCode.NOTHING_PROCESSED, "no asset of the batch could be processed", codes)
    if zip_result and zip_result["error"]:
        return BatchError(BatchErrorCode.ZIP_FAILED, str(zip_result["error"]["message"])[:MAX_REASON], codes)
    return None


def _numbers(assets: Sequence[FinishedAsset]) -> dict[str, str]:
    codes = [one.error_code for one in assets if one.error_code]
    return {code: str(codes.count(code)) for code in sorted(set(codes))}


def _report(result: BatchResult, execution: Execution, now: datetime.datetime) -> None:
    """The business view: how much was done, how fast, and what went wrong."""
    kinds = Counter(one.asset.kind for one in result.assets if one.result.outputs)
    count(Metric.PHOTOS, kinds[Kind.PHOTO])
    count(Metric.VIDEOS, kinds[Kind.VIDEO])
    count(Metric.DOCUMENTS, kinds[Kind.DOCUMENT])
    seconds = (now - datetime.datetime.fromisoformat(execution.started_at)).total_seconds()
    count(Metric.BATCH_SECONDS, seconds, MetricUnit.Seconds)
    count_by(Metric.BATCHES, "Status", result.status.value)
    codes = Counter(one.error_code for one in result.assets if one.error_code)
    for code, number in sorted(codes.items()):
        count_by(Metric.ASSET_ERRORS, "ErrorCode", code, number)
    logger.info(
        "batch ended",
        status=result.status.value,
        assets=len(result.assets),
        errors=dict(codes),
        seconds=round(seconds, 1),
    )
