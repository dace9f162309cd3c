"""What the checks saw: a table on the terminal, ``report.json`` for programs, ``report.md`` for people."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from operations.acceptance.check import Finding, Result
from operations.acceptance.run import Run

_COLOURS: Final = {Result.OK: "green", Result.FAILED: "red", Result.ONLY_AWS: "yellow"}


def describe(environment: str, run: Run, findings: Sequence[Finding]) -> dict[str, Any]:
    """Everything about the run, as JSON."""
    batch, account = run.batch, run.account
    return {
        "environment": environment,
        "accountId": account.outputs["account_id"],
        "region": account.outputs["region"],
        "began": batch.began.isoformat(timespec="seconds"),
        "batchId": batch.batch_id,
        "listingId": batch.listing_id,
        "batchKnownToBackend": batch.known,
        "traceparent": batch.traceparent,
        "executionArn": batch.execution_arn(account.outputs["state_machine_arn"]),
        "bucket": run.bucket,
        "left": batch.prefixes,
        "counts": {result.name: sum(each.result is result for each in findings) for result in Result},
        "checks": [
            {
                "name": each.check.name,
                "expects": each.check.expects,
                "saw": each.seen,
                "result": each.result.name,
                **({"inAwsAlso": each.check.aws_shows} if each.check.aws_shows else {}),
            }
            for each in findings
        ],
    }


def as_markdown(report: dict[str, Any]) -> str:
    """The report as a page."""
    lines = [
        f"# Acceptance of {report['environment']}: account {report['accountId']}, {report['region']}",
        "",
        summary(report),
        "",
        "| check | expects | saw | result |",
        "|---|---|---|---|",
    ]
    for check in report["checks"]:
        cells = (check["name"], check["expects"], check["saw"], Result[check["result"]].value)
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    lines += ["", leavings(report), ""]
    return "\n".join(lines)


def summary(report: dict[str, Any]) -> str:
    """One line: batch and numbers."""
    numbers = ", ".join(f"{number} {Result[name].value}" for name, number in report["counts"].items())
    return f"Batch {report['batchId']} of listing {report['listingId']}, {report['began']}: {numbers}."


def leavings(report: dict[str, Any]) -> str:
    """What stays in the account."""
    places = ", ".join(f"{prefix}/" for prefix in report["left"])
    return (
        f"Nothing was deleted from the bucket {report['bucket']}: the files of this run stay under {places} "
        "and beside them under processed/, thumb/ and zip/. Its own dead letters were taken away."
    )


def write(report: dict[str, Any], folder: Path) -> None:
    """Write ``report.json`` and ``report.md``."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    (folder / "report.json").write_text(text, encoding="utf-8")
    (folder / "report.md").write_text(as_markdown(report), encoding="utf-8")


def show(report: dict[str, Any], console: Console) -> None:
    """Print the table, and in words what is left."""
    table = Table(
        Column("check", no_wrap=True),
        Column("result", no_wrap=True),
        "expects",
        Column("saw", overflow="fold"),
        title=f"Acceptance of {report['environment']}",
        title_justify="left",
    )
    for check in report["checks"]:
        result = Result[check["result"]]
        texts = (escape(check["expects"]), escape(check["saw"]))
        table.add_row(check["name"], f"[{_COLOURS[result]}]{result.value}[/]", *texts)
    console.print(table)
    console.print(escape(summary(report)))
    console.print(escape(leavings(report)))
