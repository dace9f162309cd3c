"""What the states made of each asset: one answer per asset out of the attempt's many manifest objects."""

import json
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from handlers.contract.batch import Asset, AssetResult, Batch
from handlers.contract.errors import AssetErrorCode
from handlers.contract.names import REUSED_CHUNK, REUSED_VIDEOS, VIDEO_FAILURE, VIDEO_RESULT, ManifestFile
from handlers.files.transcode import RENDITIONS, output_keys
from handlers.runtime.store import MediaStore

_READERS: Final = 16  # manifest objects fetched at a time
# How a video ended; a result counts more than a failure, which may only say that it was not waited for.
_ENDINGS: Final = (VIDEO_FAILURE, VIDEO_RESULT)


def load_assets(store: MediaStore, batch: Batch) -> list[Asset]:
    """Every asset of the batch with what validate found, in the manifest's order.

    Raises
    ------
    botocore.exceptions.ClientError
        ``NoSuchKey`` when validation never finished.
    """
    return [Asset.from_json(line) for line in store.get_json(batch.file(ManifestFile.ASSETS))["assets"]]


def load_results(
    store: MediaStore,
    batch: Batch,
    assets: Sequence[Asset] | None = None,
    videos: Mapping[int, Mapping[str, Any]] | None = None,
) -> dict[int, AssetResult]:
    """The result of each asset that a state has finished, by index; an asset of which nothing is known is absent.

    An execution that was repeated may have cut its chunks otherwise, so ranges may overlap. A result with outputs wins
    over one without; otherwise the narrower range wins. What validate took over from an earlier attempt counts least.

    Parameters
    ----------
    assets, videos
        `load_assets` and `video_results` of the batch, where the caller has them already.
    """
    assets = load_assets(store, batch) if assets is None else assets
    videos = video_results(store, batch) if videos is None else videos
    results = _merged_chunks(_read_all(store, store.list_keys(batch.file("chunks/"))))
    for index, video in videos.items():
        results[index] = _video_result(assets[index], video)
    return results


def video_results(store: MediaStore, batch: Batch) -> dict[int, dict[str, Any]]:
    """What the state machine, or the reconciler, wrote of each video's MediaConvert job, by index of the asset.

    Returns
    -------
    ``{"index", "status": "COMPLETE", "job": {...}}`` or ``{"index", "status": "ERROR", "error": {"Error", "Cause"}}``.
    """
    found = store.list_keys(batch.file("videos/"))
    keys = [key for key in found if key.endswith(_ENDINGS)]
    endings = list(_read_all(store, sorted(keys, key=lambda key: key.endswith(VIDEO_RESULT))).values())
    # An earlier attempt's end counts least: where there is another, this attempt had its own job.
    reused = store.get_json(batch.file(REUSED_VIDEOS))["videos"] if batch.file(REUSED_VIDEOS) in found else []
    return {ending["index"]: ending for ending in [*reused, *endings]}


def _read_all(store: MediaStore, keys: Sequence[str]) -> dict[str, Any]:
    with ThreadPoolExecutor(_READERS) as readers:
        return dict(zip(keys, readers.map(store.get_json, keys), strict=True))


def _merged_chunks(files: Mapping[str, Any]) -> dict[int, AssetResult]:
    merged: dict[int, AssetResult] = {}
    for key in sorted(files, key=_width, reverse=True):
        for line in files[key]["results"]:
            result = AssetResult.from_json(line)
            known = merged.get(result.index)
            if known is None or result.outputs or not known.outputs:
                merged[result.index] = result
    return merged


def _width(key: str) -> float:
    if key.endswith(REUSED_CHUNK):
        return math.inf
    first, last = key.rsplit("/", 1)[-1].removesuffix(".json").split("-")
    return int(last) - int(first)


def _video_result(asset: Asset, video: Mapping[str, Any]) -> AssetResult:
    if video["status"] != "COMPLETE":
        message = _why_it_failed(video.get("error") or {})
        return AssetResult(asset.index, {}, error_code=AssetErrorCode.TRANSCODE_FAILED, error_message=message)
    rendition = _largest_rendition(video.get("job") or {})
    size = _member(rendition, "VideoDetails") or {}
    milliseconds = _member(rendition, "DurationInMs")
    return AssetResult(
        asset.index,
        output_keys(asset.raw),
        content_type="video/mp4",
        width=_member(size, "WidthInPx"),
        height=_member(size, "HeightInPx"),
        duration_seconds=asset.duration_seconds if milliseconds is None else round(milliseconds / 1000),
    )


def _largest_rendition(job: Mapping[str, Any]) -> Mapping[str, Any]:
    """Measures of the largest rendition, the first: MediaConvert reports outputs in the order of the settings."""
    for group in _member(job, "OutputGroupDetails") or []:
        details = _member(group, "OutputDetails") or []
        if len(details) == len(RENDITIONS):
            return dict(details[0])
    return {}


def _member(holder: Mapping[str, Any], name: str) -> Any:
    """A member as the API spells it, or as an EventBridge event does (first letter small)."""
    return holder.get(name, holder.get(name[0].lower() + name[1:]))


def _why_it_failed(error: Mapping[str, Any]) -> str:
    """Step Functions puts the whole job, as JSON, into ``Cause``; people want its message."""
    cause = str(error.get("Cause") or error.get("Error") or "MediaConvert gave no reason")
    try:
        job = json.loads(cause)
    except ValueError:
        return cause[:300]
    if isinstance(job, dict):
        job = job.get("Job", job)
        cause = _member(job, "ErrorMessage") or cause
    return str(cause)[:300]
