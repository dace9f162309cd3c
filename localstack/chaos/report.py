"""A run in figures: JSON for programs, a table for people."""

import re
from collections import Counter
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from localstack.chaos import sites
from localstack.chaos.auditor.evidence import Attempt
from localstack.chaos.auditor.rules import name_of
from localstack.chaos.run import Outcome

_LOST: Final = frozenset({"lost", "not-shown", "still-running"})
_DUPLICATED: Final = frozenset({"duplicate-execution", "duplicate-effect"})
_BATCH: Final = re.compile(r"batch-(\d+)-|/(\d+)-\d{4}-")


def report(seed: int, time_factor: float, outcome: Outcome) -> dict[str, Any]:
    """Seed, batches, faults by kind, lost, duplicated, recovered, slowest end, and every violation."""
    ledger, evidence = outcome.evidence.ledger, outcome.evidence
    kinds = Counter(strike["site"] for strike in outcome.strikes)
    struck = {int(found[1] or found[2]) for each in outcome.strikes if (found := _BATCH.search(each["subject"]))}
    statuses = Counter(rows.batch["status"] for batch, rows in evidence.rows.items() if batch in ledger.batches)
    recovered = [batch for batch in struck if batch in ledger.batches and _whole(outcome, batch)]
    return {
        "seed": seed,
        "timeFactor": time_factor,
        "seconds": round(outcome.seconds),
        "batches": sum(bool(batch.attempts) for batch in ledger.batches.values()),
        "attempts": len(ledger.attempts),
        "assets": sum(len(batch.raw) for batch in ledger.batches.values()),
        "statuses": dict(statuses),
        "faults": sum(kinds.values()),
        "faultsByKind": dict(sorted(kinds.items())),
        "kindsThatNeverStruck": sorted(set(sites.ALL) - set(kinds)),
        "batchesStruck": len(struck),
        "recovered": len(recovered),
        "lost": len({each.subject for each in outcome.violations if each.rule in _LOST}),
        "duplicated": len({each.subject for each in outcome.violations if each.rule in _DUPLICATED}),
        "deadLetters": len(outcome.dead_letters),
        "deadLettersByReason": dict(Counter(each.code or "given up by SQS" for each in outcome.dead_letters)),
        "quietAfterFaultsSeconds": round(outcome.calm_seconds, 1),
        "slowestEnd": _slowest(outcome),
        "violations": [str(each) for each in outcome.violations],
    }


def _whole(outcome: Outcome, batch: int) -> bool:
    """Whether a batch is READY, and what is refused of it is refused for its content."""
    rows = outcome.evidence.rows.get(batch)
    if rows is None or rows.batch["status"] != "READY":
        return False
    codes = {(row["variant_metadata_json"] or {}).get("errorCode") for row in rows.assets}
    return codes <= {None, "IMAGE_CORRUPT", "UNSUPPORTED_MEDIA", "CONTENT_TYPE_MISMATCH"}


def _slowest(outcome: Outcome) -> dict[str, Any] | None:
    """The attempt whose delivered result came last after it was accepted, in seconds of this machine's clock."""
    ends: list[tuple[float, Attempt]] = []
    for attempt, at in outcome.evidence.ledger.attempts.items():
        receipt = outcome.evidence.manifest(attempt, "callback.json")
        if receipt is not None:
            ends.append((receipt.modified - at, attempt))
    if not ends:
        return None
    seconds, attempt = max(ends)
    return {"attempt": name_of(attempt), "seconds": round(seconds, 1)}


def show(found: dict[str, Any], console: Console) -> None:
    """Print it."""
    table = Table(title=f"chaos, seed {found['seed']}", show_header=False)
    for name in ("batches", "attempts", "assets", "faults", "lost", "duplicated", "batchesStruck", "recovered"):
        table.add_row(name, str(found[name]))
    for name in ("deadLetters", "quietAfterFaultsSeconds", "slowestEnd", "statuses", "seconds", "timeFactor"):
        table.add_row(name, str(found[name]))
    for kind, number in found["faultsByKind"].items():
        table.add_row(f"  {kind}", str(number))
    console.print(table)
    for violation in found["violations"]:
        console.print(f"[red]{violation}[/]")
