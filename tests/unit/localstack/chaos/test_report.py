"""The figures of a run: counted from faults, evidence and violations."""

from typing import Any

import pytest

from localstack.chaos import sites
from localstack.chaos.auditor.evidence import Evidence
from localstack.chaos.auditor.rules import Violation
from localstack.chaos.report import report
from localstack.chaos.run import Outcome
from tests.support.sound_run import BATCH, DEAD, RAW, sound_run


def outcome(*violations: Violation, evidence: Evidence | None = None) -> Outcome:
    strikes = [
        {"time": 1.0, "site": "s3.500", "subject": f"PutObject {RAW[0]}"},
        {"time": 2.0, "site": "s3.500", "subject": "PutObject 1/raw/photo/horizontal/2026-03-01/99-0001-other.jpg"},
        {"time": 3.0, "site": "execution.aborted", "subject": f"listing-media-zip batch-{DEAD}-0"},
    ]
    found = evidence or sound_run()
    return Outcome(found, strikes, 12.34, list(violations), found.dead_letters, 99.6)


def figures(*violations: Violation, evidence: Evidence | None = None) -> dict[str, Any]:
    return report(7, 60.0, outcome(*violations, evidence=evidence))


def test_faults_are_counted_by_kind_and_kinds_that_never_struck_are_named() -> None:
    found = figures()
    assert (found["faults"], found["faultsByKind"]) == (3, {"execution.aborted": 1, "s3.500": 2})
    assert set(found["kindsThatNeverStruck"]) == set(sites.ALL) - {"s3.500", "execution.aborted"}


def test_what_was_handed_over_and_how_it_ended_is_counted() -> None:
    found = figures()
    assert (found["batches"], found["attempts"], found["assets"]) == (2, 3, 3)
    assert found["statuses"] == {"READY": 1, "PROCESSING": 1}
    assert found["deadLetters"] == 1
    assert (found["quietAfterFaultsSeconds"], found["seconds"]) == (12.3, 100)
    assert found["slowestEnd"] == {"attempt": f"batch-{BATCH}-0", "seconds": 20.0}


@pytest.mark.parametrize(("code", "recovered"), [(None, 1), ("IMAGE_CORRUPT", 1), ("TRANSCODE_FAILED", 0)])
def test_a_struck_batch_is_recovered_when_it_is_ready_as_if_nothing_had_been(code: str | None, recovered: int) -> None:
    evidence = sound_run()
    evidence.rows[BATCH].assets[0]["variant_metadata_json"]["errorCode"] = code
    found = figures(evidence=evidence)
    assert (found["batchesStruck"], found["recovered"]) == (3, recovered)


def test_a_loss_that_both_audits_name_is_one_loss() -> None:
    lost = Violation("lost", "batch-7-0", "no result")
    twice = Violation("duplicate-effect", "batch-7-0-x", "applied 2 times")
    found = figures(lost, lost, twice, Violation("raw-changed", "key", "gone"))
    assert (found["lost"], found["duplicated"]) == (1, 1)
    assert len(found["violations"]) == 4
