"""EventBridge under test: what a source sends, collected in a queue."""

import json
from collections.abc import Callable
from typing import Any

from tests.support.waiting import wait_until

Collect = Callable[[Callable[[list[Any]], bool]], list[Any]]


def subscribe(client: Callable[[str], Any], name: str, source: str) -> Collect:
    """Collect a source's events; the result, called with a condition, waits until what was seen is enough."""
    sqs, events = client("sqs"), client("events")
    url = sqs.create_queue(QueueName=name[-80:])["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name=name[-64:], EventPattern=json.dumps({"source": [source]}))
    events.put_targets(Rule=name[-64:], Targets=[{"Id": "queue", "Arn": arn}])
    seen: list[Any] = []

    def collect(enough: Callable[[list[Any]], bool]) -> list[Any]:
        def more() -> bool:
            batch = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            seen.extend(json.loads(message["Body"]) for message in batch)
            return enough(seen)

        wait_until(more)
        return sorted(seen, key=lambda event: event["detail"].get("timestamp", 0))

    return collect
