"""Concluding a batch: from what its states left in S3 to ``result.json``; the same again when there is no news.

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
from handlers.contract.callback_body import Execution, callback_body
from handlers.contract.errors import AssetErrorCode
from handlers.contract.keys import Kind
from handlers.contract.metrics import Metric
from handlers.contract.names import ManifestFile
from handlers.result.outcome import BatchOutcome, asset_outcomes, batch_error
from handlers.result.results import load_results, video_outcomes
from handlers.runtime.observability import count, count_by, logger
from handlers.runtime.store import MediaStore

_READERS: Final = 16


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What the states after finalize need to know.

    Parameters
    ----------
    result_key
        Of ``result.json``: the callback's body.
    event_id
        Of the result; a callback that the backend accepted under it needs no second one.
    news
        False when the same result stood there already.
    """

    batch: Batch
    status: str
    result_key: str
    event_id: str
    news: bool

    def to_state(self) -> dict[str, Any]:
        """``{"batch", "status", "resultKey"}``, the whole state of the machine from here on."""
        return {"batch": self.batch.to_state(), "status": self.status, "resultKey": self.result_key}


def conclude(
    store: MediaStore,
    batch: Batch,
    execution: Execution,
    failure: Mapping[str, Any] | None,
    now: datetime.datetime,
) -> Conclusion:
    """Write ``result.json`` unless it says the same already.

    Parameters
    ----------
    failure
        ``{"Error", "Cause"}`` of a step that was given up, or of the execution as a whole.
    """
    outcome = _outcome(store, batch, failure)
    body = callback_body(batch, execution, outcome, now)
    key = batch.file(ManifestFile.RESULT)
    earlier = store.find_json(key)
    news = earlier is None or earlier["eventId"] != body["eventId"]
    if news:
        store.put_json(key, body)
        _report(outcome, execution, now)
    return Conclusion(batch, outcome.status.value, key, body["eventId"], news)


def _outcome(store: MediaStore, batch: Batch, failure: Mapping[str, Any] | None) -> BatchOutcome:
    manifest = store.find_json(batch.file(ManifestFile.ASSETS))
    if manifest is None:
        assets, results, videos = _unvalidated(store, batch), {}, {}
    else:
        assets = [Asset.from_json(line) for line in manifest["assets"]]
        results = _with_film_sizes(store, assets, load_results(store, batch, assets))
        videos = video_outcomes(store, batch)
    record = store.find_json(batch.file(ManifestFile.ZIP))
    outcomes = asset_outcomes(assets, results, record)
    error = batch_error(outcomes, record, failure)
    return BatchOutcome(outcomes, error, record, [videos[index] for index in sorted(videos)])


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


def _with_film_sizes(
    store: MediaStore, assets: Sequence[Asset], results: Mapping[int, AssetResult]
) -> dict[int, AssetResult]:
    """The results with the videos' sizes, which MediaConvert does not tell; a missing film counts as not transcoded."""
    films = [asset.index for asset in assets if asset.valid and asset.kind is Kind.VIDEO and asset.index in results]
    with ThreadPoolExecutor(_READERS) as readers:
        sized = readers.map(lambda index: _with_film_size(store, results[index]), films)
        return dict(results) | dict(zip(films, sized, strict=True))


def _with_film_size(store: MediaStore, result: AssetResult) -> AssetResult:
    if "1080p" not in result.outputs:
        return result
    head = store.find_head(result.outputs["1080p"])
    if head is None:
        return AssetResult(
            result.index,
            {},
            error_code=AssetErrorCode.TRANSCODE_FAILED.value,
            error_message="MediaConvert reported success, but its film is not in the bucket",
        )
    return replace(result, bytes=head["ContentLength"])


def _report(outcome: BatchOutcome, execution: Execution, now: datetime.datetime) -> None:
    """The business view: how much was done, how fast, and what went wrong."""
    kinds = Counter(one.asset.kind for one in outcome.assets if one.result.outputs)
    count(Metric.PHOTOS, kinds[Kind.PHOTO])
    count(Metric.VIDEOS, kinds[Kind.VIDEO])
    count(Metric.DOCUMENTS, kinds[Kind.DOCUMENT])
    seconds = (now - datetime.datetime.fromisoformat(execution.started_at)).total_seconds()
    count(Metric.BATCH_SECONDS, seconds, MetricUnit.Seconds)
    count_by(Metric.BATCHES, "Status", outcome.status.value)
    codes = Counter(one.error_code for one in outcome.assets if one.error_code)
    for code, number in sorted(codes.items()):
        count_by(Metric.ASSET_ERRORS, "ErrorCode", code, number)
    logger.info(
        "batch concluded",
        status=outcome.status.value,
        assets=len(outcome.assets),
        errors=dict(codes),
        seconds=round(seconds, 1),
    )
