"""One photo of 24 megapixels: the four variants beside sharp, libvips and plain Pillow; and its cleaned original.

Each way is a function timed in a process of its own, on one and the same core; the ways take turns, so that a machine
that is busy for a moment is so for all, and the median of the turns counts. All write the same quality and 4:2:0.
Variants are compared by CPU seconds: the ways only compute, and a Lambda is paid by them. What is read and written goes
over HTTPS with the client that the function has, and is compared by the clock. Beside it the same is printed for files
that the system holds in memory, where reading and writing are no more than two copies.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from PIL import Image

from bench import memory, photo_peers
from bench.photo_rewriting import CLEANED, COPIED
from bench.photo_ways import QUALITY, WIDTHS
from bench.photograph import SIZE, photograph_jpeg
from bench.report import BENCH_DIR, ROOT, BenchError, Budget, Report, finish
from bench.similarity import ssim

_TURNS: Final = 11
_PYTHON_WAYS: Final = ("ours", "floor", "pillow")
_VIPS_WAYS: Final = ("vips-cascade", "vips-plain")
_SHARP_WAYS: Final = ("cascade", "plain")
_LABELS: Final = {
    "ours": "ours",
    "floor": "floor: decode alone",
    "pillow": "Pillow, plain loop",
    "vips-cascade": "libvips, cascade",
    "vips-plain": "libvips, 4 pipelines",
    "sharp-cascade": "sharp, cascade",
    "sharp-plain": "sharp, 4 pipelines",
}


def run() -> Report:
    """Measure all ways.

    Raises
    ------
    BenchError
        A peer cannot be installed or fails.
    """
    peers = photo_peers.install()
    photo = _photo()
    core = min(os.sched_getaffinity(0))
    variants = _variant_ways(photo, core, peers)
    rewrites = _rewriting_ways(photo, core)
    notes = {
        "photo": f"{SIZE[0]} x {SIZE[1]}, {photo.stat().st_size / 1e6:.2f} MB",
        "output": f"JPEG of {', '.join(map(str, WIDTHS))} pixels width, quality {QUALITY}, 4:2:0",
        "turns": _TURNS,
        **peers.versions,
    }
    rows = [_variant_row(name, figures) for name, figures in variants.items()]
    rows += [_rewrite_row(name, figures) for name, figures in rewrites.items()]
    return Report("photos", rows, [*_variant_budgets(variants), *_rewrite_budgets(rewrites)], notes)


@dataclass(slots=True)
class _Figures:
    """What was measured of one way: seconds of each turn, the highest memory, and what it made."""

    seconds: list[float]
    cpu: list[float]
    peak_rss_mib: float = 0.0
    bytes: int = 0
    likeness: tuple[float, ...] = ()


class _Worker:
    """The process of one way."""

    def __init__(self, command: Sequence[str], core: int) -> None:
        self.command = command
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        os.sched_setaffinity(self.process.pid, {core})

    def order(self, line: str) -> dict[str, float]:
        """Run the way once; raises BenchError when the process has ended."""
        assert self.process.stdin  # noqa: S101 - pipes were asked for
        assert self.process.stdout  # noqa: S101
        try:
            self.process.stdin.write(f"{line}\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise BenchError(f"{' '.join(self.command)} ended with {self.process.wait()}; its error stands above")
        figures: dict[str, float] = json.loads(answer)
        return figures

    def peak_rss_mib(self) -> float:
        """The most memory that the process has held."""
        return memory.peak_rss_mib(self.process.pid)

    def stop(self) -> None:
        """End the process by ending its input."""
        assert self.process.stdin  # noqa: S101
        assert self.process.stdout  # noqa: S101
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(30)


def _by_turns(commands: Mapping[str, Sequence[str]], core: int, turns: int) -> Iterator[tuple[_Worker, str, _Figures]]:
    """Run each way once to warm up and then by turns; yields each worker, with its figures, before it is stopped."""
    with ExitStack() as stack:
        workers: dict[str, _Worker] = {}
        for name, command in commands.items():
            workers[name] = _Worker(command, core)
            stack.callback(workers[name].stop)
        figures = {name: _Figures([], []) for name in commands}
        for turn in range(turns + 1):
            for name, worker in workers.items():
                answer = worker.order("go")
                if turn:
                    figures[name].seconds.append(answer["seconds"])
                    figures[name].cpu.append(answer["cpu"])
                figures[name].bytes = int(answer["bytes"])
        for name, worker in workers.items():
            figures[name].peak_rss_mib = worker.peak_rss_mib()
            yield worker, name, figures[name]


def _variant_ways(photo: Path, core: int, peers: photo_peers.Peers) -> dict[str, _Figures]:
    ways = str(ROOT / "bench" / "photo_ways.py")
    commands = {name: [sys.executable, ways, name, str(photo)] for name in _PYTHON_WAYS}
    commands |= {name: [str(peers.python), ways, name, str(photo)] for name in _VIPS_WAYS}
    options = [",".join(map(str, WIDTHS)), str(QUALITY)]
    for name in _SHARP_WAYS:
        script = str(photo_peers.SHARP / "ways.js")
        commands[f"sharp-{name}"] = ["node", script, str(peers.node_modules), str(photo), name, *options]
    measured = {}
    with Image.open(photo) as opened:
        references = _References(opened.convert("RGB"))
    for worker, name, figures in _by_turns(commands, core, _TURNS):
        if name != "floor":
            with tempfile.TemporaryDirectory(prefix="toq-bench-photos-") as folder:
                worker.order(f"save {folder}")
                figures.likeness = tuple(references.likeness(Path(folder) / f"{width}.jpg") for width in WIDTHS)
        measured[name] = figures
    return measured


class _References:
    """What a variant should look like: Lanczos from every pixel of the photo."""

    def __init__(self, full: Image.Image) -> None:
        self.full = full
        self.made: dict[tuple[int, int], Image.Image] = {}

    def likeness(self, path: Path) -> float:
        """SSIM of a variant against the reference of its own size: libvips rounds heights another way."""
        with Image.open(path) as variant:
            if variant.size not in self.made:
                self.made[variant.size] = self.full.resize(variant.size, Image.Resampling.LANCZOS)
            return ssim(variant, self.made[variant.size])


def _rewriting_ways(photo: Path, core: int) -> dict[str, _Figures]:
    with tempfile.TemporaryDirectory(prefix="toq-bench-photos-") as folder, _store(photo, folder) as endpoint:
        command = [sys.executable, "-m", "bench.photo_rewriting", str(photo), folder, endpoint, str(3 * _TURNS)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            os.sched_setaffinity(process.pid, {core})
            answer, _ = process.communicate()
        if process.returncode:
            raise BenchError(f"{' '.join(command)} ended with {process.returncode}; its error stands above")
    return {name: _Figures(**times) for name, times in json.loads(answer).items()}


@contextmanager
def _store(photo: Path, folder: str) -> Iterator[str]:
    command = [sys.executable, "-m", "bench.photo_store", str(photo), folder]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout  # noqa: S101 - a pipe was asked for
            yield f"https://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.terminate()


def _photo() -> Path:
    path = BENCH_DIR / "photo.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(photograph_jpeg())
    return path


def _variant_row(name: str, figures: _Figures) -> dict[str, Any]:
    return {
        "way": _LABELS[name],
        "CPU ms": round(median(figures.cpu) * 1000, 1),
        "clock ms": round(median(figures.seconds) * 1000, 1),
        "RSS MiB": round(figures.peak_rss_mib),
        "kB": round(figures.bytes / 1000),
        **{f"SSIM {width}": round(likeness, 4) for width, likeness in zip(WIDTHS, figures.likeness, strict=False)},
    }


def _rewrite_row(name: str, figures: _Figures) -> dict[str, Any]:
    return {
        "way": name,
        "CPU ms": round(median(figures.cpu) * 1000, 1),
        "clock ms": round(median(figures.seconds) * 1000, 1),
    }


def _variant_budgets(ways: Mapping[str, _Figures]) -> list[Budget]:
    cpu = {name: median(figures.cpu) for name, figures in ways.items()}
    best = min(cpu["sharp-cascade"], cpu["vips-cascade"])
    return [
        Budget("variants: time against the best cascade of sharp and libvips", cpu["ours"] / best, 1.1),
        Budget("variants: faster than four sharp pipelines", cpu["sharp-plain"] / cpu["ours"], 2.5, kind="min"),
        Budget("variants: faster than the plain Pillow loop", cpu["pillow"] / cpu["ours"], 10, kind="min"),
        *(
            Budget(f"variants: SSIM at {width} pixels", likeness, 0.98, "", kind="min")
            for width, likeness in zip(WIDTHS, ways["ours"].likeness, strict=True)
        ),
    ]


def _rewrite_budgets(ways: Mapping[str, _Figures]) -> list[Budget]:
    ratio = median(
        cleaned / copied for cleaned, copied in zip(ways[CLEANED].seconds, ways[COPIED].seconds, strict=True)
    )
    return [Budget("processed: time against reading and writing the bytes", ratio, 1.3)]


def main() -> int:
    """Run from the command line: 0, 2 when a peer is out of reach, 3 when a budget is missed."""
    try:
        return finish(run())
    except BenchError as error:
        print(f"bench photos: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
