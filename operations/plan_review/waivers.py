"""Findings that somebody waived in writing, in ``waivers.toml`` beside this file."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from operations.plan_review.plan import PlanError
from operations.plan_review.rules import RULES, Finding

WAIVERS: Final = Path(__file__).with_name("waivers.toml")
FIELDS: Final = {"rule", "address", "detail", "reason"}


@dataclass(frozen=True, slots=True)
class ReviewedFinding:
    """A finding and the reason of its waiver; None where nobody waived it, which blocks the plan."""

    finding: Finding
    waiver: str | None


def load(path: Path = WAIVERS) -> dict[Finding, str]:
    """Waived findings with their reasons.

    Raises
    ------
    PlanError
        When an entry lacks a field, has an unknown one, or names an unknown rule.
    """
    waivers: dict[Finding, str] = {}
    for number, entry in enumerate(tomllib.loads(path.read_text(encoding="utf-8")).get("waiver", []), start=1):
        if entry.keys() != FIELDS or not entry["reason"].strip():
            raise PlanError(f"{path.name}, entry {number}: give exactly {', '.join(sorted(FIELDS))}, none empty")
        if entry["rule"] not in RULES:
            raise PlanError(f"{path.name}, entry {number}: unknown rule {entry['rule']!r}, one of {', '.join(RULES)}")
        waivers[Finding(entry["rule"], entry["address"], entry["detail"])] = entry["reason"]
    return waivers


def apply(findings: Sequence[Finding], waivers: dict[Finding, str]) -> list[ReviewedFinding]:
    """Pair each finding with the reason of its waiver, blocking ones first."""
    reviewed = [ReviewedFinding(finding, waivers.get(finding)) for finding in findings]
    return sorted(reviewed, key=lambda each: each.waiver is not None)
