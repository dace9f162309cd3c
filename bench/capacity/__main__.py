"""``python -m bench.capacity``: what bends first at so many listings an hour, the backlog and the time to READY.

The demand is what `bench.estimate` has of one listing on this machine. Exit code 0; 2 for bad input.
"""

import argparse
import json
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.capacity.demand import MEDIACONVERT, Demand, demand, places
from bench.capacity.simulation import Course, Simulation
from bench.estimate import ENVIRONMENT, Listing, estimated
from bench.report import ROOT, Report, finish, update_figures
from modules.environments.config import load, names
from modules.workflow.state_machine import readable

QUOTAS: Final = ROOT / "bench/capacity/quotas.toml"
DOCUMENT: Final = ROOT / "docs/capacity.md"
RATES: Final = (10, 100, 1_000, 10_000)
HOURS: Final = 24
SEED: Final = 1
MONTH_HOURS: Final = 730
COMFORTABLE: Final = 0.7  # of a limit; above, chance alone makes queues


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit at one rate.

    Parameters
    ----------
    asked
        Of it, at a time or a second.
    """

    what: str
    asked: float
    limit: float

    @property
    def used(self) -> float:
        return self.asked / self.limit


def limits(rate: float, asked: Demand, pools: Mapping[str, int], quotas: Mapping[str, Any]) -> list[Limit]:
    """Every limit at so many listings an hour, the tightest first."""
    return sorted(_limits(rate / 3600, asked, pools, quotas), key=lambda limit: -limit.used)


def _limits(a_second: float, asked: Demand, pools: Mapping[str, int], quotas: Mapping[str, Any]) -> Iterator[Limit]:
    at_work = dict.fromkeys(pools, 0.0)
    for stage in asked.stages:
        for step in stage:
            at_work[step.pool] += a_second * step.pieces * step.seconds
    for pool, most in pools.items():
        what = "MediaConvert's concurrent jobs" if pool == MEDIACONVERT else f"reserved concurrency of {pool}"
        yield Limit(what, at_work[pool], most)
    functions = sum(number for pool, number in at_work.items() if pool != MEDIACONVERT)
    yield Limit("Lambda's concurrency of the account", functions, quotas["lambda_concurrency"]["at_once"])
    for name, number in asked.per_listing.items():
        yield Limit(
            f"{quotas[name]['service']}: {quotas[name]['quota']}", a_second * number, quotas[name]["per_second"]
        )


def row(rate: float, asked: Demand, course: Course, found: Sequence[Limit]) -> dict[str, Any]:
    """One rate as a row of the report."""
    return {
        "listings an hour": f"{rate:,g}",
        "tightest limit": found[0].what,
        "used": f"{found[0].used:.0%}",
        "median": _minutes(course.percentile(0.5)),
        "99th percentile": _minutes(course.percentile(0.99)),
        "not ready after a day": f"{course.backlog:,}",
        "dollars a month": f"{rate * MONTH_HOURS * asked.dollars:,.0f}",
    }


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:,.1f} min"


def advice(rate: float, found: Sequence[Limit]) -> list[str]:
    """Which limits to raise, and to what."""
    return [
        f"{limit.what}: {limit.limit:,g} now, {limit.asked:,.1f} asked at {rate:,g} an hour: raise to "
        f"{limit.asked / COMFORTABLE:,.0f}"
        for limit in found
        if limit.used > COMFORTABLE
    ]


def main(arguments: Sequence[str]) -> int:
    """Measure a listing, simulate each rate and print what bends."""
    parser = argparse.ArgumentParser(prog="make capacity", description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "rates", nargs="*", type=float, help=f"listings an hour; {', '.join(map(str, RATES))} unless given"
    )
    parser.add_argument("--environment", choices=names(), default=ENVIRONMENT, help="whose reserved concurrency counts")
    parser.add_argument("--seed", type=int, default=SEED, help="of the arrivals")
    parser.add_argument("--update-docs", action="store_true", help=f"write the table into {DOCUMENT.relative_to(ROOT)}")
    chosen = parser.parse_args(arguments)
    rates = chosen.rates or list(RATES)
    if min(rates) <= 0:
        print("capacity: listings an hour must be more than 0", file=sys.stderr)
        return 2
    quotas = tomllib.loads(QUOTAS.read_text(encoding="utf-8"))
    environment, listing = load(chosen.environment), Listing(environment=chosen.environment)
    asked = demand(readable(environment), listing, estimated(listing))
    pools = places(environment.functions, quotas)
    rows, told = [], []
    for rate in rates:
        found = limits(rate, asked, pools, quotas)
        rows.append(row(rate, asked, Simulation(asked, pools).run(rate, HOURS, chosen.seed), found))
        told += advice(rate, found)
    notes = {"seed": chosen.seed, "environment": chosen.environment, "quotas": f"checked {quotas['checked']}"}
    code = finish(Report("capacity", rows, notes=notes))
    print("\n".join(told) or "No limit is used to more than 70 %.")
    if chosen.update_docs:
        update_document(DOCUMENT, json.loads((ROOT / "build/bench/capacity.json").read_text(encoding="utf-8")), told)
    return code


def update_document(path: Path, content: Mapping[str, Any], told: Sequence[str]) -> None:
    """Put the rows and what to raise into the document, between its two marks."""
    machine, rows = content["machine"], content["rows"]
    head = f"Measured {content['date'][:10]} on {machine['cores']} cores of {machine['cpu']}; "
    head += f"quotas {content['notes']['quotas']}; seed {content['notes']['seed']}.\n\n"
    table = f"| {' | '.join(rows[0])} |\n|{'---|' * len(rows[0])}\n"
    table += "".join(f"| {' | '.join(each.values())} |\n" for each in rows)
    update_figures(path, head + table + "\nTo raise:\n\n" + "".join(f"- {line}\n" for line in told))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
