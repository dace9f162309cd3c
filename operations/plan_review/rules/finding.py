"""What a rule finds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from operations.plan_review.plan import Change, Plan


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason to stop.

    Parameters
    ----------
    rule
        Stable name of the rule; ``waivers.toml`` refers to it.
    detail
        What exactly was found, the text that a waiver must repeat.
    """

    rule: str
    address: str
    detail: str


# Looks at one resource of a plan; yields the rule that is broken and the detail.
Rule = Callable[[Change, Plan], Iterator[tuple[str, str]]]
