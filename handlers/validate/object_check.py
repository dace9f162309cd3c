"""What S3 says of one uploaded object, held against what the backend announced."""

import base64
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from botocore.exceptions import ClientError

from handlers.contract import names
from handlers.contract.batch import Asset
from handlers.contract.errors import AssetError, AssetErrorCode, BatchRefusedError
from handlers.contract.media_types import Kind
from handlers.files.codecs import check_decodable
from handlers.files.content_type import HEAD_BYTES, canonical, detect, matches
from handlers.files.isobmff import VideoProbe, probe
from handlers.result.reusable import Reusable
from handlers.runtime.store import MediaStore
from handlers.validate.earlier_results import EarlierResults
from handlers.validate.limits import Limits
from handlers.validate.precheck import check_size

# S3's error codes for an object that is gone, or out of reach, between HeadObject and GetObject.
_NOT_READABLE: Final = {
    "NoSuchKey": "the object was deleted while it was being validated",
    "NoSuchVersion": "the object was deleted while it was being validated",
    "InvalidObjectState": "the object is archived in Glacier: restore it, then replay the batch",
}


@dataclass(frozen=True, slots=True)
class CheckedObject:
    """An asset with the facts of its object.

    Parameters
    ----------
    video
        Only for a valid one of that kind.
    reused
        An earlier attempt's result that stands for it; nothing is to be made.
    """

    asset: Asset
    video: VideoProbe | None = None
    reused: Reusable | None = None


class ObjectCheck:
    """Checks objects of one bucket; safe to share between threads.

    Parameters
    ----------
    store
        The bucket; its client has as many connections as there are threads.
    earlier
        What earlier attempts made; nothing unless given.
    """

    def __init__(self, store: MediaStore, limits: Limits, earlier: EarlierResults | None = None) -> None:
        self._store = store
        self._limits = limits
        self._earlier = earlier or EarlierResults()
        self._hashed_keys: list[str] = []  # appending is one step, whatever the threads do

    @property
    def hashed(self) -> int:
        """Objects that were read from end to end, because S3 keeps no SHA-256 of them."""
        return len(self._hashed_keys)

    def run(self, asset: Asset) -> CheckedObject:
        """Check existence, size, checksum, content type and, for a video, its measures.

        Two requests for a photo; a file without a whole-file SHA-256 in S3 is read once more. A photo or document of
        which an earlier attempt's result still stands is not read at all, and so may be archived by now.

        Raises
        ------
        AssetError
            The first thing that is wrong with the asset.
        """
        head = self._store.find_head(asset.key)
        if head is None:
            raise AssetError(AssetErrorCode.NOT_FOUND, "there is no object at this key")
        size = head["ContentLength"]
        if size != asset.bytes:
            raise AssetError(AssetErrorCode.BYTES_MISMATCH, f"announced {asset.bytes} bytes, the object has {size}")
        check_size(size, asset.kind, self._limits)
        found = replace(asset, version_id=head.get("VersionId"))
        if asset.kind is not Kind.VIDEO and (
            reused := self._earlier.find(found, os.environ.get(names.RENDERING_VERSION))
        ):
            return CheckedObject(replace(found, reused=True), reused=reused)
        if not self._earlier.knows(found):  # a version never changes, and this one's checksum was right
            self._check_checksum(found, head)
        self._check_content(found)
        if asset.kind is not Kind.VIDEO:
            return CheckedObject(found)
        return self._with_measures(found)

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
        self._hashed_keys.append(asset.key)
        digest = hashlib.sha256()
        with _readable():
            for chunk in self._store.stream(asset.key, 0, asset.bytes, **asset.pinned):
                digest.update(chunk)
        return digest.hexdigest()

    def _check_content(self, asset: Asset) -> None:
        detected = detect(self._range(asset, 0, HEAD_BYTES))
        if not matches(asset.content_type, detected):
            raise AssetError(
                AssetErrorCode.CONTENT_TYPE_MISMATCH,
                f"announced {canonical(asset.content_type)}, the file starts like {detected or 'no known format'}",
            )
        if canonical(detected or "") not in asset.kind.treatment.accepted:
            raise AssetError(AssetErrorCode.UNSUPPORTED_MEDIA, f"{detected} is not accepted as a {asset.kind}")

    def _with_measures(self, asset: Asset) -> CheckedObject:
        video = probe(lambda offset, length: self._range(asset, offset, length), asset.bytes)
        check_decodable(video.codec, video.sound_codec)
        seconds = video.duration_seconds
        if seconds is not None and seconds > self._limits.video_seconds:
            raise AssetError(
                AssetErrorCode.FILE_TOO_LARGE,
                f"the video is {seconds:.0f} s long, at most {self._limits.video_seconds} are allowed",
            )
        measured = replace(
            asset,
            width=video.width,
            height=video.height,
            duration_seconds=None if seconds is None else round(seconds),
        )
        return CheckedObject(measured, video)

    def _range(self, asset: Asset, offset: int, length: int) -> bytes:
        with _readable():
            return self._store.get_bytes(asset.key, Range=f"bytes={offset}-{offset + length - 1}", **asset.pinned)


def check_video_seconds(assets: Sequence[Asset], limits: Limits) -> None:
    """Refuse a batch whose videos are too long together; one of unknown length counts as the longest allowed.

    Raises
    ------
    BatchRefusedError
        The sum is over the limit; the message names both.
    """
    videos = (asset for asset in assets if asset.valid and asset.kind is Kind.VIDEO)
    total = sum(limits.video_seconds if each.duration_seconds is None else each.duration_seconds for each in videos)
    if total > limits.batch_video_seconds:
        raise BatchRefusedError(
            f"the batch has {total} s of video, at most {limits.batch_video_seconds} are allowed; send it in parts"
        )


@contextmanager
def _readable() -> Iterator[None]:
    """What S3 says of an object that cannot be read is the asset's error; all else is S3's."""
    try:
        yield
    except ClientError as error:
        reason = _NOT_READABLE.get(error.response["Error"]["Code"])
        if reason is None:
            raise
        raise AssetError(AssetErrorCode.NOT_FOUND, reason) from None
