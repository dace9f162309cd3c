"""Faults of functions: killed before or after a write, out of memory, out of time, their execution stopped."""

import re
import threading
from collections.abc import Callable
from typing import Any, Final

from botocore.exceptions import ClientError
from localstack.aws.api import CommonServiceException
from localstack.aws.connect import connect_to

from toq_localstack.faults.board import BOARD
from toq_localstack.faults.invocations import end_of
from toq_localstack.functions.report import Failure, exited, out_of_memory, timed_out

WRITES: Final = frozenset(
    {
        ("s3", "PutObject"),
        ("s3", "CopyObject"),
        ("s3", "CreateMultipartUpload"),
        ("s3", "UploadPart"),
        ("s3", "UploadPartCopy"),
        ("s3", "CompleteMultipartUpload"),
        ("sqs", "SendMessage"),
        ("stepfunctions", "StartExecution"),
        ("lambda", "Invoke"),
    }
)
_KILLED: Final = -9  # as `subprocess.Popen.returncode` has SIGKILL
_EXECUTION: Final = re.compile(rb'"arn": ?"(arn:aws:states:[^"]+:execution:[^"]+)"')
_ENDS: Final[dict[str, Callable[[], Failure]]] = {
    "lambda.killed": lambda: exited(_KILLED),
    "lambda.out-of-memory": out_of_memory,
    "lambda.timed-out": lambda: timed_out(0),
}


def kill_before_write(context: Any, app: str, about: str) -> None:
    """End the function that wants to write; nothing is written.

    Raises
    ------
    CommonServiceException
        For whoever still listens: the call goes no further.
    """
    if _kill("before", context, app, about):
        raise CommonServiceException("ServiceUnavailable", "the caller has ended", 503)


def kill_after_write(context: Any, app: str, about: str) -> None:
    """End the function that has written, before it learns of it."""
    _kill("after", context, app, about)


def _kill(moment: str, context: Any, app: str, about: str) -> bool:
    end = end_of(context.request.headers.get("X-Amzn-Trace-Id", ""))
    if end is None:
        return False
    for site, failure in _ENDS.items():
        if BOARD.strikes(f"{site}-{moment}-write", f"{app} {context.operation.name} {about}"):
            end(failure())
            return True
    return False


def abort_execution(payload: bytes, about: str) -> None:
    """Stop the execution that invokes a function, a moment after it did."""
    found = _EXECUTION.search(payload)
    if found and BOARD.strikes("execution.aborted", about):
        seconds = BOARD.between(0, 1, "execution.aborted", about)
        threading.Timer(seconds, _stop, (found[1].decode(),)).start()


def _stop(arn: str) -> None:
    _, _, _, region, account, *_ = arn.split(":")
    try:
        connect_to(aws_access_key_id=account, region_name=region).stepfunctions.stop_execution(
            executionArn=arn, error="Chaos", cause="stopped by a fault of this run"
        )
    except ClientError:
        return  # it ended meanwhile
