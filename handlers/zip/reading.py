"""Reading objects of the media bucket in chunks, so that memory does not grow with them."""

import zlib
from collections.abc import Iterator
from typing import Final

from botocore.exceptions import HTTPClientError, IncompleteReadError

from handlers.media.store import MediaStore
from handlers.zip.layout import Slice, Source

CHUNK: Final = 2**20  # bytes
_TRIES: Final = 3


def read(store: MediaStore, piece: Slice) -> Iterator[bytes]:
    """Yield a slice's bytes in order, at most `CHUNK` at a time.

    A connection that breaks in the middle is taken up again where it broke: botocore's own retries end with the
    headers.

    Raises
    ------
    botocore.exceptions.ClientError
        ``PreconditionFailed`` when the object is no longer the version of the source.
    botocore.exceptions.HTTPClientError, IncompleteReadError
        The connection broke three times without a byte in between.
    """
    source, at, tries = piece.source, piece.start, _TRIES
    while at < piece.stop:
        wanted, pinned = f"bytes={at}-{piece.stop - 1}", {"IfMatch": source.etag} if source.etag else {}
        body = store.client.get_object(Bucket=store.bucket, Key=source.key, Range=wanted, **pinned)["Body"]  # type: ignore[arg-type]  # a header
        try:
            while chunk := body.read(CHUNK):
                at, tries = at + len(chunk), _TRIES
                yield chunk
        except (HTTPClientError, IncompleteReadError):
            tries -= 1
            if not tries:
                raise


def crc32_of(store: MediaStore, key: str, size: int, etag: str) -> int:
    """CRC-32 of an object, by reading it once; for those of which neither S3 nor the maker has told it."""
    checksum = 0
    for chunk in read(store, Slice(Source(key, size, 0, etag), 0, size)):
        checksum = zlib.crc32(chunk, checksum)
    return checksum
