"""Run every benchmark: ``python -m bench`` prints the tables, writes the JSON and exits 3 when a budget is missed.

``python -m bench NAME...`` runs only those named.
"""

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from typing import Final

from bench.report import MISSED_BUDGET, BenchError, finish
from toolchain.errors import SetupError

BENCHMARKS: Final = ("photos", "zip", "synth", "database", "cold_start", "demo")


def main(arguments: Sequence[str]) -> int:
    """Run the named benchmarks, or all that there are, one after the other.

    Returns
    -------
    int
        0; 2 for an unknown name, or when something to measure with is missing; 3 when any budget is missed.
    """
    present = [name for name in BENCHMARKS if importlib.util.find_spec(f"bench.{name}")]
    unknown = [name for name in arguments if name not in present]
    if unknown:
        print(f"unknown benchmark {unknown[0]!r}: choose from {', '.join(present)}", file=sys.stderr)
        return 2
    missed = []
    for name in arguments or present:
        try:
            report = importlib.import_module(f"bench.{name}").run()
        except (BenchError, SetupError) as error:
            print(f"bench {name}: {error}", file=sys.stderr)
            return 2
        if finish(report):
            missed.append(name)
    if missed:
        print(f"budgets missed in: {', '.join(missed)}", file=sys.stderr)
    return MISSED_BUDGET if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
