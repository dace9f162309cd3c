"""One run: faults on, faults off, dead letters sent back, and an audit at the end of each part."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from localstack.chaos import swarm
from localstack.chaos.auditor.collecting import Places, collect, look_before
from localstack.chaos.auditor.evidence import Evidence
from localstack.chaos.auditor.ledger import Ledger
from localstack.chaos.auditor.rules import Violation, audit
from localstack.chaos.disturbances import Disturbances
from localstack.chaos.load import Load
from localstack.chaos.media import Media
from localstack.chaos.surroundings import Surroundings
from toolchain.errors import SetupError
from toolchain.paths import ROOT

# An execution has an hour; an event that tells of its end is tried for 72 minutes, one that never came is missed within
# half an hour (docs/architecture.md). Then every batch has its result, or is a dead letter.
LIVENESS_MINUTES: Final = 180
_ROUND_SECONDS: Final = 25.0
# The reconciler looks for executions that ended a minute ago, by a clock that is not shortened, every quarter of an
# hour, which is shortened to 40 s.
_OVERDUE_SECONDS: Final = 130.0
_POLL_SECONDS: Final = 1.0
_QUIET_POLLS: Final = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run has shown.

    Parameters
    ----------
    strikes
        Every fault: ``{time, site, subject}``.
    calm_seconds
        From the end of the faults to the end of the last batch.
    violations
        Of the audit before dead letters were sent back, and of the one after.
    dead_letters
        As the first audit saw them.
    """

    evidence: Evidence
    strikes: list[dict[str, Any]]
    calm_seconds: float
    violations: list[Violation]
    dead_letters: list[Any]
    seconds: float


@dataclass(frozen=True, slots=True)
class Course:
    """How long and how hard a run is.

    Parameters
    ----------
    seconds
        Of the phase with faults.
    at_work
        Batches at a time.
    """

    seconds: float
    at_work: int


def run(
    surroundings: Surroundings, ledger: Ledger, media: Media, course: Course, say: Callable[[str], None]
) -> Outcome:
    """Live through a run; `say` is told of each part."""
    began, places = time.monotonic(), surroundings.places
    refuse_dead_letters(places)
    before = look_before(places)
    rounds = swarm.rounds(surroundings.seed, course.seconds, max(2, round(course.seconds / _ROUND_SECONDS)))
    load, disturbances = Load(surroundings, ledger, media, course.at_work), Disturbances(surroundings, rounds)
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(load.run)
        try:
            disturbances.run()
        except BaseException:
            load.abandon()
            raise
        load.stop()
        sending.result()
    surroundings.set_faults({})
    say(f"faults are over: {len(ledger.attempts)} attempts accepted, {len(surroundings.record())} faults")
    calm = wait_until_quiet(surroundings, ledger)
    say(f"quiet after {calm:.0f} s")
    evidence = collect(places, ledger, before)
    violations, letters = audit(evidence), evidence.dead_letters
    say(f"first audit: {len(violations)} violations, {len(letters)} dead letters")
    for events in (True, False, True):
        redrive(surroundings, events=events)
        wait_until_quiet(surroundings, ledger)
    evidence = collect(places, ledger, before)
    violations += audit(evidence, redriven=True)
    seconds_of_all = time.monotonic() - began
    return Outcome(evidence, surroundings.record(), calm, violations, letters, seconds_of_all)


def refuse_dead_letters(places: Places) -> None:
    """A run sends all dead letters back, so there must be none of somebody else's.

    Raises
    ------
    SetupError
        There are.
    """
    sqs, name = places.clients["sqs"], "ApproximateNumberOfMessages"
    for url in (each for each in places.queue_urls if each.endswith("-dlq")):
        if sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name] != "0":
            raise SetupError(f"{url} holds messages: `make redrive ENV=local` first, or start another platform")


def wait_until_quiet(surroundings: Surroundings, ledger: Ledger) -> float:
    """Wait until no execution runs and no queue but those of dead letters holds a message; how long it took.

    While results are undelivered, also until the reconciler has looked for executions that ended unheard. What is not
    quiet in time is for the audit to name.
    """
    places, began = surroundings.places, time.monotonic()
    last_busy, quiet = began, 0
    while quiet < _QUIET_POLLS and (spent := time.monotonic() - began) < liveness_seconds(surroundings):
        busy = _busy(places) or (spent < _OVERDUE_SECONDS and _undelivered(places, ledger))
        quiet = 0 if busy else quiet + 1
        if busy:
            last_busy = time.monotonic()
        threading.Event().wait(_POLL_SECONDS)
    return last_busy - began


def liveness_seconds(surroundings: Surroundings) -> float:
    """How long after the end of the faults every batch must have its end, in true seconds."""
    return LIVENESS_MINUTES * 60 / surroundings.time_factor


def _undelivered(places: Places, ledger: Ledger) -> bool:
    """Whether fewer results were delivered than attempts accepted."""
    pages = places.clients["s3"].get_paginator("list_objects_v2").paginate(Bucket=places.bucket)
    delivered = sum(entry["Key"].endswith("/callback.json") for page in pages for entry in page.get("Contents", []))
    return bool(delivered < len(ledger.attempts))


def _busy(places: Places) -> bool:
    states, sqs = places.clients["stepfunctions"], places.clients["sqs"]
    running = states.list_executions(stateMachineArn=places.state_machine_arn, statusFilter="RUNNING", maxResults=1)
    if running["executions"]:
        return True
    names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
    waiting = [url for url in places.queue_urls if not url.endswith("-dlq")]
    found = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"] for url in waiting]
    return any(int(each[name]) for each in found for name in names)


def redrive(surroundings: Surroundings, *, events: bool) -> None:
    """What an operator does about dead letters, with the operator's own command."""
    command = [sys.executable, "-m", "operations.redrive", "--env", "local", *(["--events"] if events else [])]
    environment = {**os.environ, **surroundings.platform.environment}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    (surroundings.folder / f"redrive-{'events' if events else 'batches'}.log").write_text(done.stdout + done.stderr)
