"""What a service does with the key behind a call: it uses the caller's rights, and no gateway sees it."""

from collections.abc import Iterator

from toq_localstack.calls.permissions import Permission

# "Using server-side encryption with AWS KMS keys": writing needs a data key; a multipart upload also reads parts back.
_S3_READS = ("GetObject", "UploadPartCopy", "CopyObject")
_S3_WRITES = ("PutObject", "CreateMultipartUpload", "CopyObject", "UploadPartCopy", "UploadPart")
_S3_MULTIPART = ("CreateMultipartUpload", "UploadPart", "UploadPartCopy", "CompleteMultipartUpload")
_OTHERS = {
    ("sqs", "SendMessage"): ("kms:Decrypt", "kms:GenerateDataKey"),
    ("sqs", "SendMessageBatch"): ("kms:Decrypt", "kms:GenerateDataKey"),
    ("sqs", "ReceiveMessage"): ("kms:Decrypt",),
    ("secretsmanager", "GetSecretValue"): ("kms:Decrypt",),
}


def key_permissions(service: str, operation: str, key: str, region: str) -> Iterator[Permission]:
    """KMS permissions that a call on something encrypted with ``key`` needs beside its own.

    Sources: "Using server-side encryption with AWS KMS keys" (Amazon S3), "Key management" (Amazon SQS), "Secret
    encryption and decryption" (AWS Secrets Manager).
    """
    actions = set(_OTHERS.get((service, operation), ()))
    if service == "s3" and operation in _S3_READS + _S3_MULTIPART:
        actions.add("kms:Decrypt")
    if service == "s3" and operation in _S3_WRITES:
        actions.add("kms:GenerateDataKey")
    for action in sorted(actions):
        yield Permission(action, key, {"kms:ViaService": f"{service}.{region}.amazonaws.com"})
