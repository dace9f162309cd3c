"""Reading the objects that a bundle is made of."""

import zlib
from collections.abc import Iterator

from handlers.runtime.store import MediaStore
from handlers.zip.layout import Slice, Source


def read(store: MediaStore, piece: Slice) -> Iterator[bytes]:
    """Yield a slice's bytes in order, as `MediaStore.stream` does.

    Raises
    ------
    botocore.exceptions.ClientError
        ``PreconditionFailed`` when the object is no longer the version of the source.
    """
    source = piece.source
    pinned = {"IfMatch": source.etag} if source.etag else {}
    return store.stream(source.key, piece.start, piece.stop, **pinned)


def crc32_of(store: MediaStore, key: str, size: int, etag: str) -> int:
    """CRC-32 of an object, by reading it once; for those of which neither S3 nor the maker has told it."""
    checksum = 0
    for chunk in read(store, Slice(Source(key, size, 0, etag), 0, size)):
        checksum = zlib.crc32(chunk, checksum)
    return checksum
