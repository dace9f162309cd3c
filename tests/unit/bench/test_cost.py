"""The estimate of a listing's cost: what is counted, what is multiplied, what is written down."""

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench import cost
from bench import estimate as bench_estimate
from bench.cost import main, report, update_document
from bench.estimate import PRICES, Estimate, Listing, transitions
from handlers.contract.photo_variants import REQUIRED, Encoding, Variant, table
from modules.environments.config import load
from modules.functions import RECORDS
from modules.workflow.state_machine import readable

USAGE = {"cpu": 2.0, "received": 75_000_000, "sent": 0, "writes": 10, "reads": 22, "log_bytes": 1000}
MEASURED = {
    "first": {RECORDS[package].name: USAGE for package in ("validate", "thumbnails", "zip", "finalize")},
    "again": {RECORDS[package].name: USAGE | {"cpu": 1.0} for package in ("validate", "thumbnails", "zip", "finalize")},
    "storedBytes": 10**9,
}


def estimate_of(listing: Listing) -> Estimate:
    prices = tomllib.loads(PRICES.read_text())
    environment = load("prod")
    return Estimate(listing, MEASURED, environment.functions, readable(environment), prices)


@pytest.fixture
def estimate() -> Estimate:
    return estimate_of(Listing(40, 60))


@pytest.fixture
def again() -> Estimate:
    return estimate_of(Listing(40, 60, again=True))


def test_transitions_are_the_longest_way_and_maps_count_each_item() -> None:
    machine = {
        "StartAt": "A",
        "States": {
            "A": {"Type": "Choice", "Choices": [{"Next": "Short"}], "Default": "Both"},
            "Short": {"Type": "Succeed"},
            "Both": {
                "Type": "Parallel",
                "Branches": [
                    {
                        "StartAt": "Each",
                        "States": {
                            "Each": {
                                "Type": "Map",
                                "End": True,
                                "ItemProcessor": {
                                    "StartAt": "One",
                                    "States": {
                                        "One": {"Type": "Task", "Next": "Two"},
                                        "Two": {"Type": "Pass", "End": True},
                                    },
                                },
                            }
                        },
                    }
                ],
                "Next": "Short",
            },
        },
    }
    assert transitions(machine, {"Each": 3}) == 1 + 1 + (1 + 3 * 2) + 1


def test_more_photos_need_more_transitions_only_by_the_chunk(estimate: Estimate) -> None:
    machine = readable(load("prod"))
    few = transitions(machine, {"ImageThumbnails": 1, "VideoTranscode": 1})
    assert transitions(machine, {"ImageThumbnails": 2, "VideoTranscode": 1}) == few + 1
    assert estimate.transitions == few + 2
    assert Listing(40).chunks == [20, 20, 1]


def test_waiting_for_s3_and_the_cold_start_are_billed(estimate: Estimate) -> None:
    # 2 s of CPU, 32 requests 32 at a time, a second of transfer, one cold start
    assert estimate.billed_seconds(RECORDS["validate"]) == pytest.approx(2.0 + 0.1 + 1.0 + 1.0)


def test_a_function_that_is_not_measured_is_assumed(estimate: Estimate) -> None:
    assert estimate.billed_seconds(RECORDS["start"]) == pytest.approx(1.5)


def test_a_function_that_is_neither_measured_nor_assumed_is_named() -> None:
    environment = load("prod")
    prices = tomllib.loads(PRICES.read_text())
    measured = {"first": {}, "storedBytes": 0}
    estimate = Estimate(Listing(40, 60), measured, environment.functions, readable(environment), prices)
    with pytest.raises(ValueError, match="listing-media-zip was not measured"):
        estimate.billed_seconds(RECORDS["zip"])


def test_a_video_is_billed_for_both_renditions_and_its_poster(estimate: Estimate) -> None:
    (line,) = [line for line in estimate.lines() if line.what == "MediaConvert"]
    assert line.quantity == pytest.approx(5.0)
    assert line.dollars == pytest.approx(0.0375)


def test_an_hdr_video_is_billed_dearer() -> None:
    environment, prices = load("prod"), tomllib.loads(PRICES.read_text())
    measured = {
        "first": {
            record.name: dict.fromkeys(("cpu", "reads", "writes", "received", "sent", "log_bytes"), 0)
            for record in RECORDS.values()
        },
        "storedBytes": 0,
    }
    hdr = Estimate(Listing(40, 60, hdr=True), measured, environment.functions, readable(environment), prices)
    (line,) = [line for line in hdr.lines() if line.what == "MediaConvert"]
    assert line.dollars == pytest.approx(0.06)


def test_a_second_attempt_transcodes_nothing_and_renders_in_one_chunk(estimate: Estimate, again: Estimate) -> None:
    lines = {line.what: line for line in again.lines()}
    assert (lines["MediaConvert"].quantity, lines["Lambda reconcile"].quantity) == (0, 0)
    assert Listing(40, again=True).chunks == [1]
    assert estimate.transitions - again.transitions == 2 + 3  # two chunks, and the three states of a video
    assert again.billed_seconds(RECORDS["zip"]) == pytest.approx(estimate.billed_seconds(RECORDS["zip"]) - 1)
    assert max(took for _, took in again.seconds()) < 20


def test_the_report_adds_up(estimate: Estimate, again: Estimate) -> None:
    rows = report(Listing(40, 60), estimate, again, tomllib.loads(PRICES.read_text())).rows
    assert {tuple(row) for row in rows} == {tuple(rows[0])}  # a table
    names = [row["what"] for row in rows]
    whole = rows[names.index("one listing")]
    assert float(whole["dollars again"]) == pytest.approx(sum(line.dollars for line in again.lines()), abs=1e-5)
    total = float(rows[names.index("one listing")]["dollars"])
    assert total == pytest.approx(sum(line.dollars for line in estimate.lines()), abs=1e-5)
    elapsed = float(rows[names.index("seconds: one listing")]["quantity"])
    assert elapsed == pytest.approx(sum(took for _, took in estimate.seconds()), abs=0.1)
    assert elapsed > 80  # the video


def test_every_price_has_its_source_and_the_table_its_date() -> None:
    prices = tomllib.loads(PRICES.read_text())
    services = [part for name, part in prices.items() if isinstance(part, dict) and name != "assumptions"]
    assert services
    assert all("pricing" in service["source"] for service in services)
    assert prices["checked"].year >= 2026


def test_the_document_takes_the_figures_between_its_marks(tmp_path: Path) -> None:
    document = tmp_path / "cost.md"
    document.write_text("above\n<!-- figures -->\nold\n<!-- end of figures -->\nbelow\n")
    content = {
        "date": "2026-11-22T00:00:00+00:00",
        "machine": {"cores": 2, "cpu": "a processor"},
        "notes": {"prices": "us-east-1"},
        "rows": [{"what": "SQS", "quantity": "4", "unit": "request", "dollars": "0.000002"}],
    }
    update_document(document, content)
    update_document(document, content)
    text = document.read_text()
    assert text.startswith("above\n<!-- figures -->\nMeasured 2026-11-22 on 2 cores of a processor")
    assert text.count("| SQS | 4 | request | 0.000002 |") == 1
    assert text.endswith("<!-- end of figures -->\nbelow\n")
    assert "old" not in text


@pytest.mark.parametrize("arguments", [["--photos", "0"], ["--video-seconds", "-1"]])
def test_an_empty_listing_is_refused_in_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err == "bench cost: --photos and --video-seconds must be at least 1\n"


def test_the_variants_of_the_environment_are_made_in_the_measured_run(monkeypatch: pytest.MonkeyPatch) -> None:
    added = (Variant("portal", 2048, Encoding.JPEG, 4_000_000),)
    monkeypatch.setattr(bench_estimate, "load", lambda name: replace(load(name), photo_variants=added))
    environments = []

    def measured(command: list[str], env: dict[str, str], **_: object) -> SimpleNamespace:
        environments.append(env)
        return SimpleNamespace(returncode=0, stdout=json.dumps(MEASURED))

    monkeypatch.setattr(bench_estimate.subprocess, "run", measured)
    assert cost.run(Listing(20, environment="homolog")).notes["dollars"]
    (environment,) = environments
    assert table(environment) == (*REQUIRED, *added)
