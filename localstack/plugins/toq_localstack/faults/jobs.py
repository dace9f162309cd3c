"""Faults of MediaConvert jobs: ending in ERROR, never ending, ending late."""

from typing import Any, Final

from toq_localstack.faults.board import BOARD
from toq_localstack.mediaconvert.errors import JobError

_late: Final[set[str]] = set()
ENDLESS_SECONDS: Final = 24 * 3600.0


def failure(job: dict[str, Any]) -> JobError | None:
    """Why a job that is about to run ends in ERROR instead; None for one that no fault strikes."""
    struck = BOARD.strikes("mediaconvert.error", _about(job))
    return JobError(1999, "Unknown error: a fault of this run") if struck else None


def seconds_late(job: dict[str, Any]) -> float:
    """How long a job waits before it runs; 0 for one that no fault strikes."""
    about = _about(job)
    if BOARD.strikes("mediaconvert.endless", about):
        return ENDLESS_SECONDS
    if BOARD.strikes("mediaconvert.late", about):
        _late.add(job["Id"])
        return BOARD.between(1, 45, "mediaconvert.late", about)
    return 0


def outlives_its_cancelling(job: dict[str, Any]) -> bool:
    """Whether a job is so late that it ends well after it was given up, because CancelJob came too late as well."""
    return job["Id"] in _late


def _about(job: dict[str, Any]) -> str:
    """The same in a second run: a job's id is not."""
    metadata = job.get("UserMetadata") or {}
    return f"batch-{metadata.get('batchId')}-{metadata.get('attempt', 0)} {metadata.get('assetIndex')}"
