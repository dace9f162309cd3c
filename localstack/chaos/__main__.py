"""``python -m localstack.chaos``: one run on a platform of its own, or on the one that `make up` left running.

Writes ``build/chaos/SEED/``: ``report.json``, the ledger, the backend's log, every fault. Exit code 0 when nothing was
violated, 1 when something was, 2 for bad input.
"""

import argparse
import json
import random
import shutil
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from localstack.chaos import report
from localstack.chaos.auditor.ledger import Ledger
from localstack.chaos.media import Media, make_video
from localstack.chaos.run import Course, run
from localstack.chaos.surroundings import around
from localstack.local_platform.endpoints import Endpoints
from localstack.local_platform.errors import StartError
from localstack.local_platform.lifetime import end_on_sigterm
from localstack.local_platform.platform import Platform
from toolchain import tools
from toolchain.errors import SetupError
from toolchain.paths import BUILD, UP_STATE

FOLDER: Final = BUILD / "chaos"
TIME_FACTOR: Final = 60.0  # an hour of timeouts and retries is a minute
AT_WORK: Final = 10
# Of a run's minutes, how much has faults; the rest is for the calm phase and the audits.
_FAULTY_SHARE: Final = 0.8


def chaos(platform: Endpoints, folder: Path, seed: int, course: Course, console: Console) -> dict[str, Any]:
    """One run on a running platform; its report, which is also written."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "media").mkdir(parents=True)
    ffmpeg = shutil.which("ffmpeg", path=tools.search_path())
    if ffmpeg is None:
        raise SetupError("no ffmpeg: run `make tools`")
    media, ledger = Media(folder / "media", make_video(ffmpeg)), Ledger(folder / "ledger.jsonl")

    def say(text: str) -> None:
        console.print(f"  [green]✓[/] {text}")

    with around(platform, folder, seed, TIME_FACTOR) as surroundings:
        outcome = run(surroundings, ledger, media, course, say)
    found = report.report(seed, TIME_FACTOR, outcome)
    (folder / "report.json").write_text(json.dumps(found, indent=2) + "\n")
    (folder / "faults.jsonl").write_text("".join(json.dumps(each) + "\n" for each in outcome.strikes))
    return found


def running() -> Endpoints:
    """The platform of `make up`.

    Raises
    ------
    SetupError
        There is none.
    """
    platform = Endpoints.read(UP_STATE)
    if platform is None:
        raise SetupError("no platform is running: start one with `make up`")
    return platform


def main(words: Sequence[str]) -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__, allow_abbrev=False)
    parser.add_argument("--minutes", type=float, default=10, help="of the whole run (default: 10)")
    parser.add_argument("--seed", type=int, help="repeats a run; one of its own by default")
    parser.add_argument("--at-work", type=int, default=AT_WORK, help=f"batches at a time (default: {AT_WORK})")
    parser.add_argument("--attach", action="store_true", help="on the platform that `make up` left running")
    options = parser.parse_args(words)
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    console = Console(stderr=True, highlight=False)
    console.print(f"seed {seed}: `make chaos MINUTES={options.minutes:g} SEED={seed}` repeats this run")
    end_on_sigterm()
    try:
        with ExitStack() as ending:
            platform = running() if options.attach else ending.enter_context(Platform("chaos")).endpoints
            course = Course(options.minutes * 60 * _FAULTY_SHARE, options.at_work)
            found = chaos(platform, FOLDER / str(seed), seed, course, console)
    except (SetupError, StartError) as error:
        print(f"chaos: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    report.show(found, Console())
    return 1 if found["violations"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
