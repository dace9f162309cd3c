"""Errors of a single asset and of a whole message; nothing else may decide a batch's fate."""

from enum import StrEnum


class AssetErrorCode(StrEnum):
    """Why one asset has no result. The backend shows these to people: they are a contract, never rename one."""

    NOT_FOUND = "NOT_FOUND"
    BYTES_MISMATCH = "BYTES_MISMATCH"
    CHECKSUM_MISMATCH = "CHECKSUM_MISMATCH"
    CONTENT_TYPE_MISMATCH = "CONTENT_TYPE_MISMATCH"
    UNSUPPORTED_MEDIA = "UNSUPPORTED_MEDIA"
    KEY_NOT_ALLOWED = "KEY_NOT_ALLOWED"
    DUPLICATE_SEQUENCE = "DUPLICATE_SEQUENCE"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    IMAGE_TOO_LARGE = "IMAGE_TOO_LARGE"
    IMAGE_CORRUPT = "IMAGE_CORRUPT"
    VARIANT_TOO_LARGE = "VARIANT_TOO_LARGE"  # processed, but without a variant that keeps to its bytes at no quality
    TRANSCODE_FAILED = "TRANSCODE_FAILED"
    ZIP_FAILED = "ZIP_FAILED"
    PROCESSING_FAILED = "PROCESSING_FAILED"  # the step itself died (time, memory): nothing is known about the file


class BatchErrorCode(StrEnum):
    """Why a batch as a whole did not succeed; the backend keeps it in ``error_code``. A contract, as above."""

    BATCH_REFUSED = "BATCH_REFUSED"  # malformed, or over a limit: no asset was looked at
    NO_VALID_ASSET = "NO_VALID_ASSET"
    NOTHING_PROCESSED = "NOTHING_PROCESSED"  # assets were valid, but none could be processed
    ZIP_FAILED = "ZIP_FAILED"
    STEP_FAILED = "STEP_FAILED"  # a state gave up after its retries
    TIMED_OUT = "TIMED_OUT"  # the execution ran into its hour
    ABORTED = "ABORTED"  # somebody stopped the execution


class AssetError(Exception):
    """One asset cannot be processed; the batch goes on without it.

    Parameters
    ----------
    code
        The contract's name of the reason.
    message
        What is wrong with this file, for people; no secret, no presigned URL.
    """

    def __init__(self, code: AssetErrorCode, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class BatchRefusedError(Exception):
    """A message or execution input that no retry can make right; it goes to the dead-letter queue with this reason."""
