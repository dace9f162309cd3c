"""Bodies of the two dashboards (Amazon CloudWatch API "Dashboard body structure and syntax")."""

from collections.abc import Sequence
from typing import Any, Final

from handlers.contract.metrics import METRICS_NAMESPACE, Metric

type Widget = dict[str, Any]

_WIDTH: Final = 12  # of a grid of 24 columns
_HEIGHT: Final = 6


def operations(region: str, machine_arn: str, queues: Sequence[str], functions: Sequence[str]) -> dict[str, Any]:
    """Executions, queues and functions: what the requirements ask for (section 1.9)."""
    executions = [
        ["AWS/States", metric, "StateMachineArn", machine_arn]
        for metric in ("ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted")
    ]
    messages = [["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", name] for name in queues]
    ages = [["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", name] for name in queues]
    return _grid(
        [
            _lines("Executions", region, executions),
            _lines("Execution time", region, [["AWS/States", "ExecutionTime", "StateMachineArn", machine_arn]], "p95"),
            _lines("Messages waiting", region, messages, "Maximum"),
            _lines("Age of the oldest message, seconds", region, ages, "Maximum"),
            _lines("Errors per function", region, _per_function("Errors", functions)),
            _lines("Throttles per function", region, _per_function("Throttles", functions)),
            _lines("Duration per function, ms", region, _per_function("Duration", functions), "p95"),
            _lines("Concurrency per function", region, _per_function("ConcurrentExecutions", functions), "Maximum"),
        ]
    )


def business(region: str) -> dict[str, Any]:
    """What listings get out of it, from the metrics that the functions write into their logs (EMF)."""
    return _grid(
        [
            _lines(
                "Media processed",
                region,
                [_search(metric) for metric in (Metric.PHOTOS, Metric.VIDEOS, Metric.DOCUMENTS)],
            ),
            _lines("Batches by status", region, [_search(Metric.BATCHES, "Status")]),
            _lines(
                "Seconds per batch",
                region,
                [_search(Metric.BATCH_SECONDS, statistic="p50"), _search(Metric.BATCH_SECONDS, statistic="p95")],
            ),
            _lines("Refused assets by error code", region, [_search(Metric.ASSET_ERRORS, "ErrorCode")]),
            _lines("Callback seconds", region, [_search(Metric.CALLBACK_SECONDS, statistic="p95")]),
            _lines("Callbacks refused", region, [_search(Metric.CALLBACKS_REFUSED)]),
            _lines("Uploads without a checksum in S3", region, [_search(Metric.HASHED_OBJECTS)]),
        ]
    )


def _per_function(metric: str, functions: Sequence[str]) -> list[list[str]]:
    return [["AWS/Lambda", metric, "FunctionName", name] for name in functions]


def _search(metric: Metric, dimension: str = "service", statistic: str = "Sum") -> list[dict[str, str]]:
    """All series of a metric: their dimension's values (function, status, code) need not be known here."""
    expression = f"SEARCH('{{{METRICS_NAMESPACE},{dimension}}} MetricName=\"{metric}\"', '{statistic}', 300)"
    return [{"expression": expression, "id": f"{metric}_{statistic}".lower()}]


def _lines(title: str, region: str, metrics: Sequence[Any], statistic: str = "Sum") -> Widget:
    return {
        "type": "metric",
        "width": _WIDTH,
        "height": _HEIGHT,
        "properties": {
            "title": title,
            "region": region,
            "view": "timeSeries",
            "stat": statistic,
            "period": 300,
            "metrics": list(metrics),
        },
    }


def _grid(widgets: Sequence[Widget]) -> dict[str, Any]:
    """Two columns, from top to bottom."""
    placed = [{**widget, "x": index % 2 * _WIDTH, "y": index // 2 * _HEIGHT} for index, widget in enumerate(widgets)]
    return {"widgets": placed}
