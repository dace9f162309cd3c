"""What Lambda's cold start imports, function by function: seconds, and the packages that take them.

Each function's own ZIP and the layer are unpacked; a fresh interpreter sees them and boto3, as in the Lambda runtime,
and nothing else. Seconds are this machine's; the budgets are sizes and ratios. The layer of the other architecture is
built too, for its size.
"""

import compileall
import json
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, Final

from bench.report import ROOT, Budget, Report, finish
from modules.functions import RECORDS
from toolchain.artifacts import MAX_LAYER_BYTES, ArtifactError, build, unzipped_size

RUNS: Final = 5  # the median counts
HEAVIEST: Final = 4
# In the runtime beside the function ("Lambda runtimes", Python: the AWS SDK and what it needs).
RUNTIME_PACKAGES: Final = ("boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3")
CLIENT: Final = "import boto3; boto3.client('s3', region_name='us-east-1')"
# A handler that imports more than the SDK's client does has lost its laziness.
MAX_RATIO_TO_CLIENT: Final = 1.0

_TIMED: Final = """
import json, sys, time
sys.path[:0] = {path!r}
started = time.perf_counter()
{statement}
print(json.dumps([time.perf_counter() - started, len(sys.modules)]))
"""


def run() -> Report:
    """Build the artifacts and time every function.

    Raises
    ------
    ArtifactError
        When the artifacts cannot be built.
    """
    own = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
    sizes = {name: unzipped_size(path) for name, path in _artifacts(own).items() if name.startswith("layer-")}
    with tempfile.TemporaryDirectory(prefix="toq-bench-cold-") as scratch:
        layer, runtime = Path(scratch) / "opt", Path(scratch) / "runtime"
        artifacts = build(ROOT, own)
        shutil.unpack_archive(artifacts[f"layer-{own}"], layer)
        _copy_runtime(runtime)
        rows = [_row("boto3 and an S3 client", CLIENT, [str(runtime)])]
        for record in RECORDS.values():
            task = Path(scratch) / record.name
            shutil.unpack_archive(artifacts[record.name], task)
            path = [str(task), str(layer / "python"), str(runtime)]
            rows.append(_row(record.name, f"import {record.handler.rsplit('.', 1)[0]}", path))
    slowest = max(row["import ms"] for row in rows[1:])
    budgets = [Budget(f"{name}, unzipped", size / 1e6, MAX_LAYER_BYTES / 1e6, "MB") for name, size in sizes.items()]
    budgets.append(Budget("slowest function vs an S3 client", slowest / rows[0]["import ms"], MAX_RATIO_TO_CLIENT))
    return Report("cold_start", rows, budgets, {"runs": f"median of {RUNS}", "layer": own})


def _artifacts(own: str) -> dict[str, Path]:
    """Artifacts of both architectures: the layer's size is promised for each."""
    return {**build(ROOT, "x86_64" if own == "arm64" else "arm64"), **build(ROOT, own)}


def _row(name: str, statement: str, path: list[str]) -> dict[str, Any]:
    runs = [_timed(statement, path)[0] for _ in range(RUNS)]
    (_, modules), times = _timed(statement, path), _package_times(statement, path)
    heaviest = ", ".join(f"{package} {ms:.0f}" for package, ms in times.most_common(HEAVIEST))
    milliseconds = round(statistics.median(runs) * 1000, 1)
    return {"what": name, "import ms": milliseconds, "modules": modules, "heaviest, ms by package": heaviest}


def _timed(statement: str, path: list[str]) -> tuple[float, int]:
    seconds, modules = json.loads(_python(statement, path).stdout.splitlines()[-1])
    return seconds, modules


def _package_times(statement: str, path: list[str]) -> Counter[str]:
    """Milliseconds inside the modules of each top-level package, from ``-X importtime``."""
    times: Counter[str] = Counter()
    for line in _python(statement, path, "-X", "importtime").stderr.splitlines():
        own, _, module = (part.strip() for part in line.removeprefix("import time:").split("|"))
        if own.isdigit():
            top = module.split(".")[0]
            times["Python's own" if top.removeprefix("_") in _STANDARD else top] += int(own) / 1000  # type: ignore[assignment]  # milliseconds are no integers
    return times


_STANDARD: Final = {name.removeprefix("_") for name in sys.stdlib_module_names} | {"__future__", "site"}


def _python(statement: str, path: list[str], *options: str) -> subprocess.CompletedProcess[str]:
    program = _TIMED.format(path=path, statement=statement)
    # Isolated, without site and without writing byte code: neither this environment's packages nor its variables.
    return subprocess.run([sys.executable, "-IBS", *options, "-c", program], check=True, capture_output=True, text=True)


def _copy_runtime(target: Path) -> None:
    """A folder with the SDK alone, out of this environment's packages, compiled."""
    target.mkdir()
    for name in RUNTIME_PACKAGES:
        installed = distribution(name)
        for top in {file.parts[0] for file in installed.files or [] if file.parts[0] != ".."}:
            source = Path(str(installed.locate_file(top)))
            if source.is_dir():
                shutil.copytree(source, target / top)
            else:
                shutil.copy(source, target / top)
    compileall.compile_dir(target, quiet=2)


def main() -> int:
    """Run from the command line: 0, 2 when the artifacts cannot be built, 3 when a budget is missed."""
    try:
        return finish(run())
    except ArtifactError as error:
        print(f"bench cold_start: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
