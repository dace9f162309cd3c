"""The EventBridge events that reconcile is given, read into what it needs of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from handlers.contract.batch import Batch
from handlers.contract.callback_body import Execution
from handlers.contract.moments import iso
from handlers.runtime.execution_input import locate_batch

# Of a rule with a schedule (Amazon EventBridge "Creating a rule that runs on a schedule").
SCHEDULED_EVENT: Final = "Scheduled Event"
EXECUTION_EVENT: Final = "Step Functions Execution Status Change"
VIDEO_EVENT: Final = "MediaConvert Job State Change"


class EventMalformedError(Exception):
    """An event that this function cannot read; it ends in the dead-letter queue of events."""


@dataclass(frozen=True, slots=True)
class ExecutionEnded:
    """An execution that failed, timed out or was stopped.

    Parameters
    ----------
    failure
        ``{"Error", "Cause"}`` for the batch's result.
    """

    batch: Batch
    execution: Execution
    failure: dict[str, str]

    @classmethod
    def from_detail(cls, detail: Mapping[str, Any]) -> Self:
        """Read an event's detail, or the answer of `states:DescribeExecution` in the same spelling.

        Raises
        ------
        EventMalformedError
            The execution's input is not in the event (over 248 KiB), or no JSON.
        BatchRefusedError
            The input names no batch.
        """
        text = detail.get("input")
        try:
            given = json.loads(text or "")
        except ValueError as error:
            raise EventMalformedError(f"no readable input of execution {detail.get('executionArn')}") from error
        started_at = iso(detail["startDate"]) or ""
        status = str(detail["status"])
        # A failed execution says what failed; one that timed out or was stopped is known by its status alone.
        name = str(detail.get("error") or status) if status == "FAILED" else status
        failure = {"Error": name, "Cause": str(detail.get("cause") or "")}
        return cls(locate_batch(given, started_at), Execution(detail["executionArn"], started_at, status), failure)


@dataclass(frozen=True, slots=True)
class VideoEnded:
    """A MediaConvert job of ours that came to its end.

    Parameters
    ----------
    index
        Position of the asset in the batch.
    result
        As the state machine writes it to ``videos/*.result.json``, or ``videos/*.failure.json``.
    """

    execution_arn: str
    manifest_prefix: str
    index: int
    result: dict[str, Any]

    @property
    def complete(self) -> bool:
        """Whether the job was done."""
        return bool(self.result["status"] == "COMPLETE")

    @classmethod
    def from_detail(cls, detail: Mapping[str, Any]) -> Self | None:
        """Read an event's detail; None for a job that is not ours."""
        metadata = detail.get("userMetadata") or {}
        try:
            index, prefix, arn = int(metadata["assetIndex"]), metadata["manifestPrefix"], metadata["executionArn"]
        except (KeyError, ValueError):
            return None
        return cls(arn, prefix, index, _result(index, detail))


def _result(index: int, detail: Mapping[str, Any]) -> dict[str, Any]:
    job = {
        "Id": detail["jobId"],
        "Status": detail["status"],
        "OutputGroupDetails": detail.get("outputGroupDetails") or [],
        "Timing": {"FinishTime": detail.get("timestamp")},
    }
    if detail["status"] == "COMPLETE":
        return {"index": index, "status": "COMPLETE", "job": job}
    reason = {"ErrorCode": detail.get("errorCode"), "ErrorMessage": detail.get("errorMessage")}
    cause = json.dumps(job | reason)
    return {"index": index, "status": "ERROR", "error": {"Error": "MediaConvert.JobFailed", "Cause": cause}}
