"""Batches whose newest attempt did not come to a result of its own, found among the executions of the last 90 days."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from handlers.contract.names import ENDED_WITHOUT_SUCCESS
from operations.executions import find_execution
from operations.selection import Selection

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.literals import ExecutionStatusType

_NAME: Final = re.compile(r"batch-(?P<batch>[A-Za-z0-9_-]+)-(?P<attempt>\d+)")


@dataclass(frozen=True, slots=True)
class FailedBatch:
    """One batch, and why its newest attempt failed, on one line."""

    batch_id: str
    reason: str


def find_failed(executions: "SFNClient", machine_arn: str, selection: Selection) -> list[FailedBatch]:
    """Those of a selection, the oldest first; `Selection.since` is about when an execution began."""
    found: dict[str, tuple[int, dict[str, Any]]] = {}
    for status in ENDED_WITHOUT_SUCCESS:
        for execution in _since(executions, machine_arn, status, selection.since):
            if named := _NAME.fullmatch(execution["name"]):
                attempt = int(named["attempt"])
                if attempt > found.get(named["batch"], (-1, {}))[0]:
                    found[named["batch"]] = attempt, execution
    failed = []
    for batch_id, (attempt, execution) in sorted(found.items(), key=lambda each: each[1][1]["startDate"]):
        reason = _reason(executions, execution)
        began = execution["startDate"].timestamp()
        selected = selection.takes(moment=began, reason=reason, batch_id=batch_id)
        if selected and not find_execution(executions, machine_arn, f"batch-{batch_id}-{attempt + 1}"):
            failed.append(FailedBatch(batch_id, reason))
    return failed


def _since(
    executions: "SFNClient", machine_arn: str, status: "ExecutionStatusType", since: float
) -> Iterator[dict[str, Any]]:
    """ListExecutions gives the newest first."""
    pages = executions.get_paginator("list_executions").paginate(stateMachineArn=machine_arn, statusFilter=status)
    for page in pages:
        for execution in page["executions"]:
            if execution["startDate"].timestamp() < since:
                return
            yield dict(execution)


def _reason(executions: "SFNClient", execution: dict[str, Any]) -> str:
    described = executions.describe_execution(executionArn=execution["executionArn"])
    told = ": ".join(part for part in (described.get("error"), described.get("cause")) if part)
    return " ".join(f"{execution['status']} {told}".split())[:200]
