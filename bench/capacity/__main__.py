"""``python -m bench.capacity``: what bends first at so many listings an hour, the backlog and the time to READY.

The demand is what `bench.estimate` has of one listing on this machine. Exit code 0; 2 for bad input.
"""

import argparse
import json
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bench.capacity.demand import demand, places
from bench.capacity.limits import Limit, advice, limits, raised
from bench.capacity.simulation import Course, Simulation
from bench.estimate import ENVIRONMENT, Listing, estimated, prices
from bench.report import ROOT, Report, finish, update_figures
from modules.environments.config import load, names
from modules.workflow.state_machine import readable

QUOTAS: Final = ROOT / "bench/capacity/quotas.toml"
DOCUMENT: Final = ROOT / "docs/capacity.md"
RATES: Final = (10, 100, 1_000, 10_000)
HOURS: Final = 24
SEED: Final = 1
MONTH_HOURS: Final = 730


def row(rate: float, dollars: float, found: Sequence[Limit], now: Course, then: Course) -> dict[str, Any]:
    """One rate as a row of the report: as the limits are now, and once they are raised as advised."""
    everything = len(now.ready_seconds) + now.failed
    return {
        "listings an hour": f"{rate:,g}",
        "bends first": found[0].what,
        "used": f"{found[0].used:.0%}",
        "median": _minutes(now.percentile(0.5)),
        "99th percentile": _minutes(now.percentile(0.99)),
        "partial": _share(now.partial, everything),
        "failed": _share(now.failed, everything),
        "backlog": f"{now.backlog:,}",
        "99th percentile once raised": _minutes(then.percentile(0.99)),
        "dollars a month": f"{dollars:,.0f}",
    }


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:,.1f} min"


def _share(number: int, everything: int) -> str:
    return f"{number / everything:.1%}" if everything else "0.0%"


def buckets(quotas: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """The token buckets that delay an execution, as their size and their tokens a second."""
    return {
        name: (quotas[name]["bucket"], quotas[name]["per_second"]) for name in ("start_executions", "state_transitions")
    }


def month(rate: float, dollars: float) -> float:
    """Dollars of a month: its listings, and what `bench.cost` has for each month; keeping the files comes on top."""
    return rate * MONTH_HOURS * dollars + sum(float(fixed["dollars"]) for fixed in prices()["monthly"])


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
        now, then = (
            Simulation(asked, each, buckets(quotas)).run(rate, HOURS, chosen.seed)
            for each in (pools, raised(pools, found))
        )
        rows.append(row(rate, month(rate, asked.dollars), found, now, then))
        told += advice(rate, found, pools, quotas)
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
