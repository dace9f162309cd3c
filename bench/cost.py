"""Seconds and dollars of one listing, and of sending it again: 40 photos of 24 megapixels, a video of a minute, a PDF.

``python -m bench.cost`` measures what the functions use (`bench.listing`), counts the transitions of the state machine,
and multiplies with the dated prices of ``bench/prices.toml``; ``--update-docs`` puts the tables into ``docs/cost.md``.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bench.estimate import ENVIRONMENT, Estimate, Listing, estimate, measure, prices
from bench.report import BENCH_DIR, ROOT, Report, finish, update_figures
from modules.environments.config import names

DOCUMENT: Final = ROOT / "docs" / "cost.md"


def run(listing: Listing | None = None) -> Report:
    """Measure and price a listing, and sending it again."""
    listing = listing or Listing()
    measured = measure(listing)
    first, again = (estimate(each, measured) for each in (listing, replace(listing, again=True)))
    return report(listing, first, again, prices())


def report(listing: Listing, first: Estimate, again: Estimate, prices: Mapping[str, Any]) -> Report:
    """The bills and seconds of both attempts, and the monthly costs, as one table."""
    rows = [
        line.row() | {f"{name} again": value for name, value in other.row().items() if name in ("quantity", "dollars")}
        for line, other in zip(first.lines(), again.lines(), strict=True)
    ]
    dollars = [sum(line.dollars for line in each.lines()) for each in (first, again)]
    rows.append(_row("one listing", dollars=f"{dollars[0]:.6f}", dollars_again=f"{dollars[1]:.6f}"))
    rows.append(_row("") | first.storage().row())
    rows += [_row(f"each month: {fixed['what']}", dollars=f"{fixed['dollars']:.2f}") for fixed in prices["monthly"]]
    steps = list(zip(first.seconds(), again.seconds(), strict=True))
    rows += [_seconds(what, took, took_again) for (what, took), (_, took_again) in steps]
    elapsed = [sum(took for _, took in each.seconds()) for each in (first, again)]
    rows.append(_seconds("one listing", *elapsed))
    notes = {
        "listing": f"{listing.photos} photos of 24 megapixels, a video of {listing.video_seconds} s, a PDF",
        "again": "the same, sent again with one photo corrected",
        "prices": f"{prices['region']}, checked {prices['checked']} (bench/prices.toml)",
        "dollars": round(dollars[0], 4),
        "dollarsAgain": round(dollars[1], 4),
        "seconds": round(elapsed[0], 1),
        "secondsAgain": round(elapsed[1], 1),
    }
    return Report("cost", rows, notes=notes)


def _row(what: str, **columns: str) -> dict[str, Any]:
    empty = dict.fromkeys(("quantity", "unit", "dollars", "quantity again", "dollars again"), "")
    return {"what": what} | empty | {name.replace("_", " "): value for name, value in columns.items()}


def _seconds(what: str, took: float, took_again: float) -> dict[str, Any]:
    return _row(f"seconds: {what}", quantity=f"{took:.1f}", unit="s", quantity_again=f"{took_again:.1f}")


def update_document(path: Path, content: Mapping[str, Any]) -> None:
    """Put a report's rows into the document, between its two marks."""
    machine = content["machine"]
    where = f"{machine['cores']} cores of {machine['cpu']}"
    head = f"Measured {content['date'][:10]} on {where}; prices of {content['notes']['prices']}.\n\n"
    table = "| what | quantity | unit | dollars | sent again: quantity | dollars |\n|---|---:|---|---:|---:|---:|\n"
    table += "".join(f"| {' | '.join(row.values())} |\n" for row in content["rows"])
    update_figures(path, head + table)


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.cost", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photos", type=int, default=40, help="of 24 megapixels; %(default)s unless given")
    parser.add_argument("--video-seconds", type=int, default=60, help="%(default)s unless given")
    parser.add_argument("--hdr", action="store_true", help="the video is HDR, and is made SDR")
    whose = "sizes of functions and added variants; %(default)s unless given"
    parser.add_argument("--environment", choices=names(), default=ENVIRONMENT, help=whose)
    parser.add_argument("--update-docs", action="store_true", help=f"write the table into {DOCUMENT.relative_to(ROOT)}")
    chosen = parser.parse_args(arguments)
    if chosen.photos < 1 or chosen.video_seconds < 1:
        print("bench cost: --photos and --video-seconds must be at least 1", file=sys.stderr)
        return 2
    code = finish(run(Listing(chosen.photos, chosen.video_seconds, chosen.hdr, chosen.environment)))
    if chosen.update_docs:
        update_document(DOCUMENT, json.loads((BENCH_DIR / "cost.json").read_text(encoding="utf-8")))
    return code


if __name__ == "__main__":
    sys.exit(main())
