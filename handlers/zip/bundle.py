"""A batch's ZIP of all processed assets: what goes in, what is missing, and what was written (``zip.json``).

Each asset is one file: a photo's cleaned original, a document, a video's 1080p rendition. The 720p rendition shows the
same video again and stays outside.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from handlers.contract.batch import Asset, AssetResult, Batch
from handlers.contract.errors import AssetErrorCode
from handlers.contract.keys import zip_key
from handlers.result.asset_results import load_assets, load_results
from handlers.runtime.observability import logger
from handlers.runtime.store import MediaStore
from handlers.zip.entry_names import label, name_entries, number_width
from handlers.zip.layout import Entry, Layout, Source, lay_out
from handlers.zip.plan import BundleTooLargeError, CopiedPart, plan
from handlers.zip.reading import crc32_of
from handlers.zip.upload import MultipartUpload

MISSING_FILE: Final = "MISSING.txt"
FINGERPRINT: Final = "layout-sha256"  # metadata of the bundle: tells a repeated state that its work is done

_LOOKING: Final = 32  # objects looked at, or read for their CRC-32, at a time


@dataclass(frozen=True, slots=True)
class Missing:
    """An asset that is not in the bundle, and why."""

    asset: Asset
    code: str
    message: str


type Wanted = tuple[Asset, AssetResult, str]  # asset, what was made of it, key of the object for the bundle


def make_bundle(store: MediaStore, batch: Batch, remaining: Callable[[], float]) -> dict[str, Any]:
    """Write the batch's bundle, if there is anything to put in, and say what was written.

    Parameters
    ----------
    remaining
        Tells the seconds left for this invocation.

    Returns
    -------
    The content of ``zip.json``: ``{bundles: [{key, bytes, entries}], zipSizeBytes, unzippedSizeBytes, partial,
    missing: [index], error: {code, message} | None}``. ``error`` is for what no retry makes right.

    Raises
    ------
    Exception
        What `handlers.zip.upload.MultipartUpload.write` and boto3 raise; a repeat starts anew and may succeed.
    """
    try:
        return _make(store, batch, remaining, trusting=True)
    except ClientError as error:
        if not 400 <= error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) < 500:
            raise
        # An object is not what its maker noted: gone, or written again by another attempt of the same batch. S3 says so
        # at the latest when it compares the whole bundle's CRC-32.
        logger.warning("notes on the objects are out of date: looking at each", error=str(error))
        return _make(store, batch, remaining, trusting=False)


def _make(store: MediaStore, batch: Batch, remaining: Callable[[], float], *, trusting: bool) -> dict[str, Any]:
    assets = load_assets(store, batch)
    results = load_results(store, batch, assets)
    assets.sort(key=_place)
    wanted, missing = select(assets, results)
    sources, gone = _find_sources(store, wanted, trusting=trusting)
    missing = sorted([*missing, *gone], key=lambda one: _place(one.asset))
    width = number_width(assets)
    names = name_entries([(asset, source.key) for asset, source in sources], width)
    entries = [Entry(name, source) for name, (_, source) in zip(names, sources, strict=True)]
    if missing and entries:
        entries.append(Entry(MISSING_FILE, describe_missing(missing, len(assets), width).encode()))
    key = zip_key(str(batch.listing_id), batch.date, str(batch.batch_id), partial=bool(missing))
    zip_result = {"partial": bool(missing), "missing": sorted(one.asset.index for one in missing), "error": None}
    layout = lay_out(entries, batch.date)
    try:
        if entries:
            _write(store, key, layout, remaining)
    except BundleTooLargeError as error:
        entries, zip_result["error"] = [], {"code": AssetErrorCode.ZIP_FAILED, "message": str(error)}
    return zip_result | {
        "bundles": [{"key": key, "bytes": layout.size, "entries": len(entries)}] if entries else [],
        "zipSizeBytes": layout.size if entries else 0,
        "unzippedSizeBytes": sum(entry.size for entry in entries),
    }


def _place(asset: Asset) -> tuple[int, int]:
    """Order of the listing."""
    return asset.sequence, asset.index


def select(assets: Sequence[Asset], results: Mapping[int, AssetResult]) -> tuple[list[Wanted], list[Missing]]:
    """Part the assets into those with an object for the bundle and those without, both in the given order."""
    wanted: list[Wanted] = []
    missing: list[Missing] = []
    for asset in assets:
        result = results.get(asset.index)
        if not asset.valid:
            missing.append(Missing(asset, str(asset.error_code), asset.error_message or ""))
        elif result is None:
            missing.append(Missing(asset, AssetErrorCode.PROCESSING_FAILED, "it was not processed to the end"))
        elif key := result.outputs.get(asset.kind.treatment.main_output):
            wanted.append((asset, result, key))
        else:
            code = result.error_code or AssetErrorCode.PROCESSING_FAILED
            missing.append(Missing(asset, code, result.error_message or ""))
    return wanted, missing


def describe_missing(missing: Sequence[Missing], assets: int, width: int) -> str:
    """The text of ``MISSING.txt``, for whoever opens the ZIP; ``width`` as for the names in it."""
    lines = [f"{len(missing)} of {assets} files of this listing are not in this ZIP:", ""]
    for one in missing:
        words = label(one.asset)
        filename = one.asset.key.rsplit("/", 1)[-1]
        lines.append(f"{one.asset.sequence:0{width}d} - {words or filename}")
        lines.append(f"    uploaded as: {' '.join(filename.split())}")
        lines.append(f"    reason: {' '.join(one.message.split()) or 'unknown'} ({one.code})")
        lines.append("")
    return "\n".join(lines)


def _find_sources(
    store: MediaStore, wanted: Sequence[Wanted], *, trusting: bool
) -> tuple[list[tuple[Asset, Source]], list[Missing]]:
    with ThreadPoolExecutor(_LOOKING) as lookers:
        found = list(lookers.map(lambda one: _find_source(store, one[1], one[2], trusting=trusting), wanted))
    sources, gone = [], []
    for (asset, _, _), source in zip(wanted, found, strict=True):
        if source:
            sources.append((asset, source))
        else:
            gone.append(Missing(asset, AssetErrorCode.ZIP_FAILED, "the processed file is no longer there"))
    return sources, gone


def _find_source(store: MediaStore, result: AssetResult, key: str, *, trusting: bool) -> Source | None:
    """The object as its maker noted it, without a request; else as it stands in the bucket now."""
    noted = result.crc32
    if trusting and noted is not None and result.bytes is not None:
        return Source(key, result.bytes, noted)
    head = store.find_head(key)
    if head is None:
        return None
    size, etag, told = head["ContentLength"], head["ETag"], head.get("ChecksumCRC32", "-")
    if "-" not in told and head.get("ChecksumType", "FULL_OBJECT") == "FULL_OBJECT":
        return Source(key, size, int.from_bytes(base64.b64decode(told)), etag)
    # The same SHA-256 is the same bytes: of thousands of photos only those that changed are read.
    if noted is not None and result.checksum_sha256 and head.get("ChecksumSHA256") == _in_s3(result.checksum_sha256):
        return Source(key, size, noted, etag)
    return Source(key, size, crc32_of(store, key, size, etag), etag)


def _in_s3(sha256: str) -> str:
    """A digest in hex as S3 tells it."""
    return base64.b64encode(bytes.fromhex(sha256)).decode()


def _write(store: MediaStore, key: str, layout: Layout, remaining: Callable[[], float]) -> None:
    """Write the bundle unless it stands there already, written by an earlier try of the same state."""
    there = store.find_head(key)
    if there and there["Metadata"].get(FINGERPRINT) == layout.fingerprint:
        logger.info("bundle is there already", key=key)
        return
    parts = plan(layout.pieces)
    MultipartUpload(store, key, remaining).write(layout, parts, {FINGERPRINT: layout.fingerprint})
    copied = sum(part.size for part in parts if isinstance(part, CopiedPart))
    logger.info("bundle written", key=key, bytes=layout.size, copiedBytes=copied, parts=len(parts))
