"""The review in the formats that people and machines read."""

from collections.abc import Callable
from typing import Final

from operations.plan_review.output.annotations import annotations
from operations.plan_review.output.junit import junit
from operations.plan_review.output.markdown import markdown
from operations.plan_review.output.sarif import sarif
from operations.plan_review.output.structured import structured
from operations.plan_review.review import Review

FORMATS: Final[dict[str, Callable[[Review], str]]] = {
    "markdown": markdown,
    "json": structured,
    "sarif": sarif,
    "junit": junit,
    "github": annotations,
}
