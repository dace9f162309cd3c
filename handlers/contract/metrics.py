"""Metrics that the functions write and the dashboard shows."""

from enum import StrEnum
from typing import Final

METRICS_NAMESPACE: Final = "ToqMedia"


class Metric(StrEnum):
    """Names within the namespace."""

    COLD_START = "ColdStart"
    BATCHES = "Batches"  # by Status
    BATCH_SECONDS = "BatchSeconds"
    PHOTOS = "Photos"
    VIDEOS = "Videos"
    DOCUMENTS = "Documents"
    HASHED_OBJECTS = "HashedObjects"  # uploads of which S3 keeps no SHA-256, so that validate had to read them
    ASSET_ERRORS = "AssetErrors"  # by ErrorCode
    MESSAGES_REFUSED = "MessagesRefused"
    CALLBACK_SECONDS = "CallbackSeconds"
    CALLBACKS_REFUSED = "CallbacksRefused"
    BATCHES_RECONCILED = "BatchesReconciled"
    LATE_VIDEOS = "LateVideos"
