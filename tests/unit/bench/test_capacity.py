"""The simulation agrees with queues that can be reckoned by hand, and the demand is the state machine's own."""

import math
import random
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.capacity.__main__ import QUOTAS, buckets, main, month, row, update_document
from bench.capacity.bucket import Bucket
from bench.capacity.demand import MEDIACONVERT, Demand, Retry, Step, demand, places
from bench.capacity.limits import Limit, advice, limits, raised
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


@pytest.mark.parametrize(("servers", "load_factor"), [(2, 0.8), (5, 0.9)])
def test_mean_wait_of_several_servers_is_crommelins(servers: int, load_factor: float) -> None:
    """M/D/c: after a service time all that were at work are gone, and all that came meanwhile are there.

    C. D. Crommelin, "Delay probability formulae when the holding times are constant".
    """
    seconds, rate = 10.0, load_factor * servers / 10.0
    came = [math.exp(-rate * seconds) * (rate * seconds) ** n / math.factorial(n) for n in range(30)]
    there = [1.0] + [0.0] * 99
    for _ in range(200):
        after = [0.0] * 100
        for number, chance in enumerate(there):
            for more, chance_of_more in enumerate(came):
                after[min(99, max(0, number - servers) + more)] += chance * chance_of_more
        there = after
    mean_wait = sum(number * chance for number, chance in enumerate(there)) / rate - seconds  # Little's law
    course = Simulation(one((Step("a", seconds),)), {"a": servers}).run(rate * 3600, 150, seed=3)
    waited = sum(course.ready_seconds) / len(course.ready_seconds) - seconds
    assert waited == pytest.approx(mean_wait, rel=0.1)


STEADY = Retry(attempts=2, interval=3, rate=2.0, most=100, jitter=False)


def test_a_call_that_finds_no_place_is_made_again_after_the_pauses_of_its_retry() -> None:
    asked = one((Step("a", 4.0, retry=STEADY),))
    course = Simulation(asked, {"a": 1}).follow([0.0, 1.0, 2.0], 100.0)
    # The second calls at 1 and 4, when the place is free. The third at 2, 5 and, six seconds later, 11.
    assert course.ready_seconds == [4.0, 7.0, 13.0]
    assert (course.partial, course.failed) == (0, 0)


def test_a_call_that_is_given_up_fails_the_execution_or_leaves_it_partial() -> None:
    asked = one((Step("a", 90.0, retry=STEADY),), (Step("b", 1.0),))
    course = Simulation(asked, {"a": 1, "b": 1}).follow([0.0, 1.0], 100.0)
    assert (course.ready_seconds, course.partial, course.failed) == ([91.0], 0, 1)
    rescued = one((Step("a", 90.0, retry=STEADY, rescue=1),), (Step("b", 1.0),))
    course = Simulation(rescued, {"a": 1, "b": 1}).follow([0.0, 1.0], 100.0)
    assert (course.ready_seconds, course.partial, course.failed) == ([10.0, 91.0], 1, 0)


def test_a_job_whose_state_lost_patience_keeps_its_turn() -> None:
    asked = one((Step("a", 10.0, patience_seconds=12.0, rescue=1),))
    course = Simulation(asked, {"a": 1}).follow([0.0, 1.0, 2.0, 3.0], 100.0)
    # Ends: 10; 20 though given up at 13; 30, given up at 14; 40, given up at 15.
    assert course.ready_seconds == [10.0, 12.0, 12.0, 12.0]
    assert (course.partial, course.busy["a"]) == (3, 0.4)


def test_an_execution_that_takes_too_long_fails() -> None:
    asked = replace(one((Step("a", 1.0),), (Step("b", 9.0),), (Step("a", 1.0),)), execution_seconds=8.0)
    course = Simulation(asked, {"a": 1, "b": 1}).follow([0.0], 100.0)
    assert (list(course.ready_seconds), course.failed) == ([], 1)


def test_a_bucket_lets_a_burst_pass_and_then_its_rate() -> None:
    bucket = Bucket(size=3, refill=0.5)
    assert [bucket.take(0.0, 1) for _ in range(5)] == [0.0, 0.0, 0.0, 2.0, 4.0]
    assert bucket.take(100.0, 3) == 100.0
    assert bucket.take(100.0, 1) == 102.0


def test_executions_start_no_faster_than_their_bucket_allows() -> None:
    asked = Demand(((Step("a", 1.0),), (Step("b", 1.0),)), {"start_executions": 1, "state_transitions": 4}, 0.01)
    free = {"a": 10, "b": 10}
    starts = Simulation(asked, free, {"start_executions": (1, 0.1)}).follow([0.0, 0.0, 0.0], 100.0)
    assert starts.ready_seconds == [2.0, 12.0, 22.0]
    transitions = Simulation(asked, free, {"state_transitions": (4, 1.0)}).follow([0.0, 0.0, 0.0], 100.0)
    assert transitions.ready_seconds == [2.0, 6.0, 10.0]


def test_pauses_have_full_jitter_up_to_their_most() -> None:
    retry = Retry(attempts=9, interval=5, rate=2.0, most=30, jitter=True)
    chance = random.Random(1)  # noqa: S311 - the simulation's own
    pauses = [retry.pause(3, chance) for _ in range(1_000)]
    assert 0 <= min(pauses) < 1
    assert 29 < max(pauses) <= 30


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


def test_retries_patience_and_rescue_are_read_from_the_state_machine(asked: Demand) -> None:
    machine = readable(load("prod"))
    validate, (thumbnails, video), finalize = asked.stages[1][0], asked.stages[2], asked.stages[4][0]
    rule = machine["States"]["ValidateRawAssets"]["Retry"][0]
    assert "Lambda.TooManyRequestsException" in rule["ErrorEquals"]
    expected = Retry(rule["MaxAttempts"], rule["IntervalSeconds"], rule["BackoffRate"], rule["MaxDelaySeconds"], True)
    assert validate.retry == thumbnails.retry == expected
    branches = machine["States"]["ParallelProcessing"]["Branches"]
    body = branches[1]["States"]["VideoTranscode"]
    transcode = (body.get("ItemProcessor") or body["Iterator"])["States"]["TranscodeVideo"]
    assert (video.retry, video.patience_seconds) == (None, transcode["TimeoutSeconds"])
    # Validation that fails is told by finalize; a chunk or a video without a result is no end; finalize has no Catch.
    assert (validate.rescue, thumbnails.rescue, video.rescue, finalize.rescue) == (4, 3, 3, None)
    assert asked.execution_seconds == machine["TimeoutSeconds"]


def test_other_retries_and_concurrency_in_the_definition_are_another_demand() -> None:
    machine: Any = readable(load("prod"))
    machine["States"]["ZipBundle"]["Retry"] = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 7}]
    machine["States"]["ParallelProcessing"]["Branches"][0]["States"]["ImageThumbnails"]["MaxConcurrency"] = 2
    listing = Listing()
    stages = demand(machine, listing, estimate(listing, MEASURED)).stages
    assert stages[3][0].retry == Retry(7, 1, 2.0, math.inf, jitter=False)
    assert stages[2][0].at_once == 2


def test_a_definition_that_calls_a_stranger_is_refused() -> None:
    machine: Any = readable(load("prod"))
    machine["States"]["ZipBundle"]["Parameters"]["FunctionName"] = "arn:aws:lambda:x:1:function:somebody"
    listing = Listing()
    with pytest.raises(ValueError, match="somebody is no function of ours"):
        demand(machine, listing, estimate(listing, MEASURED))


def test_a_larger_quota_moves_what_bends(asked: Demand) -> None:
    pools = places(load("prod").functions, QUOTA)
    [tightest, *_] = limits(1_000, asked, pools, QUOTA)
    assert tightest.pool == MEDIACONVERT
    relaxed = limits(1_000, asked, pools | {MEDIACONVERT: 1_000}, QUOTA)
    assert relaxed[0].what != tightest.what
    assert relaxed[0].used < tightest.used


def test_limits_grow_with_the_rate_and_say_what_to_raise(asked: Demand) -> None:
    pools = places(load("prod").functions, QUOTA)
    at_one, at_two = limits(1_000, asked, pools, QUOTA)[0], limits(2_000, asked, pools, QUOTA)[0]
    assert at_two.used == pytest.approx(2 * at_one.used)
    assert advice(10, limits(10, asked, pools, QUOTA), pools, QUOTA) == []
    [told] = advice(2_000, [replace(at_two, asked=70.0, limit=20)], pools, QUOTA)
    assert told.endswith(": 20 now, 70.0 asked at 2,000 an hour: raise to 100")
    [fixed] = advice(10, [Limit("S3", 900.0, 1_000, adjustable=False)], pools, QUOTA)
    assert fixed.endswith("cannot be raised: spread the load")


def test_reservations_beyond_the_accounts_concurrency_are_told(asked: Demand) -> None:
    pools = places(load("prod").functions, QUOTA) | {"zip": 950}
    [told] = [line for line in advice(10, limits(10, asked, pools, QUOTA), pools, QUOTA) if "L-B99A9384" in line]
    assert told.endswith(f"raise to {sum(pools.values()) - pools[MEDIACONVERT] + 100:,}")


def test_a_function_that_reserves_nothing_has_what_the_others_leave() -> None:
    sizes = load("prod").functions
    sizes = {**sizes, "zip": replace(sizes["zip"], reserved_concurrency=None)}
    pools = places(sizes, QUOTA)
    assert sum(most for pool, most in pools.items() if pool != MEDIACONVERT) == QUOTA["lambda_concurrency"]["at_once"]


def test_what_is_advised_makes_a_bent_day_straight(asked: Demand) -> None:
    pools = places(load("prod").functions, QUOTA)
    found = limits(1_500, asked, pools, QUOTA)
    now, then = (
        Simulation(asked, each, buckets(QUOTA)).run(1_500, 6, seed=1) for each in (pools, raised(pools, found))
    )
    assert now.partial > then.partial == 0
    assert then.percentile(0.99) < 180 < now.percentile(0.99)
    [line] = [row(1_500, month(1_500, asked.dollars), found, now, then)]
    assert line["bends first"] == "AWS Elemental MediaConvert: Concurrent jobs per on-demand queue"
    assert line["failed"] == "0.0%"


def test_a_month_has_its_listings_and_what_each_month_costs() -> None:
    assert month(10, 0.01) - month(0, 0.01) == pytest.approx(73.0)
    assert month(0, 0.01) > 0


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
