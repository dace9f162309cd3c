"""Findings that somebody waived in writing, in ``waivers.toml`` beside this file."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from operations.plan_review.plan import PlanError
from operations.plan_review.rules import RULES
from operations.plan_review.rules.finding import Finding

WAIVERS: Final = Path(__file__).with_name("waivers.toml")
WAIVERS_NAME: Final = "operations/plan_review/waivers.toml"
FIELDS: Final = {"rule", "address", "detail", "reason"}
OPTIONAL: Final = {"environment"}


@dataclass(frozen=True, slots=True)
class Waiver:
    """Findings that may pass, and why.

    Parameters
    ----------
    address
        Of a resource; ``*`` stands for a part of its name, so that one entry serves what every function has.
    environment
        The only one whose plans it is about; every one when empty.
    """

    rule: str
    address: str
    detail: str
    reason: str
    environment: str = ""

    def covers(self, finding: Finding, environment: str = "") -> bool:
        """Whether the finding is one that this waiver is about."""
        names = r"\w*".join(map(re.escape, self.address.split("*")))
        fits = re.fullmatch(names, finding.address) is not None and self.environment in ("", environment)
        return fits and (self.rule, self.detail) == (finding.rule, finding.detail)


@dataclass(frozen=True, slots=True)
class ReviewedFinding:
    """A finding and the reason of its waiver; None where nobody waived it, which blocks the plan."""

    finding: Finding
    waiver: str | None


def load(path: Path = WAIVERS) -> list[Waiver]:
    """The waivers of a file.

    Raises
    ------
    PlanError
        When the file is missing or no TOML, or an entry lacks a field, has an unknown one, or names an unknown rule.
    """
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("waiver", [])
    except OSError as error:
        raise PlanError(f"{path} cannot be read ({error.strerror}): pass --waivers <file>") from error
    except ValueError as error:
        raise PlanError(f"{path} is no TOML ({error}): mend it as the entries beside it are written") from error
    waivers = []
    for number, entry in enumerate(entries if isinstance(entries, list) else [entries], start=1):
        texts = isinstance(entry, dict) and all(isinstance(value, str) for value in entry.values())
        if not texts or entry.keys() - OPTIONAL != FIELDS or not all(value.strip() for value in entry.values()):
            raise PlanError(f"{path.name}, entry {number}: give exactly {', '.join(sorted(FIELDS))}, none empty")
        if entry["rule"] not in RULES:
            raise PlanError(f"{path.name}, entry {number}: unknown rule {entry['rule']!r}, one of {', '.join(RULES)}")
        waivers.append(Waiver(**entry))
    return waivers


def apply(findings: Sequence[Finding], waivers: Sequence[Waiver], environment: str = "") -> list[ReviewedFinding]:
    """Pair each finding of an environment's plan with the reason of its waiver, blocking ones first."""
    reviewed = [
        ReviewedFinding(
            finding, next((waiver.reason for waiver in waivers if waiver.covers(finding, environment)), None)
        )
        for finding in findings
    ]
    return sorted(reviewed, key=lambda each: each.waiver is not None)
