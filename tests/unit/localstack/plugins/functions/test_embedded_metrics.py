import json

import pytest
from toq_localstack.functions.embedded_metrics import embedded_metrics


@pytest.mark.parametrize("line", ["plain text", '{"message": "no metric"}', '{"_aws": "no object"}', '{"_aws": {'])
def test_a_line_without_metrics_gives_none(line: str) -> None:
    assert list(embedded_metrics(line)) == []


def test_every_dimension_set_of_a_metric_is_published() -> None:
    directive = {
        "Namespace": "N",
        "Dimensions": [["a"], ["a", "b"]],
        "Metrics": [{"Name": "Seconds", "Unit": "Seconds"}],
    }
    metadata = {"Timestamp": 1_700_000_000_000, "CloudWatchMetrics": [directive]}
    line = json.dumps({"_aws": metadata, "a": "1", "b": "2", "Seconds": [0.5, 1.5]})

    found = list(embedded_metrics(line))

    assert [namespace for namespace, _ in found] == ["N", "N"]
    assert [[dimension["Name"] for dimension in datum["Dimensions"]] for _, datum in found] == [["a"], ["a", "b"]]
    assert found[0][1]["Values"] == [0.5, 1.5]
    assert found[0][1]["Timestamp"] == 1_700_000_000
