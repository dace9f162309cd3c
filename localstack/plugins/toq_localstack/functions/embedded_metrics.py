"""Reads the embedded metric format out of log lines (AWS: "Specification: Embedded metric format")."""

import json
from collections.abc import Iterator
from typing import Any


def embedded_metrics(line: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The metrics of one log line as (namespace, PutMetricData entry); nothing for any other line."""
    if '"_aws"' not in line or not line.lstrip().startswith("{"):
        return
    try:
        document = json.loads(line)
        metadata = document["_aws"]
        directives = metadata["CloudWatchMetrics"]
    except (ValueError, KeyError, TypeError):
        return
    for directive in directives:
        for dimension_set in directive.get("Dimensions") or [[]]:
            dimensions = [{"Name": name, "Value": str(document[name])} for name in dimension_set if name in document]
            for metric in directive["Metrics"]:
                values = document.get(metric["Name"])
                if values is None:
                    continue
                yield (
                    directive["Namespace"],
                    {
                        "MetricName": metric["Name"],
                        "Dimensions": dimensions,
                        "Timestamp": metadata.get("Timestamp", 0) / 1000,
                        "Values": [float(v) for v in (values if isinstance(values, list) else [values])],
                        "Unit": metric.get("Unit", "None"),
                    },
                )
