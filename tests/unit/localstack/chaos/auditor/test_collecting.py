"""What stands in a queue for a moment only is no message that nobody works on."""

from typing import Any

import pytest

from localstack.chaos.auditor.collecting import depth


class Queue:
    """SQS, whose queue holds another number of messages at each look."""

    def __init__(self, *held: int) -> None:
        self.held = list(held)

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:
        number = self.held.pop(0)
        return {"Attributes": {name: str(number if name.endswith("Messages") else 0) for name in AttributeNames}}


@pytest.mark.parametrize(("held", "seen"), [([0], 0), ([2, 1, 0], 0), ([3, 2, 2], 2), ([1, 1, 1], 1)])
def test_the_fewest_of_several_looks_counts(held: list[int], seen: int) -> None:
    assert depth(Queue(*held), "url", looks=3, pause=0) == seen
