"""Damaged files by the hundred: every one ends as a photo or with an error code, within bounded memory."""

import os
import subprocess
import sys

from bench.report import ROOT

# FUZZ_SECONDS lengthens the search, FUZZ_SEED moves it elsewhere or repeats a finding.
SECONDS = os.environ.get("FUZZ_SECONDS", "10")
SEED = os.environ.get("FUZZ_SEED", "1")


def test_damage_gives_an_error_code_and_never_a_crash() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.support.corpus.fuzz", SEED, SECONDS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=float(SECONDS) + 120,
        check=False,
    )
    assert run.returncode == 0, f"ended with {run.returncode}:\n{run.stderr[-3000:]}"
    assert "IMAGE_CORRUPT" in run.stdout
    assert "photo" in run.stdout
