"""The media bucket as the handlers see it: manifests as JSON, and the client for everything larger."""

import json
import os
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import HTTPClientError, IncompleteReadError

from handlers.contract import names
from handlers.contract.errors import BatchRefusedError
from handlers.contract.request import parse_json
from handlers.runtime.clients import client_config

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import HeadObjectOutputTypeDef

MAX_ANNOUNCED_BYTES: Final = 16 * 2**20  # some 40,000 assets; a batch may have 10,000
_CHUNK: Final = 2**20  # bytes; large enough for hashlib and zlib to let go of the GIL, small enough for 32 at a time
_TRIES: Final = 3  # of a body; botocore's own retries end with the headers
_BROKEN: Final = (HTTPClientError, IncompleteReadError)  # what botocore makes of a connection that breaks in a body


class MediaStore:
    """S3 access bound to one bucket.

    Parameters
    ----------
    bucket
        Name of the media bucket.
    client
        boto3 S3 client; unit tests pass one that speaks to an emulator.
    """

    def __init__(self, bucket: str, client: "S3Client") -> None:
        self.bucket = bucket
        self.client = client

    def get_json(self, key: str) -> Any:
        """Read a manifest object.

        Raises
        ------
        botocore.exceptions.ClientError
            ``NoSuchKey`` when there is none.
        """
        return json.loads(self.get_bytes(key))

    def find_json(self, key: str) -> Any | None:
        """Like `get_json`, but None when there is no such object."""
        try:
            return self.get_json(key)
        except self.client.exceptions.NoSuchKey:
            return None

    def find_head(self, key: str) -> "HeadObjectOutputTypeDef | None":
        """What S3 tells of an object, its checksum included; None when there is no such object."""
        try:
            return self.client.head_object(Bucket=self.bucket, Key=key, ChecksumMode="ENABLED")
        except self.client.exceptions.ClientError as error:
            # The answer to HEAD has no body that could say NoSuchKey.
            if error.response["Error"]["Code"] not in ("404", "NoSuchKey"):
                raise
            return None

    def get_bytes(self, key: str, **which: Any) -> bytes:
        """Read an object, or a range of it, into memory; asked for again when the connection breaks in its body.

        Parameters
        ----------
        which
            Members of `s3:GetObject`, such as ``VersionId`` and ``Range``.

        Raises
        ------
        botocore.exceptions.ClientError
            As `s3:GetObject` answers.
        botocore.exceptions.HTTPClientError, IncompleteReadError
            The connection broke three times.
        """
        tries = _TRIES
        while True:
            body = self.client.get_object(Bucket=self.bucket, Key=key, **which)["Body"]
            try:
                return body.read()
            except _BROKEN:
                tries -= 1
                if not tries:
                    raise

    def stream(self, key: str, start: int, stop: int, **which: Any) -> Iterator[bytes]:
        """Yield the bytes ``start`` to ``stop`` (not included) in chunks, so that memory does not grow with them.

        A connection that breaks in the middle is taken up again where it broke.

        Parameters
        ----------
        which
            Members of `s3:GetObject` that pin what is read, such as ``VersionId`` and ``IfMatch``.

        Raises
        ------
        botocore.exceptions.ClientError
            As `s3:GetObject` answers.
        botocore.exceptions.HTTPClientError, IncompleteReadError
            The connection broke three times without a byte in between.
        """
        at, tries = start, _TRIES
        while at < stop:
            body = self.client.get_object(Bucket=self.bucket, Key=key, Range=f"bytes={at}-{stop - 1}", **which)["Body"]
            try:
                while chunk := body.read(_CHUNK):
                    at, tries = at + len(chunk), _TRIES
                    yield chunk
            except _BROKEN:
                tries -= 1
                if not tries:
                    raise

    def get_announced(self, key: str) -> Any:
        """Read a batch manifest that the backend wrote in place of assets in its message.

        Raises
        ------
        BatchRefusedError
            There is none, it is too large, or it is no JSON.
        """
        try:
            answer = self.client.get_object(Bucket=self.bucket, Key=key)
        except self.client.exceptions.NoSuchKey:
            raise BatchRefusedError(f"manifestKey {key} names no object") from None
        if answer["ContentLength"] > MAX_ANNOUNCED_BYTES:
            raise BatchRefusedError(f"manifest {key} is larger than {MAX_ANNOUNCED_BYTES} bytes")
        return parse_json(answer["Body"].read())

    def put_json(self, key: str, value: Any) -> None:
        """Write a manifest object; the same value gives the same bytes, so a repeated state changes nothing."""
        self.client.put_object(Bucket=self.bucket, Key=key, Body=_document(value), ContentType="application/json")

    def create_json(self, key: str, value: Any) -> bool:
        """Write a manifest object unless there is one already; whether this call wrote it.

        Raises
        ------
        botocore.exceptions.ClientError
            ``ConditionalRequestConflict`` among others: two writers met, and there may be no object yet, so the write
            is to be repeated ("PutObject", Amazon S3 API reference, ``If-None-Match``).
        """
        try:
            self.client.put_object(
                Bucket=self.bucket, Key=key, Body=_document(value), ContentType="application/json", IfNoneMatch="*"
            )
        except self.client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] == "PreconditionFailed":
                return False
            raise
        return True

    def list_keys(self, prefix: str) -> list[str]:
        """All keys under a prefix, in S3's order (UTF-8 binary)."""
        return list(self.list_etags(prefix))

    def list_etags(self, prefix: str) -> dict[str, str]:
        """The ETag of each object under a prefix, by key and in S3's order: what HEAD says, a thousand at a time."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return {entry["Key"]: entry["ETag"] for page in pages for entry in page.get("Contents", [])}

    def list_folders(self, prefix: str) -> list[str]:
        """What begins with a prefix and goes on to the next slash, each once and with its slash, in S3's order."""
        paginator = self.client.get_paginator("list_objects_v2")
        pages = paginator.paginate(Bucket=self.bucket, Prefix=prefix, Delimiter="/")
        return [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])]


def _document(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


@cache
def media_store() -> MediaStore:
    """The store of this Lambda's environment, made once per execution environment."""
    import boto3
    from botocore.config import Config

    config = Config(
        max_pool_connections=64,
        # CRC-32 by default costs CPU on every put; integrity is checked with SHA-256 where it matters.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return MediaStore(os.environ[names.MEDIA_BUCKET], boto3.client("s3", config=client_config().merge(config)))
