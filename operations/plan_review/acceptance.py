"""Findings that somebody accepted in writing, in ``accepted.toml`` beside this file."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from operations.plan_review.plan import PlanError
from operations.plan_review.rules import RULES, Finding

ACCEPTED: Final = Path(__file__).with_name("accepted.toml")
FIELDS: Final = {"rule", "address", "detail", "reason"}


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding and, when it was accepted, the reason."""

    finding: Finding
    reason: str | None


def load(path: Path = ACCEPTED) -> dict[Finding, str]:
    """Accepted findings with their reasons.

    Raises
    ------
    PlanError
        When an entry lacks a field, has an unknown one, or names an unknown rule.
    """
    accepted: dict[Finding, str] = {}
    for number, entry in enumerate(tomllib.loads(path.read_text(encoding="utf-8")).get("accepted", []), start=1):
        if entry.keys() != FIELDS or not entry["reason"].strip():
            raise PlanError(f"{path.name}, entry {number}: give exactly {', '.join(sorted(FIELDS))}, none empty")
        if entry["rule"] not in RULES:
            raise PlanError(f"{path.name}, entry {number}: unknown rule {entry['rule']!r}, one of {', '.join(RULES)}")
        accepted[Finding(entry["rule"], entry["address"], entry["detail"])] = entry["reason"]
    return accepted


def judge(findings: Sequence[Finding], accepted: dict[Finding, str]) -> list[Judged]:
    """Pair each finding with its acceptance, blocking ones first."""
    judged = [Judged(finding, accepted.get(finding)) for finding in findings]
    return sorted(judged, key=lambda each: each.reason is not None)
