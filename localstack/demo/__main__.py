"""``python -m localstack.demo``: start the platform, run one listing through the pipeline, show what came out.

``MEDIA=DIR`` takes the user's own files instead of the samples. Exit code 0 when the batch is READY and every sample
ended as expected, 1 when not or when something failed, 2 for bad input.
"""

import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import boto3
import httpx
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from localstack.backend import client
from localstack.demo import evidence, report, samples
from localstack.local_platform.errors import StartError
from localstack.local_platform.lifetime import end_on_sigterm
from localstack.local_platform.platform import Platform
from toolchain.errors import SetupError
from toolchain.interpreters import find_uv
from toolchain.paths import BUILD

FOLDER: Final = BUILD / "demo"
LISTING_ID: Final = 1
PHOTOGRAPHER_ID: Final = 1
PIPELINE_SECONDS: Final = 600.0


class Demo:
    """One run: what it says while it works, and the seconds that each phase took."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.phases: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time a part of the run and say that it is done."""
        started = time.monotonic()
        yield
        self.record(name, time.monotonic() - started)

    def record(self, name: str, seconds: float) -> None:
        """Note a phase that somebody else timed."""
        self.phases[name] = round(seconds, 2)
        self.console.print(f"  [green]✓[/] {name} [dim]{seconds:.1f} s[/]")

    def run(self) -> dict[str, Any]:
        """The whole demo; returns the report."""
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir(parents=True)
        with self.phase("media"):
            chosen = choose_samples()
        with Platform("demo", report=self.record) as platform:
            endpoints = platform.endpoints
            os.environ.update(endpoints.environment)  # leads boto3 to the platform
            batch = self._process(endpoints.backend_url, chosen)
            with self.phase("collect"):
                result = collect(batch, endpoints.outputs["media_bucket"])
        result["secondsPerPhase"] = self.phases
        report.write(result, FOLDER)
        return result | {"unexpected": unexpected(result["assets"], chosen)}

    def _process(self, backend_url: str, chosen: Sequence[samples.Sample]) -> dict[str, Any]:
        columns = TextColumn("  {task.description}"), BarColumn(), TextColumn("{task.fields[now]}"), TimeElapsedColumn()
        with (
            httpx.Client(base_url=backend_url, timeout=60) as backend,
            Progress(*columns, console=self.console, transient=True) as progress,
        ):
            with self.phase("upload"):
                registered = client.register(backend, LISTING_ID, PHOTOGRAPHER_ID, chosen)
                task = progress.add_task("upload", total=len(chosen), now="")
                client.upload(
                    registered["uploads"],
                    chosen,
                    lambda done, total: progress.update(task, completed=done, now=f"{done}/{total}"),
                )
            with self.phase("pipeline"):
                task = progress.add_task("pipeline", total=None, now="")
                client.enqueue(backend, registered["batchId"])
                return client.wait(
                    backend,
                    registered["batchId"],
                    PIPELINE_SECONDS,
                    lambda status: progress.update(task, now=status),
                )


def choose_samples() -> list[samples.Sample]:
    """The user's files, or the sample listing."""
    if folder := os.environ.get("MEDIA"):
        return samples.scan(Path(folder))
    packages = samples.install(BUILD / "samples", find_uv(), sys.executable)
    return samples.build(packages, FOLDER / "raw")


def collect(batch: dict[str, Any], bucket: str) -> dict[str, Any]:
    """Put the run's evidence together and fetch every output below the demo's folder."""
    s3, stepfunctions = boto3.client("s3"), boto3.client("stepfunctions")
    ffmpeg = shutil.which("ffmpeg") or "ffmpeg"
    keys = [key for asset in batch["assets"] for key in asset["outputs"].values()] + batch["zipBundles"]
    files = evidence.download(s3, bucket, keys, FOLDER / "media")
    assets = [asset | {"outputs": describe_outputs(asset, files, ffmpeg)} for asset in batch["assets"]]
    return {
        **{name: batch[name] for name in ("batchId", "listingId", "status", "attempt", "executionArn", "jobs")},
        "assets": assets,
        "zipBundles": [
            describe(key, files[key]) | {"entries": evidence.list_zip(files[key])} for key in batch["zipBundles"]
        ],
        "secondsPerState": evidence.seconds_per_state(stepfunctions, batch["executionArn"]),
        "tools": evidence.tool_versions(ffmpeg),
    }


def describe_outputs(asset: dict[str, Any], files: dict[str, Path], ffmpeg: str) -> dict[str, dict[str, Any]]:
    """Each output with its key, its local file, its size, and its pixels as read from the file."""
    described = {}
    for name, key in asset["outputs"].items():
        described[name] = describe(key, files[key])
        if key.endswith(".mp4"):
            described[name] |= evidence.probe_video(ffmpeg, files[key])
        elif key.endswith(".jpg"):
            described[name] |= evidence.measure_photo(files[key])
    return described


def describe(key: str, path: Path) -> dict[str, Any]:
    """Key, size in bytes, and the local file relative to the page."""
    return {"key": key, "bytes": path.stat().st_size, "file": path.relative_to(FOLDER).as_posix()}


def unexpected(assets: Sequence[dict[str, Any]], chosen: Sequence[samples.Sample]) -> list[str]:
    """What ended in another way than its sample should; the user's own files have no expectation."""
    if os.environ.get("MEDIA"):
        return []
    by_sequence = {asset["sequence"]: asset for asset in assets}
    return [
        f"{sample.path.name}: {by_sequence[sequence]['errorCode']} instead of {sample.expected_error}"
        for sequence, sample in enumerate(chosen, start=1)
        if by_sequence[sequence]["errorCode"] != sample.expected_error
    ]


def main() -> int:
    """Run the demo and print its result; returns the exit code."""
    console = Console(highlight=False)
    end_on_sigterm()
    try:
        result = Demo(console).run()
    except (samples.MediaFolderError, SetupError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 2
    except (StartError, client.BatchTimeoutError, httpx.HTTPError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # the platform is stopped by now
        return 130
    report.show(result, console)
    for line in result["unexpected"]:
        console.print(f"[red]unexpected[/] {line}")
    console.print(f"report: {FOLDER / 'report.json'}\npage:   {FOLDER / 'index.html'}")
    return 0 if result["status"] == "READY" and not result["unexpected"] else 1


if __name__ == "__main__":
    sys.exit(main())
