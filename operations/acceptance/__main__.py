"""``python -m operations.acceptance ENV``: prove an account by one batch.

Exit code 0 when every check that can be made here is ok, 1 when one failed, 2 when it could not run: bad input, no
credentials, another account than the environment's.
"""

import argparse
import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from operations.acceptance import report
from operations.acceptance.account import Account, open_account
from operations.acceptance.batch import Batch, enqueue, find_execution, follow, plan_batch, upload
from operations.acceptance.catalogue import CHECKS
from operations.acceptance.check import Finding, Result, judge
from operations.acceptance.letters import take_letters
from operations.acceptance.run import Run
from operations.acceptance.samples import make_samples
from toolchain.errors import SetupError
from toolchain.paths import BUILD

FOLDER: Final = BUILD / "acceptance"
BACKEND_VARIABLE: Final = "BACKEND_URL"  # of a backend that registers batches as the local platform's does
_LETTER_SECONDS: Final = 60.0  # until the dead letter of a refused callback must be there


def process(account: Account, batch: Batch, minutes: float, console: Console) -> Run:
    """Upload, send, follow; what was left behind."""
    pages = account.operator("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix="toq-media-")
    suffix = account.environment.name_suffix  # environments that share an account differ by it
    alarms = [alarm for page in pages for alarm in page["MetricAlarms"] if alarm["AlarmName"].endswith(suffix)]
    with console.status("upload") as status:
        uploads = upload(account, batch)
        status.update("message")
        message, execution = "", None
        try:
            enqueue(account, batch)
        except (BotoCoreError, ClientError) as error:
            message = str(error)
        else:
            execution = follow(account, batch, minutes * 60, status.update)
        status.update("dead letters")
        wanted = 0 if batch.known or execution is None else 1
        url = account.outputs["dead_letter_queue_url"]
        letters, others = take_letters(
            account.operator("sqs"), url, batch.batch_id, wanted=wanted, seconds=_LETTER_SECONDS
        )
    return Run(account, batch, uploads, alarms, message, execution, letters, others)


def prove(options: argparse.Namespace, console: Console) -> dict[str, Any]:
    """The whole run; returns the report.

    Raises
    ------
    SetupError
        It could not run.
    """
    account = open_account(options.environment)
    batch = plan_batch(make_samples(), options.listing, options.batch, os.environ.get(BACKEND_VARIABLE))
    if find_execution(account, batch) is not None:
        raise SetupError(f"BATCH={batch.batch_id} was processed before: register another one")
    console.print(f"batch {batch.batch_id} of listing {batch.listing_id}, trace {batch.trace_id}")
    if not batch.known:
        console.print(
            "the backend does not know this batch (no BATCH=): its callback must be refused and become a dead letter"
        )
    run = process(account, batch, options.minutes, console)
    findings: list[Finding] = []
    with console.status("checks") as status:
        for finding in judge(CHECKS, run):
            findings.append(finding)
            status.update(f"{finding.check.name}: {finding.result.value}")
    return report.describe(options.environment, run, findings)


def batch_number(text: str) -> str | None:
    """An id as the pipeline takes it; nothing at all is none."""
    if text and not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no batch id")
    return text or None


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="make acceptance", description=__doc__, allow_abbrev=False)
    parser.add_argument("environment", help="name under environments/")
    parser.add_argument("--listing", type=int, default=1, help="a listing of the backend; 1 unless given")
    parser.add_argument("--batch", type=batch_number, help="a batch that the backend has registered for it")
    parser.add_argument("--minutes", type=float, default=65, help="to wait for the execution at most; 65 unless given")
    return parser.parse_args(arguments)


def exit_code(counts: Mapping[str, int]) -> int:
    """1 when a check failed."""
    return 1 if counts[Result.FAILED.name] else 0


def main(arguments: Sequence[str]) -> int:
    """Run the command line, print and write the report."""
    options = parse(arguments)
    console = Console(highlight=False)
    try:
        proof = prove(options, console)
    except (SetupError, BotoCoreError, ClientError) as error:
        print(f"acceptance: {error}", file=sys.stderr)
        return SetupError.exit_code
    folder = FOLDER / options.environment
    report.write(proof, folder)
    report.show(proof, console)
    console.print(f"report: {folder}/report.md and .json")
    return exit_code(proof["counts"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
