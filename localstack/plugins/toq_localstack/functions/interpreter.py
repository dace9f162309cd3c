"""Which Python runs a function, and the few packages that Lambda itself puts beside it."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

_PROVIDED = ("awslambdaric", "boto3")
"""What the managed Python runtimes bring (AWS: "Runtime-included SDK versions"); with all they require."""

_LIST_FILES = """
import importlib.metadata as metadata, json, re, sys
wanted, seen, files = list(sys.argv[1:]), set(), set()
while wanted:
    name = re.split(r"[ ;<>=!~\\[(]", wanted.pop())[0]
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in seen:
        continue
    seen.add(key)
    distribution = metadata.distribution(name)
    wanted += [r for r in distribution.requires or [] if "extra" not in r]
    files |= {str(distribution.locate_file(f.parts[0])) for f in distribution.files or [] if f.parts[0] != ".."}
print(json.dumps(sorted(files)))
"""


class InterpreterError(Exception):
    """No usable interpreter for a runtime; the text names the variable to set."""


@dataclass(frozen=True)
class Interpreter:
    """A Python executable and the folder with the packages that the Lambda runtime provides."""

    executable: str
    runtime_folder: Path


def variable(runtime: str) -> str:
    """Variable that names the interpreter of a runtime: ``python3.12`` gives ``LAMBDA_PROCESS_PYTHON312``."""
    return "LAMBDA_PROCESS_" + re.sub(r"[^A-Z0-9]", "", runtime.upper())


def executable_for(runtime: str) -> str:
    """Find the Python of a runtime: its variable, ``LAMBDA_PROCESS_PYTHON``, the PATH, or LocalStack's own if it fits.

    Raises
    ------
    InterpreterError
        The runtime is not Python, or there is no interpreter of its version.
    """
    if not runtime.startswith("python"):
        raise InterpreterError(f"runtime {runtime} is not supported: only python3.x functions run as processes")
    for name in (variable(runtime), "LAMBDA_PROCESS_PYTHON"):
        if configured := os.environ.get(name):
            if found := shutil.which(configured):
                return found
            raise InterpreterError(f"{name}={configured} is no executable: set it to a {runtime} with awslambdaric")
    own = f"python{sys.version_info.major}.{sys.version_info.minor}"
    if found := sys.executable if runtime == own else shutil.which(runtime):
        return found
    raise InterpreterError(f"no {runtime} found: set {variable(runtime)} to one that has awslambdaric and boto3")


class InterpreterCache:
    """Prepares each interpreter once: a folder of links to just the packages that Lambda provides.

    The rest of the interpreter's ``site-packages`` stays out of sight, so that a function which forgot a dependency
    fails here as it would on AWS.

    Parameters
    ----------
    folder
        Where the folders of links are made; goes away with LocalStack's temporary directory.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._ready: dict[str, Interpreter] = {}

    def get(self, runtime: str) -> Interpreter:
        """The prepared interpreter of a runtime.

        Raises
        ------
        InterpreterError
            None is found, or it lacks awslambdaric or boto3.
        """
        executable = executable_for(runtime)
        with self._lock:
            if executable not in self._ready:
                self._ready[executable] = self._prepare(runtime, executable)
            return self._ready[executable]

    def _prepare(self, runtime: str, executable: str) -> Interpreter:
        listing = subprocess.run(
            [executable, "-I", "-c", _LIST_FILES, *_PROVIDED], capture_output=True, text=True, check=False
        )
        if listing.returncode != 0:
            reason = listing.stderr.strip().splitlines()[-1:] or ["it cannot be run"]
            raise InterpreterError(
                f"{executable} cannot run {runtime} functions ({reason[0]}): install awslambdaric and boto3 there"
            )
        folder = self._folder / f"{runtime}-{len(self._ready)}"
        folder.mkdir(parents=True)
        for file in map(Path, json.loads(listing.stdout)):
            (folder / file.name).symlink_to(file)
        return Interpreter(executable, folder)
