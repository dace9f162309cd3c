"""What every benchmark hands back: measured rows, and budgets that hold or do not."""

import datetime
import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import psutil
from rich.console import Console
from rich.table import Table

ROOT: Final = Path(__file__).resolve().parents[1]
BENCH_DIR: Final = ROOT / "build" / "bench"
MISSED_BUDGET: Final = 3  # exit code of a benchmark whose budget does not hold


class BenchError(Exception):
    """A benchmark cannot run here: the message names what is missing; exit code 2."""


@dataclass(frozen=True, slots=True)
class Budget:
    """One promise with its measurement.

    Parameters
    ----------
    name
        What is promised, e.g. ``variants vs best cascade of the peers``.
    value, limit
        Measured and promised, both in ``unit``.
    unit
        ``x`` for a ratio, ``s``, ``MiB``, ...
    kind
        ``max``: the value may be at most the limit; ``min``: at least.
    """

    name: str
    value: float
    limit: float
    unit: str = "x"
    kind: Literal["max", "min"] = "max"

    @property
    def ok(self) -> bool:
        return self.value <= self.limit if self.kind == "max" else self.value >= self.limit


@dataclass(frozen=True, slots=True)
class Report:
    """The result of one benchmark.

    Parameters
    ----------
    name
        Also the name of its file, ``build/bench/{name}.json``.
    rows
        One mapping a measured way; the keys of all rows together are the table's columns, in order of appearance.
    budgets
        Empty when the benchmark only informs.
    notes
        Versions of the peers, sizes of the input: what a reader needs to repeat it.
    """

    name: str
    rows: Sequence[Mapping[str, Any]]
    budgets: Sequence[Budget] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return all(budget.ok for budget in self.budgets)

    def to_json(self) -> dict[str, Any]:
        """The report with its date and machine."""
        return {
            "name": self.name,
            "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "machine": machine(),
            "notes": dict(self.notes),
            "rows": [dict(row) for row in self.rows],
            "budgets": [asdict(budget) | {"ok": budget.ok} for budget in self.budgets],
            "ok": self.ok,
        }

    def write(self, directory: Path = BENCH_DIR) -> Path:
        """Write ``{name}.json`` into the directory and return its path."""
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / f"{self.name}.json"
        path.write_text(json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        return path

    def show(self, console: Console | None = None) -> None:
        """Print the rows and the budgets as tables."""
        console = console or Console()
        if self.rows:
            console.print(_table(self.name, self.rows))
        if self.budgets:
            console.print(_table(f"{self.name}: budgets", [_budget_row(budget) for budget in self.budgets]))
        for name, value in self.notes.items():
            console.print(f"[dim]{name}: {value}[/dim]", highlight=False)


def finish(report: Report) -> int:
    """Show and write a report; the exit code of ``python -m bench.NAME``: 0, or 3 when a budget is missed."""
    report.show()
    path = report.write()
    print(f"written: {path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}")
    return 0 if report.ok else MISSED_BUDGET


def machine() -> dict[str, Any]:
    """The machine a figure was taken on, as far as it changes the figure."""
    return {
        "system": f"{platform.system()} {platform.release()}",
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "python": sys.version.split()[0],
    }


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")  # platform.processor() is empty on most Linux systems
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _budget_row(budget: Budget) -> dict[str, Any]:
    bound = "at most" if budget.kind == "max" else "at least"
    return {
        "budget": budget.name,
        "measured": f"{_text(budget.value)} {budget.unit}",
        "promised": f"{bound} {_text(budget.limit)} {budget.unit}",
        "": "ok" if budget.ok else "MISSED",
    }


def _table(title: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    table = Table(title=title, title_justify="left")
    for position, column in enumerate(columns):
        numeric = all(isinstance(row.get(column, 0), int | float) for row in rows)
        table.add_column(column, justify="right" if numeric and position else "left")
    for row in rows:
        table.add_row(*(_text(row.get(column, "")) for column in columns))
    return table


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def update_figures(path: Path, figures: str) -> None:
    """Put figures into a document, between its two marks."""
    before, rest = path.read_text(encoding="utf-8").split("<!-- figures -->\n", 1)
    after = rest.split("<!-- end of figures -->", 1)[1]
    path.write_text(f"{before}<!-- figures -->\n{figures}<!-- end of figures -->{after}", encoding="utf-8")
