"""Seconds and memory of `make demo`: the set-up from nothing, the same again, and the run itself.

The cold set-up happens in a clone of its own with empty caches, so that the figure is what a new user waits. It goes
through the network; ``COLD=0`` leaves it out.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import psutil

from bench.report import ROOT, Budget, Report, finish

WARM_SECONDS: Final = 60.0  # the promise for two cores
SAMPLE_SECONDS: Final = 0.1


class PeakMemory:
    """Highest resident size of a process and all its descendants together, sampled while the block runs.

    Pages that processes share count once for each of them, so the figure errs upwards.
    """

    def __init__(self, process: psutil.Process) -> None:
        self.bytes = 0
        self._process = process
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "PeakMemory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(SAMPLE_SECONDS):
            self.bytes = max(self.bytes, _resident(self._process))


def run() -> Report:
    """Time the set-up and one warm demo.

    Raises
    ------
    subprocess.CalledProcessError
        When a command fails; its output stands above.
    """
    rows = [] if os.environ.get("COLD") == "0" else [_row("bootstrap, cold", _cold_setup())]
    rows.append(_row("bootstrap, warm", _timed(["make", "tools"], ROOT, {})))
    started = time.monotonic()
    demo = subprocess.Popen(["make", "demo"], cwd=ROOT, env=_environment({}), stdout=subprocess.DEVNULL)
    with PeakMemory(psutil.Process(demo.pid)) as peak:
        if code := demo.wait():
            raise subprocess.CalledProcessError(code, "make demo")
    whole = time.monotonic() - started
    report: dict[str, Any] = json.loads((ROOT / "build/demo/report.json").read_text(encoding="utf-8"))
    rows += [_row(f"demo: {name}", seconds) for name, seconds in report["secondsPerPhase"].items()]
    rows.append(_row("demo, whole", whole))
    rows.append({"what": "demo, peak resident size of all processes", "MiB": round(peak.bytes / 2**20)})
    return Report("demo", rows, [Budget("warm `make demo`", whole, WARM_SECONDS, "s")], {"tools": report["tools"]})


def _cold_setup() -> float:
    """Seconds of `make tools` in a fresh clone with empty package caches."""
    with tempfile.TemporaryDirectory(prefix="toq-cold-") as folder:
        clone, caches = Path(folder) / "clone", Path(folder) / "caches"
        subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
        empty = {
            name: str(caches / name) for name in ("UV_CACHE_DIR", "PIP_CACHE_DIR", "npm_config_cache", "XDG_CACHE_HOME")
        }
        return _timed(["make", "tools"], clone, empty)


def _timed(command: list[str], folder: Path, variables: Mapping[str, str]) -> float:
    started = time.monotonic()
    subprocess.run(command, cwd=folder, env=_environment(variables), check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - started


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment without the project's own virtual environment, as a user's shell has it."""
    kept = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH", "UV")}
    return kept | dict(variables)


def _resident(process: psutil.Process) -> int:
    total = 0
    for each in [process, *_descendants(process)]:
        try:
            total += each.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _row(what: str, seconds: float) -> dict[str, Any]:
    return {"what": what, "seconds": round(seconds, 1)}


if __name__ == "__main__":
    sys.exit(finish(run()))
