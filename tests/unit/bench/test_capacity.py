"""The simulation agrees with queues that can be reckoned by hand, and the demand is the state machine's own."""

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.capacity.__main__ import QUOTAS, advice, limits, main, update_document
from bench.capacity.demand import MEDIACONVERT, Demand, Step, demand, places
from bench.capacity.simulation import Simulation
from bench.estimate import Listing, estimate
from modules.environments.config import load
from modules.workflow.state_machine import readable
from tests.unit.bench.test_cost import MEASURED

QUOTA = tomllib.loads(QUOTAS.read_text(encoding="utf-8"))


def one(*stages: tuple[Step, ...]) -> Demand:
    return Demand(stages, {}, 0.01)


def test_without_a_queue_a_listing_takes_its_stages_one_after_the_other() -> None:
    asked = one((Step("a", 2.0),), (Step("b", 3.0), Step("c", 10.0)), (Step("a", 1.0),))
    course = Simulation(asked, {"a": 5, "b": 5, "c": 5}).follow([0.0, 100.0], 200.0)
    assert course.ready_seconds == [13.0, 13.0]
    assert course.busy == {"a": 6 / 1000, "b": 6 / 1000, "c": 20 / 1000}


def test_who_waits_longest_is_next() -> None:
    course = Simulation(one((Step("a", 10.0),)), {"a": 1}).follow([0.0, 1.0, 2.0], 5.0)
    assert course.ready_seconds == [10.0, 19.0, 28.0]
    assert course.backlog == 3


def test_pieces_share_the_places_and_the_concurrency_of_their_map() -> None:
    wide = Simulation(one((Step("a", 4.0, pieces=5, at_once=10),)), {"a": 10}).follow([0.0], 10.0)
    few_at_once = Simulation(one((Step("a", 4.0, pieces=5, at_once=2),)), {"a": 10}).follow([0.0], 20.0)
    few_places = Simulation(one((Step("a", 4.0, pieces=5, at_once=10),)), {"a": 3}).follow([0.0], 20.0)
    assert [each.ready_seconds[0] for each in (wide, few_at_once, few_places)] == [4.0, 12.0, 8.0]


@pytest.mark.parametrize("load_factor", [0.5, 0.8])
def test_mean_wait_of_one_server_is_pollaczek_and_khinchines(load_factor: float) -> None:
    """M/D/1: the mean wait is load / (2 (1 - load)) service times."""
    seconds = 10.0
    course = Simulation(one((Step("a", seconds),)), {"a": 1}).run(load_factor * 3600 / seconds, 2_000, seed=3)
    mean_wait = sum(course.ready_seconds) / len(course.ready_seconds) - seconds
    assert mean_wait == pytest.approx(seconds * load_factor / 2 / (1 - load_factor), rel=0.1)
    assert course.busy["a"] == pytest.approx(load_factor, rel=0.05)


def test_a_seed_gives_the_same_day_again() -> None:
    simulation = Simulation(one((Step("a", 9.0),)), {"a": 2})
    assert simulation.run(500, 3, seed=5) == simulation.run(500, 3, seed=5)
    assert simulation.run(500, 3, seed=5) != simulation.run(500, 3, seed=6)


@pytest.fixture(scope="module")
def asked() -> Demand:
    listing = Listing(40, 60)
    return demand(readable(load("prod")), listing, estimate(listing, MEASURED))


def test_the_stages_are_those_of_the_state_machine(asked: Demand) -> None:
    pools = [[step.pool for step in stage] for stage in asked.stages]
    assert pools == [
        ["start"], ["validate"], ["thumbnails", MEDIACONVERT], ["zip"], ["finalize"], ["callback_dispatch"],
    ]  # fmt: skip
    machine = readable(load("prod"))
    branches = machine["States"]["ParallelProcessing"]["Branches"]
    concurrency = [branch["States"][branch["StartAt"]]["MaxConcurrency"] for branch in branches]
    assert [step.at_once for step in asked.stages[2]] == concurrency


def test_a_definition_that_calls_a_stranger_is_refused() -> None:
    machine: Any = readable(load("prod"))
    machine["States"]["ZipBundle"]["Parameters"]["FunctionName"] = "arn:aws:lambda:x:1:function:somebody"
    listing = Listing()
    with pytest.raises(ValueError, match="somebody is no function of ours"):
        demand(machine, listing, estimate(listing, MEASURED))


def test_a_larger_quota_moves_what_bends(asked: Demand) -> None:
    pools = places(load("prod").functions, QUOTA)
    [tightest, *_] = limits(1_000, asked, pools, QUOTA)
    assert tightest.what == "MediaConvert's concurrent jobs"
    relaxed = limits(1_000, asked, pools | {MEDIACONVERT: 1_000}, QUOTA)
    assert relaxed[0].what != tightest.what
    assert relaxed[0].used < tightest.used


def test_limits_grow_with_the_rate_and_say_what_to_raise(asked: Demand) -> None:
    pools = places(load("prod").functions, QUOTA)
    at_one, at_two = limits(1_000, asked, pools, QUOTA)[0], limits(2_000, asked, pools, QUOTA)[0]
    assert at_two.used == pytest.approx(2 * at_one.used)
    assert advice(10, limits(10, asked, pools, QUOTA)) == []
    assert "raise to" in advice(2_000, [replace(at_two, asked=70.0, limit=20)])[0]
    assert advice(2_000, [replace(at_two, asked=70.0, limit=20)])[0].endswith("raise to 100")


def test_every_quota_has_its_source_and_its_number() -> None:
    for name, quota in QUOTA.items():
        if name != "checked":
            assert quota["service"]
            assert quota["source"]
            assert quota.get("per_second") or quota.get("at_once")


def test_figures_go_between_the_marks(tmp_path: Path) -> None:
    document = tmp_path / "capacity.md"
    document.write_text("# Capacity\n\n<!-- figures -->\nold\n<!-- end of figures -->\nend\n")
    content = {
        "date": "2026-11-25T00:00:00Z", "machine": {"cores": 2, "cpu": "a CPU"},
        "notes": {"quotas": "checked 2026-11-25", "seed": 1}, "rows": [{"listings an hour": "10", "used": "1%"}],
    }  # fmt: skip
    update_document(document, content, ["raise this"])
    text = document.read_text()
    assert "| listings an hour | used |\n|---|---|\n| 10 | 1% |\n" in text
    assert "- raise this\n" in text
    assert "old" not in text


@pytest.mark.parametrize("rate", ["0", "-5"])
def test_no_listings_at_all_are_refused(rate: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([rate]) == 2
    assert "must be more than 0" in capsys.readouterr().err
