from pathlib import Path

from localstack.chaos.auditor.ledger import Ledger, RawObject


def test_a_ledger_that_was_written_reads_the_same(tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    written = Ledger(file)
    written.uploaded(7, 42, [RawObject("42/raw/a.jpg", "v1", 3, "00")])
    written.accepted(7, 0, 10.5)
    written.asked(7, 1)
    written.accepted(7, 2, 12.5)

    read = Ledger.read(file)

    assert read.batches == written.batches
    assert read.attempts == {(7, 0): 10.5, (7, 2): 12.5}
    assert read.possible == {(7, 0), (7, 1), (7, 2)}


def test_the_first_acceptance_counts() -> None:
    ledger = Ledger()
    ledger.uploaded(7, 42, [])
    ledger.accepted(7, 0, 10.0)
    ledger.accepted(7, 0, 20.0)
    assert ledger.attempts == {(7, 0): 10.0}
