"""Names that the infrastructure and the handlers share: the only vocabulary both sides import.

Environment variables of the Lambdas, names of functions and states, file names of a batch's manifests and message
attributes stand here once, so that a construct and a handler cannot drift apart.
"""

from enum import StrEnum
from typing import Final, Literal

# Environment variables. The first four are required by the requirements, section 1.5.
ENV: Final = "ENV"
MEDIA_BUCKET: Final = "MEDIA_BUCKET"
CALLBACK_URL: Final = "CALLBACK_URL"
TRACE_HEADER_KEY: Final = "TRACE_HEADER_KEY"
CALLBACK_SECRET_ARN: Final = "CALLBACK_SECRET_ARN"  # noqa: S105 - the ARN, not the secret
DEAD_LETTER_QUEUE_URL: Final = "DEAD_LETTER_QUEUE_URL"
STATE_MACHINE_ARN: Final = "STATE_MACHINE_ARN"
CALLBACK_FUNCTION_NAME: Final = "CALLBACK_FUNCTION_NAME"
# What makes photos and documents into outputs, as one text that changes with it: the same content is not made again.
RENDERING_VERSION: Final = "RENDERING_VERSION"
FUNCTION_SECONDS: Final = "FUNCTION_SECONDS"  # the function's own timeout; its requests to AWS end before that

# Optional, read by validate: limits per batch and per file; the defaults stand in handlers/validate/limits.py
# and, for files, in handlers/contract/media_types.py.
MAX_BATCH_ASSETS: Final = "MAX_BATCH_ASSETS"
MAX_BATCH_VIDEOS: Final = "MAX_BATCH_VIDEOS"
MAX_BATCH_VIDEO_SECONDS: Final = "MAX_BATCH_VIDEO_SECONDS"
MAX_BATCH_BYTES: Final = "MAX_BATCH_BYTES"
MAX_PHOTO_BYTES: Final = "MAX_PHOTO_BYTES"
MAX_VIDEO_BYTES: Final = "MAX_VIDEO_BYTES"
MAX_DOCUMENT_BYTES: Final = "MAX_DOCUMENT_BYTES"
MAX_VIDEO_SECONDS: Final = "MAX_VIDEO_SECONDS"

# Optional, read by thumbnails: variants beside the contract's four, as handlers/contract/photo_variants.py writes them.
PHOTO_VARIANTS: Final = "PHOTO_VARIANTS"

MESSAGE_ATTRIBUTES: Final = ("Traceparent", "ListingId", "BatchId")
# Statuses of executions that ended and did not succeed (Step Functions API "ListExecutions").
ENDED_WITHOUT_SUCCESS: Final[tuple[Literal["FAILED"], Literal["TIMED_OUT"], Literal["ABORTED"]]] = (
    "FAILED",
    "TIMED_OUT",
    "ABORTED",
)
CALLBACK_UNDELIVERED: Final = "CallbackUndelivered"  # how an execution ends whose callback is in the dead-letter queue


# What the names of a video's manifest files end in.
VIDEO_JOB: Final = ".job.json"
VIDEO_RESULT: Final = ".result.json"
VIDEO_FAILURE: Final = ".failure.json"

# What validate takes over from earlier attempts: results of photos and documents, and the ends of videos' jobs.
REUSED_CHUNK: Final = "chunks/reused.json"
REUSED_VIDEOS: Final = "videos/reused.json"


def function_name(package: str) -> str:
    """Name, without an environment's suffix, of the Lambda function in the folder ``handlers/<package>``."""
    return f"listing-media-{package.replace('_', '-')}"


def function_handler(package: str) -> str:
    """Lambda's handler string of that function, e.g. ``handlers.zip.handler.handler``."""
    return f"handlers.{package}.handler.handler"


class State(StrEnum):
    """The states that the requirements name (section 1.4); a plan that loses one is refused in review."""

    VALIDATE_RAW_ASSETS = "ValidateRawAssets"
    PARALLEL_PROCESSING = "ParallelProcessing"
    IMAGE_THUMBNAILS = "ImageThumbnails"
    VIDEO_TRANSCODE = "VideoTranscode"
    ZIP_BUNDLE = "ZipBundle"
    FINALIZE_METADATA = "FinalizeMetadata"
    CALLBACK_BACKEND = "CallbackBackend"


class ManifestFile(StrEnum):
    """Objects under a batch attempt's manifest prefix, in the order in which they are written."""

    INPUT = "input.json"  # start: the message, normalised
    ASSETS = "assets.json"  # validate: every asset, with what is wrong with it
    ZIP = "zip.json"  # zip: bundles and what they hold
    REUSABLE = "reusable.json"  # finalize: the results that a later attempt may take over
    RESULT = "result.json"  # finalize: the callback's body
    RECEIPT = "callback.json"  # callback dispatch: the backend's acceptance


def chunk_file(first: int, last: int) -> str:
    """Manifest file with the results of the photos and documents ``first`` to ``last``, both included."""
    return f"chunks/{first:05d}-{last:05d}.json"


def video_files(index: int) -> str:
    """What the names of all manifest files of the video at ``index`` begin with; the state machine adds the rest."""
    return f"videos/{index:05d}"


def video_job_file(index: int) -> str:
    """Manifest file with the MediaConvert job request of the video at ``index``, written by validate."""
    return f"{video_files(index)}{VIDEO_JOB}"


def video_result_file(index: int) -> str:
    """Manifest file with the finished job of the video at ``index``, by the state machine or the reconciler."""
    return f"{video_files(index)}{VIDEO_RESULT}"


def video_failure_file(index: int) -> str:
    """Manifest file that says why the video at ``index`` failed, or was given up.

    Not the result's file: a video that was given up may still be done a moment later, and whichever of the two is
    written last must not undo the other. The result counts where there are both.
    """
    return f"{video_files(index)}{VIDEO_FAILURE}"
