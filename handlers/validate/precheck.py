"""What can be said of the announced assets without looking at a single object."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from handlers.contract.batch import Asset, Batch
from handlers.contract.errors import AssetError, AssetErrorCode, BatchRefusedError
from handlers.contract.keys import MediaKey, Stage, document_key, photo_key
from handlers.contract.media_types import Kind
from handlers.files.transcode import output_keys
from handlers.validate.limits import Limits

_MAIN_OUTPUTS: Final[Mapping[Kind, Callable[[MediaKey], str]]] = {
    Kind.PHOTO: photo_key,
    Kind.VIDEO: lambda raw: output_keys(raw)[Kind.VIDEO.treatment.main_output],
    Kind.DOCUMENT: document_key,
}


def precheck(batch: Batch, announced: Sequence[Mapping[str, Any]], limits: Limits) -> list[Asset]:
    """One `Asset` for each announced one, in the same order; those that cannot be processed carry their error.

    Of two assets with the same sequence, or whose outputs would overwrite each other, the first one is kept.

    Raises
    ------
    BatchRefusedError
        The batch as a whole is over a limit.
    """
    _check_batch(announced, limits)
    sequences: dict[int, int] = {}
    outputs: dict[str, int] = {}
    assets = []
    for index, line in enumerate(announced):
        asset = Asset.announced(index, line)
        try:
            _check_asset(batch, asset, limits)
            _claim(sequences, asset.sequence, asset, "sequence", AssetErrorCode.DUPLICATE_SEQUENCE)
            _claim(outputs, _main_output(asset.raw), asset, "output", AssetErrorCode.KEY_NOT_ALLOWED)
        except AssetError as error:
            asset = refused(asset, error)
        assets.append(asset)
    if sum(asset.valid and asset.kind is Kind.VIDEO for asset in assets) > limits.batch_videos:
        raise BatchRefusedError(f"a batch may have at most {limits.batch_videos} videos")
    return assets


def refused(asset: Asset, error: AssetError) -> Asset:
    """The asset with the reason why it is left out."""
    return replace(asset, error_code=error.code.value, error_message=error.message)


def _check_batch(announced: Sequence[Mapping[str, Any]], limits: Limits) -> None:
    if len(announced) > limits.batch_assets:
        raise BatchRefusedError(f"the batch has {len(announced)} assets, at most {limits.batch_assets} are allowed")
    total = sum(line["bytes"] for line in announced)
    if total > limits.batch_bytes:
        raise BatchRefusedError(f"the batch has {total} bytes, at most {limits.batch_bytes} are allowed")


def _check_asset(batch: Batch, asset: Asset, limits: Limits) -> None:
    raw = MediaKey.parse(asset.key)
    if raw.listing_id != str(batch.listing_id) or raw.stage is not Stage.RAW:
        raise AssetError(
            AssetErrorCode.KEY_NOT_ALLOWED, f"the key does not stand under {batch.listing_id}/{Stage.RAW}/"
        )
    if asset.asset_type != raw.media_type.asset_type:
        raise AssetError(
            AssetErrorCode.KEY_NOT_ALLOWED,
            f"assetType {asset.asset_type} does not belong to a key under {raw.media_type}",
        )
    check_size(asset.bytes, raw.kind, limits)


def check_size(size: int, kind: Kind, limits: Limits) -> None:
    """Refuse a file that is empty or over the limit of its kind.

    Raises
    ------
    AssetError
        ``UNSUPPORTED_MEDIA`` or ``FILE_TOO_LARGE``.
    """
    if size == 0:
        raise AssetError(AssetErrorCode.UNSUPPORTED_MEDIA, "the file is empty")
    if size > limits.file_bytes[kind]:
        raise AssetError(
            AssetErrorCode.FILE_TOO_LARGE, f"{size} bytes; a {kind} may have at most {limits.file_bytes[kind]}"
        )


def _main_output(raw: MediaKey) -> str:
    """The key under which the asset's processed form is written."""
    return _MAIN_OUTPUTS[raw.kind](raw)


def _claim[K](taken: dict[K, int], value: K, asset: Asset, what: str, code: AssetErrorCode) -> None:
    first = taken.setdefault(value, asset.index)
    if first != asset.index:
        raise AssetError(code, f"{what} {value} belongs to an earlier asset of the batch already")
