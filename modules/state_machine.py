"""The Amazon States Language of ``listing-media-processing-sm`` (requirements, 1.4).

The state carries only what does not grow with the media: ranges of photos, and for each video where its job stands in
S3. Every way out of the machine but an abort or its own timeout passes FinalizeMetadata and CallbackBackend;
`handlers.reconcile` serves those two.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from handlers.media.names import CALLBACK_UNDELIVERED, Function, State
from modules.config import FunctionSize

type States = dict[str, Any]

TIMEOUT_SECONDS: Final = 3600
# A video that takes longer leaves the batch time to finish without it.
VIDEO_TIMEOUT_SECONDS: Final = 2700
PHOTO_CONCURRENCY: Final = 10
VIDEO_CONCURRENCY: Final = 10

# The functions that the machine calls.
CALLED: Final = (
    Function.VALIDATE,
    Function.THUMBNAILS,
    Function.ZIP,
    Function.FINALIZE,
    Function.CALLBACK_DISPATCH,
)

_EXECUTION: Final = {"arn.$": "$$.Execution.Id", "startTime.$": "$$.Execution.StartTime"}
# AWS Step Functions "Best practices": what Lambda may answer for a moment without having run the function.
_LAMBDA_TRANSIENT: Final = (
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
)
_MEDIACONVERT_TRANSIENT: Final = (
    "MediaConvert.TooManyRequestsException",
    "MediaConvert.InternalServerErrorException",
    "MediaConvert.SdkClientException",
)
_FAILURE: Final = "$.failure"


@dataclass(frozen=True, slots=True)
class Resources:
    """What the states call.

    Parameters
    ----------
    functions, sizes
        ARN and size of each function; a task waits a little longer than its function may run.
    media_bucket, dead_letter_queue_url
        Name and address.
    job_template, job_queue_arn, job_role_arn
        What MediaConvert jobs are created with.
    """

    functions: Mapping[Function, str]
    sizes: Mapping[Function, FunctionSize]
    media_bucket: str
    dead_letter_queue_url: str
    job_template: str
    job_queue_arn: str
    job_role_arn: str


def definition(resources: Resources) -> States:
    """The whole machine."""
    return {
        "Comment": "Validates, renders, transcodes and bundles a batch of listing media, then tells the backend",
        "StartAt": State.VALIDATE_RAW_ASSETS,
        "TimeoutSeconds": TIMEOUT_SECONDS,
        "States": {
            State.VALIDATE_RAW_ASSETS: _validate(resources),
            "AnyValidAsset": _choice(
                "$.valid", {"NumericEquals": 0}, State.FINALIZE_METADATA, State.PARALLEL_PROCESSING
            ),
            State.PARALLEL_PROCESSING: {
                "Type": "Parallel",
                "Branches": [_photos(resources), _videos(resources)],
                "ResultPath": None,
                "Catch": [_catch(State.FINALIZE_METADATA)],
                "Next": State.ZIP_BUNDLE,
            },
            State.ZIP_BUNDLE: {
                **_invoke(resources, Function.ZIP, {"batch.$": "$.batch", "execution": _EXECUTION}),
                "ResultPath": None,
                "Catch": [_catch(State.FINALIZE_METADATA)],
                "Next": State.FINALIZE_METADATA,
            },
            State.FINALIZE_METADATA: {
                # No Catch: a batch whose result can not be written is the reconciler's.
                **_invoke(resources, Function.FINALIZE, {"state.$": "$", "execution": _EXECUTION}),
                "OutputPath": "$.Payload",
                "Next": State.CALLBACK_BACKEND,
            },
            **_callback(resources),
        },
    }


def _validate(resources: Resources) -> States:
    return {
        **_invoke(resources, Function.VALIDATE, {"state.$": "$", "execution": _EXECUTION}),
        "OutputPath": "$.Payload",
        "Catch": [_catch(State.FINALIZE_METADATA)],
        "Next": "AnyValidAsset",
    }


def _photos(resources: Resources) -> States:
    """Chunks side by side; a chunk that kills its function is taken photo by photo, so only the culprit is lost."""
    chunk = _invoke(
        resources, Function.THUMBNAILS, {"batch.$": "$.batch", "execution": _EXECUTION, "range.$": "$.range"}
    )
    one_by_one = {
        "Type": "Map",
        "ItemsPath": "$.positions",
        "ItemSelector": {
            "batch.$": "$.batch",
            "range": {"first.$": "$$.Map.Item.Value", "last.$": "$$.Map.Item.Value"},
        },
        "MaxConcurrency": 2,
        "ItemProcessor": _inline(
            "ThumbnailsOfOne",
            {
                "ThumbnailsOfOne": {
                    **chunk,
                    "OutputPath": "$.Payload",
                    "Catch": [_catch("PhotoWithoutResult")],
                    "End": True,
                },
                "PhotoWithoutResult": _nothing("finalize reports what has no result"),
            },
        ),
        "ResultSelector": {"photos.$": "States.ArrayLength($)"},
        "End": True,
    }
    states = {
        "ThumbnailsOfChunk": {
            **chunk,
            "OutputPath": "$.Payload",
            "Catch": [_catch("SplitChunk")],
            "End": True,
        },
        "SplitChunk": {
            "Type": "Pass",
            "Parameters": {
                "batch.$": "$.batch",
                "positions.$": "States.ArrayRange($.range.first, $.range.last, 1)",
            },
            "Next": "ThumbnailsOneByOne",
        },
        "ThumbnailsOneByOne": one_by_one,
    }
    return _map_branch(
        State.IMAGE_THUMBNAILS,
        "$.stills",
        {"batch.$": "$.batch", "range.$": "$$.Map.Item.Value"},
        PHOTO_CONCURRENCY,
        _inline("ThumbnailsOfChunk", states),
    )


def _videos(resources: Resources) -> States:
    """One MediaConvert job per video; its end, good or bad, becomes a file beside the job's request."""
    record = _aws(
        "s3:putObject",
        {"Bucket": resources.media_bucket, "Key.$": "$.video.result", "ContentType": "application/json"},
    )
    states = {
        "ReadJobRequest": {
            **_aws("s3:getObject", {"Bucket": resources.media_bucket, "Key.$": "$.video.job"}),
            "ResultSelector": {"request.$": "States.StringToJson($.Body)"},
            "ResultPath": "$.read",
            "Catch": [_catch("VideoWithoutResult")],
            "Next": "TranscodeVideo",
        },
        "TranscodeVideo": _transcode(resources),
        "RecordTranscodedVideo": _recording(record, {"status": "COMPLETE", "job.$": "$.transcoded.job"}),
        "RecordFailedVideo": _recording(record, {"status": "ERROR", "error.$": _FAILURE}),
        "VideoWithoutResult": _nothing("finalize reports what has no result"),
    }
    return _map_branch(
        State.VIDEO_TRANSCODE,
        "$.videos",
        {"video.$": "$$.Map.Item.Value"},
        VIDEO_CONCURRENCY,
        _inline("ReadJobRequest", states),
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
        "Retry": [_retry(_MEDIACONVERT_TRANSIENT, attempts=6, most=60)],
        "Catch": [_catch("RecordFailedVideo")],
        "Next": "RecordTranscodedVideo",
    }


def _recording(record: States, outcome: States) -> States:
    parameters = {**record["Parameters"], "Body": {"index.$": "$.video.index", **outcome}}
    return {
        **record,
        "Parameters": parameters,
        "ResultSelector": {"etag.$": "$.ETag"},
        "Catch": [_catch("VideoWithoutResult")],
        "End": True,
    }


def _callback(resources: Resources) -> States:
    payload = {
        "batch.$": "$.batch",
        "status.$": "$.status",
        "resultKey.$": "$.resultKey",
        "execution": _EXECUTION,
    }
    return {
        State.CALLBACK_BACKEND: {
            **_invoke(resources, Function.CALLBACK_DISPATCH, payload),
            # The function itself retries within its own time; this is for a backend that is away for minutes.
            "Retry": [
                {"ErrorEquals": ["CallbackRefused"], "MaxAttempts": 0},
                _retry(("States.ALL",), attempts=8, interval=5, most=300),
            ],
            "ResultPath": None,
            "Catch": [_catch("SendToDeadLetterQueue")],
            "Next": "BatchOutcome",
        },
        "BatchOutcome": _choice("$.status", {"StringEquals": "SUCCEEDED"}, "BatchSucceeded", "BatchFailed"),
        "BatchSucceeded": {"Type": "Succeed"},
        "BatchFailed": {
            # So that ExecutionsFailed counts batches, not only breakdowns.
            "Type": "Fail",
            "Error": "BatchFailed",
            "CausePath": "States.Format('{}, see {}', $.status, $.resultKey)",
        },
        "SendToDeadLetterQueue": _dead_letter(resources),
        "CallbackUndelivered": {
            "Type": "Fail",
            "Error": CALLBACK_UNDELIVERED,
            "CausePath": "States.Format('callback of {} is in the dead-letter queue', $.resultKey)",
        },
    }


def _dead_letter(resources: Resources) -> States:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {
            "QueueUrl": resources.dead_letter_queue_url,
            "MessageBody": {
                "batchId.$": "$.batch.batchId",
                "listingId.$": "$.batch.listingId",
                "attempt.$": "$.batch.attempt",
                "traceparent.$": "$.batch.traceparent",
                "status.$": "$.status",
                "resultKey.$": "$.resultKey",
                "executionArn.$": "$$.Execution.Id",
            },
            "MessageAttributes": {
                "BatchId": _string_attribute("States.Format('{}', $.batch.batchId)"),
                "ListingId": _string_attribute("States.Format('{}', $.batch.listingId)"),
                "Traceparent": _string_attribute("$.batch.traceparent"),
                "ErrorCode": _string_attribute(f"{_FAILURE}.Error"),
                "ErrorReason": _string_attribute(f"{_FAILURE}.Cause"),
            },
        },
        "ResultPath": None,
        "Retry": [_retry(("States.ALL",), attempts=5, most=30)],
        "Next": "CallbackUndelivered",
    }


def _string_attribute(path: str) -> States:
    return {"DataType": "String", "StringValue.$": path}


def _invoke(resources: Resources, function: Function, payload: States) -> States:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": resources.functions[function], "Payload": payload},
        "TimeoutSeconds": resources.sizes[function].timeout_seconds + 10,
        "Retry": [_retry(_LAMBDA_TRANSIENT, attempts=6, most=60)],
    }


def _aws(action: str, parameters: States) -> States:
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::aws-sdk:{action}",
        "Parameters": parameters,
        "Retry": [_retry(("States.TaskFailed",), attempts=4, most=20)],
    }


def _retry(errors: tuple[str, ...], *, attempts: int, most: int, interval: int = 1) -> States:
    return {
        "ErrorEquals": list(errors),
        "IntervalSeconds": interval,
        "BackoffRate": 2.0,
        "MaxAttempts": attempts,
        "MaxDelaySeconds": most,
        "JitterStrategy": "FULL",
    }


def _catch(state: str) -> States:
    return {"ErrorEquals": ["States.ALL"], "ResultPath": _FAILURE, "Next": state}


def _choice(variable: str, test: States, then: str, otherwise: str) -> States:
    return {"Type": "Choice", "Choices": [{"Variable": variable, **test, "Next": then}], "Default": otherwise}


def _nothing(comment: str) -> States:
    return {"Type": "Pass", "Comment": comment, "Result": {}, "End": True}


def _inline(start: str, states: States) -> States:
    return {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": start, "States": states}


def _map_branch(name: str, items: str, selector: States, concurrency: int, processor: States) -> States:
    return {
        "StartAt": name,
        "States": {
            name: {
                "Type": "Map",
                "ItemsPath": items,
                "ItemSelector": selector,
                "MaxConcurrency": concurrency,
                "ItemProcessor": processor,
                "ResultPath": None,
                "End": True,
            }
        },
    }
