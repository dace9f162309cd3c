"""The media bucket as the handlers see it: manifests as JSON, and the client for everything larger."""

import json
import os
from functools import cache
from typing import TYPE_CHECKING, Any

from handlers.media import names

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


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
        return json.loads(self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def find_json(self, key: str) -> Any | None:
        """Like `get_json`, but None when there is no such object."""
        try:
            return self.get_json(key)
        except self.client.exceptions.NoSuchKey:
            return None

    def put_json(self, key: str, value: Any) -> None:
        """Write a manifest object; the same value gives the same bytes, so a repeated state changes nothing."""
        body = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        self.client.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType="application/json")

    def list_keys(self, prefix: str) -> list[str]:
        """All keys under a prefix, in S3's order (UTF-8 binary)."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


@cache
def media_store() -> MediaStore:
    """The store of this Lambda's environment, made once per execution environment."""
    import boto3
    from botocore.config import Config

    config = Config(
        max_pool_connections=64,
        retries={"mode": "standard", "max_attempts": 5},
        # CRC-32 by default costs CPU on every put; integrity is checked with SHA-256 where it matters.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return MediaStore(os.environ[names.MEDIA_BUCKET], boto3.client("s3", config=config))
