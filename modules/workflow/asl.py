"""Building blocks of the Amazon States Language, as plain dictionaries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from modules.environments.environment import FunctionSize

type States = dict[str, Any]

EXECUTION: Final = {"arn.$": "$$.Execution.Id", "startTime.$": "$$.Execution.StartTime"}
FAILURE: Final = "$.failure"  # where a caught error stands in the state

# What Lambda may answer without having run the function: for a moment (AWS Step Functions "Best practices"), while
# other batches take up its concurrency, or for about a minute while a function that was idle for weeks gets its
# network interface back (AWS Lambda "Lambda function states", and "Invoke" for the names of the errors). Step Functions
# may spell abbreviations as the AWS SDK for Java does: hence both spellings.
_LAMBDA_NOT_RUN: Final = (
    "Lambda.TooManyRequestsException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ResourceNotReadyException",
    "Lambda.ResourceConflictException",
    "Lambda.EC2ThrottledException",
    "Lambda.Ec2ThrottledException",
    "Lambda.EC2UnexpectedException",
    "Lambda.Ec2UnexpectedException",
    "Lambda.ENILimitReachedException",
    "Lambda.EniLimitReachedException",
    "Lambda.ENINotReadyException",
    "Lambda.EniNotReadyException",
    "Lambda.SubnetIPAddressLimitReachedException",
    "Lambda.SubnetIpAddressLimitReachedException",
)
# The function died, or needed more than its time or memory ("Handling errors in Step Functions workflows" names
# Lambda.Unknown; "Runtime." and "Sandbox." are what Lambda reports of a dead function).
DIED: Final = (
    "OutOfTimeError",
    "Lambda.Unknown",
    "Runtime.ExitError",
    "Runtime.OutOfMemory",
    "Runtime.Unknown",
    "Sandbox.Timedout",
    "States.Timeout",
)
# What the same input gives again.
_LAMBDA_FINAL: Final = ("BatchRefusedError", *DIED)
# A matter of queueing, not of failing: the pauses make 17 minutes on average. Few and long, because each attempt is
# three events of a history that takes 25,000.
_QUEUEING_ATTEMPTS: Final = 12


@dataclass(frozen=True, slots=True)
class Resources:
    """What the states call.

    Parameters
    ----------
    functions, sizes
        ARN and size of each function by its folder under ``handlers/``;
        a task waits a little longer than its function may run.
    media_bucket, dead_letter_queue_url
        Name and address.
    job_template, job_queue_arn, job_role_arn
        What MediaConvert jobs are created with.
    """

    functions: Mapping[str, str]
    sizes: Mapping[str, FunctionSize]
    media_bucket: str
    dead_letter_queue_url: str
    job_template: str
    job_queue_arn: str
    job_role_arn: str


def invoke(resources: Resources, package: str, payload: States) -> States:
    """Call the function of ``handlers/<package>``; what it returns stands under ``Payload``."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": resources.functions[package], "Payload": payload},
        "TimeoutSeconds": resources.sizes[package].timeout_seconds + 10,
        "Retry": [
            retry(_LAMBDA_NOT_RUN, attempts=_QUEUEING_ATTEMPTS, interval=5, most=300),
            {"ErrorEquals": list(_LAMBDA_FINAL), "MaxAttempts": 0},
            retry(("States.TaskFailed",), attempts=2, most=20),  # S3 or KMS that had no answer for a moment
        ],
    }


def aws_call(action: str, parameters: States) -> States:
    """Call an AWS API, e.g. ``s3:getObject``, without a function of ours in between."""
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::aws-sdk:{action}",
        "Parameters": parameters,
        "Retry": [retry(("States.TaskFailed",), attempts=4, most=20)],
    }


def retry(errors: tuple[str, ...], *, attempts: int, most: int, interval: int = 1) -> States:
    """Repeat after some errors, with pauses that double from `interval` to `most` seconds, each with full jitter."""
    return {
        "ErrorEquals": list(errors),
        "IntervalSeconds": interval,
        "BackoffRate": 2.0,
        "MaxAttempts": attempts,
        "MaxDelaySeconds": most,
        "JitterStrategy": "FULL",
    }


def catch(state: str, errors: Sequence[str] = ("States.ALL",)) -> States:
    """Go on in another state after any error, or some, with what went wrong under ``$.failure``."""
    return {"ErrorEquals": list(errors), "ResultPath": FAILURE, "Next": state}


def choice(variable: str, test: States, then: str, otherwise: str) -> States:
    """One question with two ways on."""
    return {"Type": "Choice", "Choices": [{"Variable": variable, **test, "Next": then}], "Default": otherwise}


def nothing(comment: str) -> States:
    """End a branch with nothing in hand."""
    return {"Type": "Pass", "Comment": comment, "Result": {}, "End": True}


def inline(start: str, states: States) -> States:
    """What a map does with each of its items, inside the same execution."""
    return {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": start, "States": states}


def map_branch(name: str, items: str, selector: States, concurrency: int, processor: States) -> States:
    """A branch that is one map; what its iterations give back is dropped."""
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
