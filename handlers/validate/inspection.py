"""What S3 says of one uploaded object, held against what the backend announced."""

import base64
import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from handlers.media.batch import Asset
from handlers.media.errors import AssetError, AssetErrorCode
from handlers.media.isobmff import VideoProbe, probe
from handlers.media.keys import Kind
from handlers.media.signatures import HEAD_BYTES, canonical, matches, sniff
from handlers.validate.announcement import check_size
from handlers.validate.limits import Limits

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_HASHED_AT_ONCE: Final = 2**20  # bytes; large enough for hashlib to let go of the GIL, small enough for 32 at a time
# S3's error codes for an object that is gone, or out of reach, between HeadObject and GetObject.
_NOT_READABLE: Final = {
    "NoSuchKey": "the object was deleted while it was being validated",
    "NoSuchVersion": "the object was deleted while it was being validated",
    "InvalidObjectState": "the object is archived in Glacier: restore it, then replay the batch",
}

# What each kind of asset may be, by sniffed content type (canonical spelling).
ACCEPTED: Final = {
    Kind.PHOTO: frozenset({"image/jpeg", "image/png", "image/webp", "image/tiff", "image/heic", "image/avif"}),
    Kind.VIDEO: frozenset({"video/mp4"}),
    Kind.DOCUMENT: frozenset(
        {"application/pdf", "application/rtf", "application/zip", "application/x-ole-storage", "image/vnd.dwg"}
        | {"image/jpeg", "image/png", "image/tiff"}
    ),
}


@dataclass(frozen=True, slots=True)
class Inspected:
    """An asset with the facts of its object; `video` only for a valid one of that kind."""

    asset: Asset
    video: VideoProbe | None = None


class Inspector:
    """Inspects objects of one bucket; safe to share between threads.

    Parameters
    ----------
    client
        boto3 S3 client with as many connections as there are threads.
    """

    def __init__(self, client: "S3Client", bucket: str, limits: Limits) -> None:
        self._client = client
        self._bucket = bucket
        self._limits = limits

    def inspect(self, asset: Asset) -> Inspected:
        """Check existence, size, checksum, content type and, for a video, its pictures.

        Two requests for a photo; a file without a whole-file SHA-256 in S3 is read once more.

        Raises
        ------
        AssetError
            The first thing that is wrong with the asset.
        """
        head = self._head(asset)
        size = head["ContentLength"]
        if size != asset.bytes:
            raise AssetError(AssetErrorCode.BYTES_MISMATCH, f"announced {asset.bytes} bytes, the object has {size}")
        check_size(size, asset.kind, self._limits)
        found = replace(asset, version_id=head.get("VersionId"))
        self._check_checksum(found, head)
        self._check_content(found)
        if asset.kind is not Kind.VIDEO:
            return Inspected(found)
        return self._with_film(found)

    def _head(self, asset: Asset) -> Any:
        try:
            return self._client.head_object(Bucket=self._bucket, Key=asset.key, ChecksumMode="ENABLED")
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                raise AssetError(AssetErrorCode.NOT_FOUND, "there is no object at this key") from None
            raise

    def _check_checksum(self, asset: Asset, head: Any) -> None:
        stored = head.get("ChecksumSHA256")
        # A multipart upload's is of its parts' checksums and ends in "-N" ("Checking object integrity in Amazon S3").
        whole = stored and "-" not in stored and head.get("ChecksumType", "FULL_OBJECT") == "FULL_OBJECT"
        actual = base64.b64decode(stored).hex() if whole else self._hashed(asset)
        if actual != asset.checksum_sha256:
            raise AssetError(
                AssetErrorCode.CHECKSUM_MISMATCH, f"announced SHA-256 {asset.checksum_sha256}, the object has {actual}"
            )

    def _hashed(self, asset: Asset) -> str:
        digest = hashlib.sha256()
        for chunk in self._get(asset).iter_chunks(_HASHED_AT_ONCE):
            digest.update(chunk)
        return digest.hexdigest()

    def _check_content(self, asset: Asset) -> None:
        sniffed = sniff(self._range(asset, 0, HEAD_BYTES))
        if not matches(asset.content_type, sniffed):
            raise AssetError(
                AssetErrorCode.CONTENT_TYPE_MISMATCH,
                f"announced {canonical(asset.content_type)}, the file starts like {sniffed or 'no known format'}",
            )
        if canonical(sniffed or "") not in ACCEPTED[asset.kind]:
            raise AssetError(AssetErrorCode.UNSUPPORTED_MEDIA, f"{sniffed} is not accepted as a {asset.kind}")

    def _with_film(self, asset: Asset) -> Inspected:
        film = probe(lambda offset, length: self._range(asset, offset, length), asset.bytes)
        seconds = film.duration_seconds
        if seconds is not None and seconds > self._limits.video_seconds:
            raise AssetError(
                AssetErrorCode.FILE_TOO_LARGE,
                f"the film is {seconds:.0f} s long, at most {self._limits.video_seconds} are allowed",
            )
        measured = replace(
            asset,
            width=film.width,
            height=film.height,
            duration_seconds=None if seconds is None else round(seconds),
        )
        return Inspected(measured, film)

    def _range(self, asset: Asset, offset: int, length: int) -> bytes:
        data: bytes = self._get(asset, Range=f"bytes={offset}-{offset + length - 1}").read()
        return data

    def _get(self, asset: Asset, **options: Any) -> Any:
        version: dict[str, Any] = {"VersionId": asset.version_id} if asset.version_id else {}
        try:
            return self._client.get_object(Bucket=self._bucket, Key=asset.key, **version, **options)["Body"]
        except ClientError as error:
            reason = _NOT_READABLE.get(error.response["Error"]["Code"])
            if reason is None:
                raise
            raise AssetError(AssetErrorCode.NOT_FOUND, reason) from None
