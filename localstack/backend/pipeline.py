"""The backend's side of S3 and SQS: upload URLs, and the message that hands a batch to the pipeline."""

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from handlers.contract import names

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

MAX_INLINE_BYTES: Final = 200 * 1024  # of a message's body; SQS itself stops at 256 KiB, attributes included
UPLOAD_TAGS: Final = "stage=raw"  # what the bucket's Glacier rule filters by


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Where uploads and messages go.

    Parameters
    ----------
    upload_seconds
        How long an upload URL is good for.
    """

    s3: "S3Client"
    sqs: "SQSClient"
    bucket: str
    queue_url: str
    upload_seconds: int

    def upload_target(self, asset: dict[str, Any]) -> dict[str, Any]:
        """Presign the upload of one asset of a manifest.

        Content, size, type and tags are part of the signature: S3 refuses anything else (Amazon S3, "Checking object
        integrity"). Encryption is the bucket's default.

        Returns
        -------
        dict
            ``{sequence, key, url, method, headers}``; the client sends exactly these headers.
        """
        checksum = base64.b64encode(bytes.fromhex(asset["checksumSha256"])).decode()
        url = self.s3.generate_presigned_url(
            "put_object",
            Params={
                "Bucket": self.bucket,
                "Key": asset["key"],
                "ContentType": asset["contentType"],
                "ContentLength": asset["bytes"],
                "ChecksumSHA256": checksum,
                "Tagging": UPLOAD_TAGS,
            },
            ExpiresIn=self.upload_seconds,
            HttpMethod="PUT",
        )
        headers = {
            "Content-Type": asset["contentType"],
            "Content-Length": str(asset["bytes"]),
            "x-amz-checksum-sha256": checksum,
            "x-amz-tagging": UPLOAD_TAGS,
        }
        return {"sequence": asset["sequence"], "key": asset["key"], "url": url, "method": "PUT", "headers": headers}

    def enqueue(
        self, batch_id: int, listing_id: int, attempt: int, traceparent: str, assets: list[dict[str, Any]]
    ) -> str:
        """Send a batch to the pipeline; sending the same attempt again is harmless (execution name).

        Returns
        -------
        str
            SQS's message id.
        """
        head = {"batchId": batch_id, "listingId": listing_id, "attempt": attempt, "traceparent": traceparent}
        body = json.dumps(head | {"assets": assets}, ensure_ascii=False)
        if len(body.encode()) > MAX_INLINE_BYTES:
            date = assets[0]["key"].split("/")[4]
            key = f"{listing_id}/raw/manifest/{date}/batch-{batch_id}-{attempt}.json"
            manifest = json.dumps({"assets": assets}, ensure_ascii=False).encode()
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=manifest, ContentType="application/json")
            body = json.dumps(head | {"manifestKey": key})
        values = (traceparent, str(listing_id), str(batch_id))
        answer = self.sqs.send_message(
            QueueUrl=self.queue_url,
            MessageBody=body,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in zip(names.MESSAGE_ATTRIBUTES, values, strict=True)
            },
        )
        return answer["MessageId"]
