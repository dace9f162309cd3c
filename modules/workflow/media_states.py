"""The two branches that work on media: photos in chunks, videos one by one."""

from typing import Final

from handlers.contract.names import VIDEO_FAILURE, VIDEO_JOB, VIDEO_RESULT, State
from modules.workflow.asl import (
    DIED,
    EXECUTION,
    FAILURE,
    Resources,
    States,
    aws_call,
    catch,
    inline,
    invoke,
    map_branch,
    nothing,
    retry,
)
from modules.workflow.video_budget import SUBMISSION_RETRIES, VIDEO_CONCURRENCY, VIDEO_TIMEOUT_SECONDS

PHOTO_CONCURRENCY: Final = 10
CULPRITS: Final = 5  # photos of one chunk that may each cost the function its life before the rest is given up

# AWS Elemental MediaConvert API "Jobs": throttled, or out of quota for the moment. There is no job, so one may wait.
_JOB_REFUSED: Final = (
    "MediaConvert.TooManyRequestsException",
    "MediaConvert.ServiceQuotaExceededException",
)
# There may be a job that nobody knows of: the answer got lost, or the service failed after it had taken the request.
# What its gateway answers instead of the service (502 to 504) has no name of the service's own and arrives under the
# general one of the AWS SDK for Java, which has changed with its second version (like Lambda.AWSLambdaException).
_JOB_PERHAPS_CREATED: Final = (
    "MediaConvert.InternalServerErrorException",
    "MediaConvert.AWSMediaConvertException",
    "MediaConvert.MediaConvertException",
    "MediaConvert.SdkClientException",
)


def photos(resources: Resources) -> States:
    """Chunks side by side; one that its function died of is taken again with care, so only the culprit is lost.

    With care the function takes one photo after the other and keeps a journal: a photo on which it died before is left
    out. The number of tries bounds the culprits of one chunk, and the events in the execution's history.
    """
    payload = {"batch.$": "$.batch", "execution": EXECUTION, "range.$": "$.range"}
    chunk = invoke(resources, "thumbnails", payload)
    careful = invoke(resources, "thumbnails", payload | {"careful": True})
    states = {
        "ThumbnailsOfChunk": {
            **chunk,
            "OutputPath": "$.Payload",
            # Any other error is not of one photo, and would come again with each.
            "Catch": [catch("ThumbnailsWithCare", DIED), catch("ChunkWithoutResult")],
            "End": True,
        },
        "ThumbnailsWithCare": {
            **careful,
            "Retry": [retry(DIED, attempts=CULPRITS, most=20), *careful["Retry"]],
            "OutputPath": "$.Payload",
            "Catch": [catch("ChunkWithoutResult")],
            "End": True,
        },
        "ChunkWithoutResult": nothing("finalize reports what has no result"),
    }
    return map_branch(
        State.IMAGE_THUMBNAILS,
        "$.chunks",
        {"batch.$": "$.batch", "range.$": "$$.Map.Item.Value"},
        PHOTO_CONCURRENCY,
        inline("ThumbnailsOfChunk", states),
    )


def videos(resources: Resources) -> States:
    """One MediaConvert job per video; its end, good or bad, becomes a file beside the job's request."""
    states = {
        "ReadJobRequest": {
            **aws_call("s3:getObject", {"Bucket": resources.media_bucket, "Key.$": _file(VIDEO_JOB)}),
            "ResultSelector": {"request.$": "States.StringToJson($.Body)"},
            "ResultPath": "$.read",
            "Catch": [catch("VideoWithoutResult")],
            "Next": "TranscodeVideo",
        },
        "TranscodeVideo": _transcode(resources),
        "TranscodeVideoAgain": _transcode_again(resources),
        "RecordTranscodedVideo": _record(resources, VIDEO_RESULT, {"status": "COMPLETE", "job.$": "$.transcoded.job"}),
        "RecordFailedVideo": _record(resources, VIDEO_FAILURE, {"status": "ERROR", "error.$": FAILURE}),
        "VideoWithoutResult": nothing("finalize reports what has no result"),
    }
    return map_branch(
        State.VIDEO_TRANSCODE,
        "$.videos",
        {"video.$": "$$.Map.Item.Value"},
        VIDEO_CONCURRENCY,
        inline("ReadJobRequest", states),
    )


def _transcode(resources: Resources) -> States:
    """Create the job, however long it takes to get a turn, and wait for its end."""
    return {
        **_job(resources),
        "Retry": [retry(_JOB_REFUSED, **SUBMISSION_RETRIES)],
        "Catch": [catch("TranscodeVideoAgain", _JOB_PERHAPS_CREATED), catch("RecordFailedVideo")],
        "Next": "RecordTranscodedVideo",
    }


def _transcode_again(resources: Resources) -> States:
    """Ask for the same job again while its token still stands for the one that may exist already.

    A token protects for "one minute of a successful request" only (AWS Elemental MediaConvert API reference,
    "Preventing duplicate jobs"): a later repetition would be a second job to pay for. So every error is repeated out
    of the one budget of 31 seconds of pauses, also a throttling, which in the state before has a patience of many
    minutes. Where that is not enough, the video counts as failed, and a job that exists after all comes back through
    `handlers.reconcile`.
    """
    return {
        **_job(resources),
        "Retry": [retry((*_JOB_REFUSED, *_JOB_PERHAPS_CREATED), attempts=5, most=16)],
        "Catch": [catch("RecordFailedVideo")],
        "Next": "RecordTranscodedVideo",
    }


def _job(resources: Resources) -> States:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::mediaconvert:createJob.sync",
        "Parameters": {
            "JobTemplate": resources.job_template,
            "Queue": resources.job_queue_arn,
            "Role": resources.job_role_arn,
            "Settings.$": "$.read.request.Settings",
            "UserMetadata.$": "$.read.request.UserMetadata",
            "ClientRequestToken.$": "$.read.request.ClientRequestToken",
        },
        "TimeoutSeconds": VIDEO_TIMEOUT_SECONDS,
        "ResultSelector": {"job.$": "$.Job"},
        "ResultPath": "$.transcoded",
    }


def _record(resources: Resources, file: str, ending: States) -> States:
    """Write how a video ended; a failure has a key of its own, so that it never replaces a result."""
    parameters = {
        "Bucket": resources.media_bucket,
        "Key.$": _file(file),
        "ContentType": "application/json",
        "Body": {"index.$": "$.video.index", **ending},
    }
    return {
        **aws_call("s3:putObject", parameters),
        "ResultSelector": {"etag.$": "$.ETag"},
        "Catch": [catch("VideoWithoutResult")],
        "End": True,
    }


def _file(suffix: str) -> str:
    """Key of one of the video's manifest files."""
    return f"States.Format('{{}}{suffix}', $.video.files)"
