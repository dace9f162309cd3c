"""Puts embedded metrics: what CloudWatch Logs takes out of log lines on AWS, and LocalStack's logs do not."""

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from localstack.aws.connect import connect_to

from toq_localstack.functions.embedded_metrics import embedded_metrics

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
    except Exception:  # in a thread of its own: nobody else would tell
        LOG.exception("embedded metrics could not be published")
