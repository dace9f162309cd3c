"""Carry out a plan: one S3 multipart upload, its parts copied by S3 or sent, several at a time."""

import base64
import io
import zlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from handlers.runtime.observability import logger
from handlers.runtime.store import MediaStore
from handlers.zip.layout import Layout
from handlers.zip.plan import MIB, CopiedPart, Part, SentPart
from handlers.zip.reading import read

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

_COPYING: Final = 16  # copies at a time; they cost this side nothing but a connection
_SENDING: Final = 8
_SENT_BYTES: Final = 80 * MIB  # in memory at a time: what is being filled or is on its way
_TIME_TO_GIVE_UP: Final = 15.0  # seconds that aborting the upload and reporting may take


class OutOfTimeError(Exception):
    """The function's time is nearly over; the upload was given up while it could still be aborted."""


class MultipartUpload:
    """One attempt to write one bundle.

    Parameters
    ----------
    remaining
        Tells the seconds left for this invocation.
    """

    def __init__(self, store: MediaStore, key: str, remaining: Callable[[], float]) -> None:
        self._store = store
        self._key = key
        self._remaining = remaining
        self._id = ""

    def write(self, layout: Layout, parts: Sequence[Part], metadata: Mapping[str, str]) -> None:
        """Write the bundle whole or not at all: whatever fails, the upload is aborted and the error goes on.

        S3 holds the CRC-32 of what it put together against the layout's, and refuses a bundle of which any byte, copied
        or sent, is not the planned one ("Checking object integrity in Amazon S3", full object checksums).

        Raises
        ------
        OutOfTimeError
            Fewer than `_TIME_TO_GIVE_UP` seconds are left.
        botocore.exceptions.ClientError
            ``PreconditionFailed`` when a source was written again meanwhile, ``BadDigest`` when a CRC-32 was wrong.
        """
        self._id = self._store.client.create_multipart_upload(
            Bucket=self._store.bucket,
            Key=self._key,
            ContentType="application/zip",
            Metadata=metadata,
            ChecksumAlgorithm="CRC32",
            ChecksumType="FULL_OBJECT",
        )["UploadId"]
        try:
            self._complete(layout, self._write_parts(parts))
        except BaseException:
            self._abort()
            raise

    def _write_parts(self, parts: Sequence[Part]) -> "list[CompletedPartTypeDef]":
        largest = max(part.size for part in parts if isinstance(part, SentPart))
        sending = max(1, min(_SENDING, _SENT_BYTES // largest))
        with ThreadPoolExecutor(_COPYING) as copiers, ThreadPoolExecutor(sending) as senders:
            written: list[Future[CompletedPartTypeDef]] = []
            for number, part in enumerate(parts, 1):
                if isinstance(part, CopiedPart):
                    written.append(copiers.submit(self._copy, number, part))
                else:
                    written.append(senders.submit(self._send, number, part))
            try:
                for done in as_completed(written):
                    done.result()
            except BaseException:
                for future in written:
                    future.cancel()
                raise
        return [future.result() for future in written]

    def _copy(self, number: int, part: CopiedPart) -> "CompletedPartTypeDef":
        self._check_time()
        source = part.slice.source
        # "You can copy a range only if the source object is greater than 5 MB" (API reference, UploadPartCopy): the
        # planner only copies parts of 5 MiB and more, and a whole object needs no range.
        headers: dict[str, str] = {"CopySourceIfMatch": source.etag} if source.etag else {}
        if part.size < source.size:
            headers["CopySourceRange"] = f"bytes={part.slice.start}-{part.slice.stop - 1}"
        answer = self._store.client.upload_part_copy(
            Bucket=self._store.bucket,
            Key=self._key,
            UploadId=self._id,
            PartNumber=number,
            CopySource={"Bucket": self._store.bucket, "Key": source.key},
            **headers,  # type: ignore[arg-type]  # headers that are left out, not empty
        )["CopyPartResult"]
        return {"PartNumber": number, "ETag": answer["ETag"]}

    def _send(self, number: int, part: SentPart) -> "CompletedPartTypeDef":
        self._check_time()
        content = self._assembled(part)
        answer = self._store.client.upload_part(
            Bucket=self._store.bucket,
            Key=self._key,
            UploadId=self._id,
            PartNumber=number,
            Body=content,
            ChecksumCRC32=_as_header(zlib.crc32(content)),
        )
        return {"PartNumber": number, "ETag": answer["ETag"]}

    def _assembled(self, part: SentPart) -> bytes:
        """The part's bytes, in memory once: room for all of them first, and getvalue() hands the room itself over."""
        content = io.BytesIO()
        content.seek(part.size - 1)
        content.write(b"\0")
        content.seek(0)
        for piece in part.pieces:
            for chunk in [piece] if isinstance(piece, bytes) else read(self._store, piece):
                content.write(chunk)
        return content.getvalue()

    def _complete(self, layout: Layout, written: "list[CompletedPartTypeDef]") -> None:
        self._store.client.complete_multipart_upload(
            Bucket=self._store.bucket,
            Key=self._key,
            UploadId=self._id,
            MultipartUpload={"Parts": written},
            ChecksumCRC32=_as_header(layout.crc32),
            ChecksumType="FULL_OBJECT",
            MpuObjectSize=layout.size,
        )

    def _check_time(self) -> None:
        if self._remaining() < _TIME_TO_GIVE_UP:
            raise OutOfTimeError(f"less than {_TIME_TO_GIVE_UP:.0f} s left; the ZIP was not finished")

    def _abort(self) -> None:
        """Let go of the parts written so far. They are no object: nothing that anyone could see is removed."""
        try:
            self._store.client.abort_multipart_upload(Bucket=self._store.bucket, Key=self._key, UploadId=self._id)
        except (ClientError, BotoCoreError):  # the first error is the one to report
            logger.warning("multipart upload not aborted", key=self._key, uploadId=self._id, exc_info=True)


def _as_header(crc32: int) -> str:
    return base64.b64encode(crc32.to_bytes(4)).decode()
