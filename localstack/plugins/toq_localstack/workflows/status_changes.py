"""Status changes of executions: the EventBridge event in AWS's shape, and the metrics of ``AWS/States``.

LocalStack 4.14 sends the event with ISO dates, an object for an empty input, and without the error and cause of a
stopped execution. AWS: "Automating Step Functions event delivery with EventBridge"; "Monitoring Step Functions
metrics".
"""

import datetime
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from localstack.aws.api.stepfunctions import ExecutionStatus
from localstack.aws.connect import connect_to
from localstack.services.stepfunctions.asl.eval.program_state import ProgramStopped
from localstack.services.stepfunctions.asl.utils.encoding import to_json_str
from localstack.services.stepfunctions.backend.execution import Execution

LOG = logging.getLogger(__name__)

_METRICS = {
    "RUNNING": "ExecutionsStarted",
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}
_publisher = ThreadPoolExecutor(max_workers=1, thread_name_prefix="toq-states-metrics")


def install() -> None:
    """Replace the method with which LocalStack's executions tell of a change."""
    Execution.publish_execution_status_change_event = publish  # type: ignore[method-assign]


def publish(execution: Execution) -> None:
    """Send the event, and the metrics in the background; neither may fail the execution."""
    _keep_reason_of_stop(execution)
    try:
        client = connect_to(aws_access_key_id=execution.account_id, region_name=execution.region_name).events
        client.put_events(
            Entries=[
                {
                    "Source": "aws.states",
                    "Resources": [execution.exec_arn],
                    "DetailType": "Step Functions Execution Status Change",
                    "Detail": json.dumps(detail(execution)),
                }
            ]
        )
    except Exception:
        LOG.exception("status change of %s could not be sent", execution.exec_arn)
    _publisher.submit(_put_metrics, execution, str(execution.exec_status), execution.stop_date)


def _keep_reason_of_stop(execution: Execution) -> None:
    """StopExecution's error and cause, which LocalStack forgets; DescribeExecution shows them then too."""
    worker = execution.exec_worker
    if execution.exec_status == ExecutionStatus.ABORTED and worker is not None and worker.env is not None:
        state = worker.env.program_state()
        if isinstance(state, ProgramStopped):
            execution.error, execution.cause = state.error, state.cause


def detail(execution: Execution) -> dict[str, Any]:
    """The event's detail: DescribeExecution with dates in milliseconds and documents as strings."""
    output = None if execution.output is None else to_json_str(execution.output, separators=(",", ":"))
    return {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": str(execution.exec_status),
        "startDate": _milliseconds(execution.start_date),
        "stopDate": _milliseconds(execution.stop_date),
        "input": to_json_str({} if execution.input_data is None else execution.input_data, separators=(",", ":")),
        "inputDetails": {"included": True},
        "output": output,
        "outputDetails": None if output is None else {"included": True},
        "error": execution.error,
        "cause": execution.cause,
        "stateMachineVersionArn": execution.state_machine_version_arn,
        "stateMachineAliasArn": execution.state_machine_alias_arn,
        "redriveCount": 0,
        "redriveDate": None,
        "redriveStatus": "NOT_REDRIVABLE",
        "redriveStatusReason": None,
    }


def _milliseconds(date: datetime.datetime | None) -> int | None:
    return None if date is None else int(date.timestamp() * 1000)


def _put_metrics(execution: Execution, status: str, stopped: datetime.datetime | None) -> None:
    dimensions = [{"Name": "StateMachineArn", "Value": execution.state_machine_arn}]
    data: list[dict[str, Any]] = [
        {"MetricName": _METRICS[status], "Dimensions": dimensions, "Value": 1, "Unit": "Count"}
    ]
    if stopped is not None:
        seconds = (stopped - execution.start_date).total_seconds()
        data.append(
            {"MetricName": "ExecutionTime", "Dimensions": dimensions, "Value": seconds * 1000, "Unit": "Milliseconds"}
        )
    try:
        client = connect_to(aws_access_key_id=execution.account_id, region_name=execution.region_name).cloudwatch
        client.put_metric_data(Namespace="AWS/States", MetricData=data)
    except Exception:
        LOG.exception("metrics of %s could not be put", execution.exec_arn)
