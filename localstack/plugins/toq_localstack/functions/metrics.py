"""Embedded metrics: what CloudWatch Logs takes out of log lines on AWS, and LocalStack's logs do not.

AWS: "Specification: Embedded metric format". Each line that is such a JSON document becomes PutMetricData calls.
"""

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from localstack.aws.connect import connect_to

LOG = logging.getLogger(__name__)

_BATCH = 500  # of at most 1,000 that PutMetricData takes
_publisher = ThreadPoolExecutor(max_workers=1, thread_name_prefix="toq-emf")


def publish_embedded_metrics(output: str, account: str, region: str) -> None:
    """Put the metrics that a function's output carries, in the background."""
    if '"_aws"' in output:
        _publisher.submit(_publish, output, account, region)


def _publish(output: str, account: str, region: str) -> None:
    client = connect_to(aws_access_key_id=account, region_name=region).cloudwatch
    try:
        by_namespace: dict[str, list[dict[str, Any]]] = {}
        for line in output.splitlines():
            for namespace, datum in embedded_metrics(line):
                by_namespace.setdefault(namespace, []).append(datum)
        for namespace, data in by_namespace.items():
            for first in range(0, len(data), _BATCH):
                client.put_metric_data(Namespace=namespace, MetricData=data[first : first + _BATCH])
    except Exception:  # noqa: BLE001 - in a thread of its own: nobody else would tell
        LOG.exception("embedded metrics could not be published")


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
                yield directive["Namespace"], {
                    "MetricName": metric["Name"],
                    "Dimensions": dimensions,
                    "Timestamp": metadata.get("Timestamp", 0) / 1000,
                    "Values": [float(v) for v in (values if isinstance(values, list) else [values])],
                    "Unit": metric.get("Unit", "None"),
                }
