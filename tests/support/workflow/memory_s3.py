"""As much of an S3 client as the handlers use, fast enough for tens of thousands of objects."""

import base64
import hashlib
import io
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

_ETAG = '"e"'


class NoSuchKey(ClientError):
    """As boto3 raises it for GetObject."""


class _Exceptions:
    NoSuchKey = NoSuchKey
    ClientError = ClientError


class _Body(io.BytesIO):
    def iter_chunks(self, size: int) -> Iterator[bytes]:
        while chunk := self.read(size):
            yield chunk


def _error(code: str, operation: str) -> dict[str, Any]:
    return {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {}, "operation": operation}


class MemoryS3:
    """Objects of one bucket in a dictionary; unversioned."""

    exceptions = _Exceptions

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put_object(self, *, Key: str, Body: bytes | str, IfNoneMatch: str | None = None, **_: Any) -> dict[str, Any]:
        if IfNoneMatch and Key in self.objects:
            raise ClientError(_error("PreconditionFailed", "PutObject"), "PutObject")  # type: ignore[arg-type]
        self.objects[Key] = Body.encode() if isinstance(Body, str) else bytes(Body)
        return {"ETag": '"e"'}

    def get_object(self, *, Key: str, Range: str | None = None, **_: Any) -> dict[str, Any]:
        if Key not in self.objects:
            raise NoSuchKey(_error("NoSuchKey", "GetObject"), "GetObject")  # type: ignore[arg-type]
        content = self.objects[Key]
        if Range:
            first, last = Range.removeprefix("bytes=").split("-")
            content = content[int(first) : int(last) + 1]
        return {"Body": _Body(content), "ContentLength": len(content)}

    def head_object(self, *, Key: str, **_: Any) -> dict[str, Any]:
        if Key not in self.objects:
            raise ClientError(_error("404", "HeadObject"), "HeadObject")  # type: ignore[arg-type]
        content = self.objects[Key]
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        return {"ContentLength": len(content), "ChecksumSHA256": digest, "ETag": _ETAG, "Metadata": {}}

    def get_paginator(self, operation: str) -> "MemoryS3":
        assert operation == "list_objects_v2"
        return self

    def paginate(self, *, Prefix: str, **_: Any) -> list[dict[str, Any]]:
        return [{"Contents": [{"Key": key, "ETag": _ETAG} for key in sorted(self.objects) if key.startswith(Prefix)]}]
