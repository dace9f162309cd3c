"""The two branches that work on media: photos in chunks, videos one by one."""

from typing import Final

from handlers.contract.names import State
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

# AWS Elemental MediaConvert API "Jobs": throttled, out of quota for the moment, or failed within; what its gateway
# answers instead of the service (502 to 504) has no name of the service's own and arrives under the general one of the
# AWS SDK for Java, which has changed with its second version (like Lambda.AWSLambdaException).
_MEDIACONVERT_BUSY: Final = (
    "MediaConvert.TooManyRequestsException",
    "MediaConvert.ServiceQuotaExceededException",
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
    record = aws_call(
        "s3:putObject",
        {"Bucket": resources.media_bucket, "Key.$": "$.video.result", "ContentType": "application/json"},
    )
    states = {
        "ReadJobRequest": {
            **aws_call("s3:getObject", {"Bucket": resources.media_bucket, "Key.$": "$.video.job"}),
            "ResultSelector": {"request.$": "States.StringToJson($.Body)"},
            "ResultPath": "$.read",
            "Catch": [catch("VideoWithoutResult")],
            "Next": "TranscodeVideo",
        },
        "TranscodeVideo": _transcode(resources),
        "RecordTranscodedVideo": _recording(record, {"status": "COMPLETE", "job.$": "$.transcoded.job"}),
        "RecordFailedVideo": _recording(record, {"status": "ERROR", "error.$": FAILURE}),
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
        "Retry": [
            retry(_MEDIACONVERT_BUSY, **SUBMISSION_RETRIES),
        ],
        "Catch": [catch("RecordFailedVideo")],
        "Next": "RecordTranscodedVideo",
    }


def _recording(record: States, outcome: States) -> States:
    parameters = {**record["Parameters"], "Body": {"index.$": "$.video.index", **outcome}}
    return {
        **record,
        "Parameters": parameters,
        "ResultSelector": {"etag.$": "$.ETag"},
        "Catch": [catch("VideoWithoutResult")],
        "End": True,
    }
