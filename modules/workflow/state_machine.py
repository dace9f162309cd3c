"""The Amazon States Language of ``listing-media-processing-sm`` (requirements, 1.4).

The state carries only what does not grow with the media: ranges of photos, and for each video where its job stands in
S3. Every way out of the machine but an abort or its own timeout passes FinalizeMetadata and CallbackBackend;
`handlers.reconcile` serves those two.
"""

from handlers.contract.names import CALLBACK_UNDELIVERED, State
from modules.environments.environment import Environment
from modules.function_record import Invoker
from modules.functions import invoked_by
from modules.resource_names import DEAD_LETTER_QUEUE, JOB_TEMPLATE, MEDIACONVERT_QUEUE, MEDIACONVERT_ROLE
from modules.workflow.asl import EXECUTION, FAILURE, Resources, States, catch, choice, invoke, retry
from modules.workflow.media_states import photos, videos
from modules.workflow.video_budget import EXECUTION_SECONDS


def definition(resources: Resources) -> States:
    """The whole machine."""
    return {
        "Comment": "Validates, renders, transcodes and bundles a batch of listing media, then tells the backend",
        "StartAt": State.VALIDATE_RAW_ASSETS,
        "TimeoutSeconds": EXECUTION_SECONDS,
        "States": {
            State.VALIDATE_RAW_ASSETS: _validate(resources),
            "AnyValidAsset": choice(
                "$.valid", {"NumericEquals": 0}, State.FINALIZE_METADATA, State.PARALLEL_PROCESSING
            ),
            State.PARALLEL_PROCESSING: {
                "Type": "Parallel",
                "Branches": [photos(resources), videos(resources)],
                "ResultPath": None,
                "Catch": [catch(State.FINALIZE_METADATA)],
                "Next": State.ZIP_BUNDLE,
            },
            State.ZIP_BUNDLE: {
                **invoke(resources, "zip", {"batch.$": "$.batch", "execution": EXECUTION}),
                "ResultPath": None,
                "Catch": [catch(State.FINALIZE_METADATA)],
                "Next": State.FINALIZE_METADATA,
            },
            State.FINALIZE_METADATA: {
                # No Catch: a batch whose result cannot be written is the reconciler's.
                **invoke(resources, "finalize", {"state.$": "$", "execution": EXECUTION}),
                "OutputPath": "$.Payload",
                "Next": State.CALLBACK_BACKEND,
            },
            **_callback(resources),
        },
    }


def readable(environment: Environment) -> States:
    """The machine with the names that Terraform would fill in; for people, diagrams and linters."""
    region, account = environment.region, environment.account_id
    queue = environment.named(DEAD_LETTER_QUEUE)
    called = invoked_by(Invoker.STATE_MACHINE)
    return definition(
        Resources(
            functions={
                each.package: environment.arn("lambda", f"function:{environment.named(each.name)}") for each in called
            },
            sizes=environment.functions,
            media_bucket=environment.media_bucket.name,
            dead_letter_queue_url=f"https://sqs.{region}.amazonaws.com/{account}/{queue}",
            job_template=environment.named(JOB_TEMPLATE),
            job_queue_arn=environment.arn("mediaconvert", f"queues/{environment.named(MEDIACONVERT_QUEUE)}"),
            job_role_arn=environment.role_arn(MEDIACONVERT_ROLE),
        )
    )


def _validate(resources: Resources) -> States:
    return {
        **invoke(resources, "validate", {"state.$": "$", "execution": EXECUTION}),
        "OutputPath": "$.Payload",
        "Catch": [catch(State.FINALIZE_METADATA)],
        "Next": "AnyValidAsset",
    }


def _callback(resources: Resources) -> States:
    payload = {
        "batch.$": "$.batch",
        "status.$": "$.status",
        "resultKey.$": "$.resultKey",
        "execution": EXECUTION,
    }
    return {
        State.CALLBACK_BACKEND: {
            **invoke(resources, "callback_dispatch", payload),
            # The function itself retries within its own time; this is for a backend that is away for minutes.
            "Retry": [
                {"ErrorEquals": ["CallbackRefused"], "MaxAttempts": 0},
                retry(("States.ALL",), attempts=8, interval=5, most=300),
            ],
            "ResultPath": None,
            "Catch": [catch("SendToDeadLetterQueue")],
            "Next": "BatchOutcome",
        },
        "BatchOutcome": choice("$.status", {"StringEquals": "SUCCEEDED"}, "BatchSucceeded", "BatchFailed"),
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
                "ErrorCode": _string_attribute(f"{FAILURE}.Error"),
                # A timeout may have no cause, and SQS takes no empty text: hence the blank.
                "ErrorReason": _string_attribute(f"States.Format('{{}} ', {FAILURE}.Cause)"),
            },
        },
        "ResultPath": None,
        "Retry": [retry(("States.ALL",), attempts=5, most=30)],
        "Next": "CallbackUndelivered",
    }


def _string_attribute(path: str) -> States:
    return {"DataType": "String", "StringValue.$": path}
