"""Synth of one environment with our import of the AWS bindings, against the same synth with their stock import.

Each runs in a process of its own. The stock import takes close to a minute, so it is measured once.
"""

import os
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Final

import modules  # noqa: F401 - its variables for jsii reach the processes below
from bench.report import Budget, Report

ROOT: Final = Path(__file__).resolve().parents[1]
MAX_RATIO: Final = 0.2
_RUNS: Final = 3
# Importing the root package first is what any `import cdktf_cdktf_provider_aws` does without modules/aws.py.
_STOCK: Final = "import cdktf_cdktf_provider_aws, runpy; runpy.run_path('main.py', run_name='__main__')"


def run() -> Report:
    """Measure both ways.

    Raises
    ------
    subprocess.CalledProcessError
        A synth failed.
    """
    _seconds(["main.py"])  # fills jsii's cache of unpacked packages, for both
    ours = [_seconds(["main.py"]) for _ in range(_RUNS)]
    stock = _seconds(["-c", _STOCK])
    rows = [
        {"way": "modules/aws.py", "seconds": round(median(ours), 2), "runs": _RUNS},
        {"way": "stock import", "seconds": round(stock, 2), "runs": 1},
    ]
    budget = Budget("synth vs the stock import", median(ours) / stock, MAX_RATIO)
    packages = ("cdktf", "cdktf-cdktf-provider-aws", "jsii")
    return Report("synth", rows, [budget], {package: version(package) for package in packages})


def _seconds(arguments: list[str]) -> float:
    with tempfile.TemporaryDirectory() as directory:
        environment = {**os.environ, "ENV": "dev", "CDKTF_OUTDIR": directory}
        started = time.perf_counter()
        subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, check=True)
        return time.perf_counter() - started


if __name__ == "__main__":
    from bench.report import finish

    sys.exit(finish(run()))
