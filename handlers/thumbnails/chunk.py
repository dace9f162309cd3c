"""Photos and documents of one chunk: read the validated version, make the outputs, write them, report each."""

import base64
import hashlib
import os
import zlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from handlers.contract import keys, names, photo_variants
from handlers.contract.batch import Asset, AssetResult
from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.contract.media_types import Kind
from handlers.contract.photo_variants import Variant
from handlers.files.content_type import essence
from handlers.runtime.observability import logger
from handlers.runtime.store import MediaStore
from handlers.thumbnails import limits, photo
from handlers.thumbnails.memory import MemoryBudget

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CopySourceTypeDef

# More than there are cores: while some wait for S3, others decode (Pillow lets go of the GIL). Memory stays bounded by
# the two budgets, not by this number.
_WORKERS: Final = 8
_JPEG: Final = "image/jpeg"
_GONE: Final = frozenset({"NoSuchKey", "NoSuchVersion", "404"})

_files = MemoryBudget(limits.FILE_BYTES)
_pixels = MemoryBudget(limits.DECODE_BYTES)


def process_all(store: MediaStore, assets: Sequence[Asset]) -> list[AssetResult]:
    """Process assets side by side; results come in the order of the assets.

    Raises
    ------
    botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError
        S3 failed beyond boto3's own retries; the chunk is to be tried again as a whole.
    """
    executor = ThreadPoolExecutor(max_workers=_WORKERS, thread_name_prefix="chunk")
    try:
        return list(executor.map(lambda asset: _reported(store, asset), assets))
    finally:
        executor.shutdown(cancel_futures=True)


def _reported(store: MediaStore, asset: Asset) -> AssetResult:
    """Process one asset; what is wrong with it becomes its result."""
    try:
        return _PROCESSES[asset.kind](store, asset)
    except AssetError as error:
        logger.warning("asset failed", assetIndex=asset.index, key=asset.key, errorCode=error.code)
        return AssetResult(
            index=asset.index, outputs={}, error_code=error.code.value, error_message=error.message[:1000]
        )


def _photo(store: MediaStore, asset: Asset) -> AssetResult:
    limits.check_file(asset.bytes)
    table = photo_variants.table(os.environ)
    with _files.hold(2 * asset.bytes):  # the upload and its cleaned copy
        made = photo.process(_read(store, asset), _pixels, table)
        digest, crc32 = hashlib.sha256(made.processed), zlib.crc32(made.processed)
        outputs = {"processed": keys.photo_key(asset.raw)}
        written = store.client.put_object(
            Bucket=store.bucket,
            Key=outputs["processed"],
            Body=made.processed,
            ContentType=_JPEG,
            ChecksumAlgorithm="SHA256",
            ChecksumSHA256=base64.b64encode(digest.digest()).decode(),
        )
        etags = {"processed": written["ETag"]}
        for variant in table:
            if body := made.variants.get(variant.name):
                encoding = variant.encoding
                outputs[variant.name] = key = keys.variant_key(asset.raw, variant.name, encoding.extension)
                written = store.client.put_object(
                    Bucket=store.bucket, Key=key, Body=body, ContentType=encoding.content_type
                )
                etags[variant.name] = written["ETag"]
        code, message = _left_out([variant for variant in table if variant.name not in made.variants])
        return AssetResult(
            index=asset.index,
            outputs=outputs,
            bytes=len(made.processed),
            content_type=_JPEG,
            width=made.width,
            height=made.height,
            checksum_sha256=digest.hexdigest(),
            crc32=crc32,
            placeholder=made.preview.placeholder,
            dominant_colour=made.preview.dominant_colour,
            projection=made.projection,
            error_code=code,
            error_message=message,
            settings=os.environ.get(names.RENDERING_VERSION),
            etags=etags,
        )


def _left_out(missing: Sequence[Variant]) -> tuple[str | None, str | None]:
    """Error code and message of a photo whose variants are not all there; its other outputs stand."""
    if not missing:
        return None, None
    wanted = ", ".join(f"{one.name} ({one.width} pixels in {one.max_bytes:,} bytes)" for one in missing)
    return AssetErrorCode.VARIANT_TOO_LARGE.value, f"processed, but without {wanted}: no quality makes it so small"


def _source(store: MediaStore, asset: Asset) -> "CopySourceTypeDef":
    """Where the version stands that was validated, whatever has been uploaded over it since."""
    source: CopySourceTypeDef = {"Bucket": store.bucket, "Key": asset.key}
    if asset.version_id:
        source["VersionId"] = asset.version_id
    return source


def _read(store: MediaStore, asset: Asset) -> bytes:
    try:
        return store.get_bytes(asset.key, **asset.pinned)
    except ClientError as error:
        raise _not_found(asset, error) from error


def _document(store: MediaStore, asset: Asset) -> AssetResult:
    """Copy a document within S3; neither its tags (which may archive the raw one) nor its metadata come along."""
    key, content_type = keys.document_key(asset.raw), essence(asset.content_type)
    try:
        answer = store.client.copy_object(
            Bucket=store.bucket,
            Key=key,
            CopySource=_source(store, asset),
            ContentType=content_type,
            MetadataDirective="REPLACE",
            TaggingDirective="REPLACE",
            ChecksumAlgorithm="CRC32",  # S3 computes it while copying: the ZIP is laid out with it
        )
    except ClientError as error:
        raise _not_found(asset, error) from error
    copied = answer["CopyObjectResult"]
    crc32 = copied.get("ChecksumCRC32")
    return AssetResult(
        index=asset.index,
        outputs={"processed": key},
        bytes=asset.bytes,
        content_type=content_type,
        checksum_sha256=asset.checksum_sha256,
        crc32=int.from_bytes(base64.b64decode(crc32)) if crc32 else None,
        settings=os.environ.get(names.RENDERING_VERSION),
        etags={"processed": copied["ETag"]} if "ETag" in copied else {},
    )


_PROCESSES: Final[Mapping[Kind, Callable[[MediaStore, Asset], AssetResult]]] = {
    Kind.PHOTO: _photo,
    Kind.DOCUMENT: _document,
}


def _not_found(asset: Asset, error: ClientError) -> Exception:
    """An asset's error when the object is gone or archived; S3's own error otherwise."""
    code = error.response["Error"]["Code"]
    if code in _GONE:
        return AssetError(AssetErrorCode.NOT_FOUND, f"{asset.key} is no longer in the bucket")
    if code == "InvalidObjectState":
        return AssetError(AssetErrorCode.NOT_FOUND, f"{asset.key} is archived; restore it before processing it again")
    return error
