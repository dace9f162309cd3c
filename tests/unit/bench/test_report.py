"""`bench.report` and `python -m bench`: what a measured promise is worth."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from bench import __main__ as command
from bench import report
from bench.report import MISSED_BUDGET, BenchError, Budget, Report, finish

KEPT, MISSED = Budget("fast enough", 1.0, 1.1), Budget("fast enough", 1.2, 1.1)


@pytest.mark.parametrize(
    ("value", "kind", "ok"), [(1.1, "max", True), (1.11, "max", False), (2.5, "min", True), (2.4, "min", False)]
)
def test_a_budget_holds_up_to_its_limit(value: float, kind: str, ok: bool) -> None:
    limit = 1.1 if kind == "max" else 2.5
    assert Budget("any", value, limit, kind="max" if kind == "max" else "min").ok is ok


@pytest.mark.parametrize(("budget", "code"), [(KEPT, 0), (MISSED, MISSED_BUDGET)])
def test_a_missed_budget_is_exit_code_3_and_stands_in_the_json(
    budget: Budget, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Report.write, "__defaults__", (tmp_path,))
    report = Report("example", [{"way": "ours", "s": 1.23456}], [budget], {"peers": "none"})
    assert finish(report) == code
    written = json.loads((tmp_path / "example.json").read_text(encoding="utf-8"))
    assert written["ok"] is (code == 0)
    assert written["budgets"][0]["limit"] == 1.1
    assert written["machine"]["cores"]
    assert ("MISSED" in capsys.readouterr().out) is (code == 3)


def test_rows_may_have_different_columns(capsys: pytest.CaptureFixture[str]) -> None:
    Report("example", [{"way": "a", "s": 1}, {"way": "b", "MiB": 2}]).show(Console(width=100))
    shown = capsys.readouterr().out
    assert all(column in shown for column in ("way", "s", "MiB"))


def test_an_unknown_benchmark_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["photso"]) == 2
    assert "photso" in capsys.readouterr().err


def test_a_benchmark_that_cannot_run_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unreachable() -> Report:
        raise BenchError("sharp cannot be set up (npm): no network")

    monkeypatch.setattr("bench.photos.run", unreachable)
    assert command.main(["photos"]) == 2
    assert capsys.readouterr().err == "bench photos: sharp cannot be set up (npm): no network\n"


def test_the_processor_is_named() -> None:
    assert report.machine()["cpu"]
