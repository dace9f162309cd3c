"""The ZIP of a large batch, beside `stream-zip` and `zipstream-ng` feeding the same multipart upload.

400 files of together 0.5, 1 and 2 GiB, read from and written to an object store on loopback that does next to
nothing: once answering at once, once after a wait like S3's for the first byte. Each run is a process of its own.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.object_store import WINDOWS, window
from bench.report import BENCH_DIR, ROOT, Budget, Report, finish
from bench.zip_ways import WAYS
from toolchain.artifacts import ArtifactError
from toolchain.errors import SetupError
from toolchain.interpreters import find_uv

PEERS: Final = ("stream-zip==0.0.84", "zipstream-ng==1.9.3")
PEER_WAYS: Final = ("stream-zip", "zipstream-ng")
FILES: Final = 400
GIB: Final = 2**30
MAX_RSS_MIB: Final = 200
# "Best practices design patterns: optimizing Amazon S3 performance" gives 100-200 ms to the first byte; a third of that
# is kind to the peers, who wait once per file.
LATENCY: Final = 0.03


def run() -> Report:
    """Measure all ways.

    Raises
    ------
    ArtifactError
        The peers cannot be installed.
    """
    packages = _install_peers()
    with tempfile.TemporaryDirectory(prefix="toq-bench-zip-") as scratch:
        blob = Path(scratch) / "blob"
        blob.write_bytes(os.urandom(8 * 2**20))
        _verify(blob, Path(scratch) / "parts")
        bench = _Bench(blob, packages)
        rows = [row for size in (GIB // 2, GIB) for row in bench.measure(["ours"], size)]
        rows += bench.measure(list(WAYS), 2 * GIB, repeats=2)
        rows += bench.measure(["ours", *PEER_WAYS], 2 * GIB, LATENCY)
    return Report("zip", [_shown(row) for row in rows], _budgets(rows), {"files": FILES, "peers": ", ".join(PEERS)})


def _budgets(rows: list[dict[str, Any]]) -> list[Budget]:
    budgets = [
        Budget(f"peak RSS at {row['bytes'] / GIB:g} GiB", row["peakRssMib"], MAX_RSS_MIB, "MiB")
        for row in rows
        if row["way"] == "ours" and not row["latency"]
    ]
    for latency, where in ((0.0, "store answers at once"), (LATENCY, "store answers like S3")):
        seconds = {row["way"]: row["seconds"] for row in rows if row["bytes"] == 2 * GIB and row["latency"] == latency}
        best = min(seconds[way] for way in PEER_WAYS)
        budgets.append(Budget(f"throughput vs best peer, {where}", best / seconds["ours"], 1.0, kind="min"))
    return budgets


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "way": row["way"],
        "GiB": row["bytes"] / GIB,
        "latency ms": round(row["latency"] * 1000),
        "s": round(row["seconds"], 2),
        "MiB/s": round(row["bytes"] / 2**20 / row["seconds"]),
        "CPU s": round(row["cpuSeconds"], 2),
        "peak RSS MiB": round(row["peakRssMib"]),
    }


@dataclass(frozen=True, slots=True)
class _Bench:
    """What all runs share: random bytes to serve, and the folder of the peers' packages."""

    blob: Path
    packages: Path

    def measure(self, ways: Sequence[str], total: int, latency: float = 0.0, repeats: int = 1) -> list[dict[str, Any]]:
        """The better run of each way, the ways by turns: a machine is never equally idle for long."""
        size = total // FILES
        runs: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
        with _object_store(self.blob, size, "--latency", str(latency)) as endpoint:
            for way in [way for _ in range(repeats) for way in ways]:
                runs[way].append(self.run_once(way, endpoint, FILES, size))
        return [
            {
                "way": way,
                "bytes": total,
                "latency": latency,
                **min(figures, key=lambda one: one["seconds"]),
                "peakRssMib": max(one["peakRssMib"] for one in figures),
            }
            for way, figures in runs.items()
        ]

    def run_once(self, way: str, endpoint: str, files: int, size: int) -> dict[str, float]:
        """One process; raises RuntimeError with the end of its log when it fails."""
        content = self.blob.read_bytes()
        crcs = [zlib.crc32(content[window(index) : window(index) + size]) for index in range(WINDOWS)]
        done = subprocess.run(
            [sys.executable, "-m", "bench.zip_ways", way, endpoint, str(files), str(size), json.dumps(crcs)],
            cwd=ROOT, env=os.environ | {"PYTHONPATH": str(self.packages)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{way} failed: {done.stderr[-2000:]}")
        figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return figures


@contextmanager
def _object_store(blob: Path, size: int, *options: str) -> Iterator[str]:
    command = [sys.executable, "-m", "bench.object_store", str(blob), str(size), *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout  # noqa: S101 - a pipe was asked for
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.terminate()


def _verify(blob: Path, parts: Path) -> None:
    """A fast ZIP that nobody can open would be no achievement: keep the parts once, join them and test the result."""
    size = 6 * 2**20  # large enough for copied parts
    parts.mkdir()
    with _object_store(blob, size, "--parts", str(parts)) as endpoint:
        _Bench(blob, ROOT).run_once("ours", endpoint, 12, size)
    archive = parts / "bundle.zip"
    with archive.open("wb") as joined:
        for part in sorted(parts.glob("[0-9]*")):
            with part.open("rb") as content:
                shutil.copyfileobj(content, joined, 2**20)
    with zipfile.ZipFile(archive) as opened:
        damaged = opened.testzip()
        if damaged or len(opened.namelist()) != 12:
            raise RuntimeError(f"the bundle is damaged: {damaged or opened.namelist()}")
    if infozip := shutil.which("unzip"):
        subprocess.run([infozip, "-tqq", archive], check=True)


def _install_peers() -> Path:
    target = BENCH_DIR / "zip-peers"
    stamp = target / "installed.txt"
    if not stamp.exists() or stamp.read_text() != "\n".join(PEERS):
        shutil.rmtree(target, ignore_errors=True)
        command = [
            str(find_uv()),
            "pip",
            "install",
            "--quiet",
            "--python",
            sys.executable,
            "--target",
            str(target),
        ]
        try:
            subprocess.run([*command, *PEERS], check=True, capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            reason = " ".join((getattr(error, "stderr", None) or str(error)).split())
            raise ArtifactError(f"the peers {', '.join(PEERS)} cannot be installed: {reason[:300]}") from error
        stamp.write_text("\n".join(PEERS))
    return target


def main() -> int:
    """Run from the command line: 0, 2 when the peers are out of reach, 3 when a budget is missed."""
    try:
        return finish(run())
    except SetupError as error:
        print(f"bench zip: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
