"""CloudWatch under test: what was published of a metric in the last minutes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any


def metric_sum(client: Callable[[str], Any], namespace: str, metric: str, **dimensions: str) -> float:
    """Sum of a metric over the last five minutes; keyword arguments are its dimensions."""
    now = datetime.now(UTC)
    found = client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    return float(sum(point["Sum"] for point in found))
