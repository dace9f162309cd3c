"""Finds or fetches uv and the two Pythons: 3.12, as on Lambda, and 3.13, which LocalStack needs.

Part of the bootstrap: standard library only, Python 3.9.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from toolchain.errors import SetupError
from toolchain.paths import TOOLS, VENV

UV = "0.13.9"  # what wrote uv.lock
OLDEST_UV = (0, 9)


def find_uv() -> Path:
    """What the variable UV names, else a recent uv from the PATH, else the pinned one, which pip puts under ``build/``.

    Raises
    ------
    SetupError
        None of them is to be had.
    """
    if given := os.environ.get("UV"):
        return Path(given)
    on_path = shutil.which("uv")
    if on_path and version_of(on_path, "--version") >= OLDEST_UV:
        return Path(on_path).resolve()  # may be our own link to it, when a target's command calls make
    installed = TOOLS / "uv" / "bin" / "uv"
    if not installed.exists():
        install_uv(TOOLS / "uv")
    return installed


def install_uv(target: Path) -> None:
    """Install uv with whatever pip this Python has; Debian's has none without python3-venv or python3-pip."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.rmtree(target.with_name("uv-pip"), ignore_errors=True)
    python = sys.executable
    if not succeeds(python, "-m", "pip", "--version"):
        if not succeeds(python, "-m", "venv", str(target.with_name("uv-pip"))):
            raise SetupError(
                f"no uv on the PATH, and {python} has neither pip nor venv to install it: install uv "
                "(https://docs.astral.sh/uv), or Debian's python3-venv"
            )
        python = str(target.with_name("uv-pip") / "bin" / "python")
    partial = target.with_name("uv.partial")
    shutil.rmtree(partial, ignore_errors=True)
    done = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(partial), f"uv=={UV}"],
        env={**os.environ, "PATH": os.defpath},  # pip asks a rustc on the PATH for its version; rustup's writes to ~
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SetupError(
            f"pip could not install uv {UV} ({last_line(done.stderr)}): install uv, or check the package index"
        )
    partial.rename(target)


def find_python(version: tuple[int, int], uv: Path) -> Path:
    """A working CPython of that version: on the PATH, under pyenv, in the usual folders, or fetched by uv.

    Raises
    ------
    SetupError
        None is here and none can be fetched.
    """
    for candidate in candidates(version):
        if is_working(candidate, version):
            return candidate
    fetched = fetch_python(version, uv)
    if fetched is None:
        name = ".".join(map(str, version))
        raise SetupError(
            f"Python {name} not found, and uv could not fetch it: install it (`pyenv install {name}`, "
            f"`uv python install {name}`, or the system's package) or put python{name} on the PATH"
        )
    return fetched


def candidates(version: tuple[int, int]) -> Iterator[Path]:
    """Places to look, best first; a candidate need not work, e.g. a pyenv shim whose version is not selected."""
    name = f"python{version[0]}.{version[1]}"
    for folder in map(Path, os.get_exec_path()):
        for program in (name, "python3"):
            if folder != VENV / "bin" and (folder / program).exists():
                yield folder / program
    for root in filter(None, (os.environ.get("PYENV_ROOT"), str(Path.home() / ".pyenv"))):
        yield from sorted(Path(root).glob(f"versions/{version[0]}.{version[1]}*/bin/{name}"), reverse=True)
    for prefix in ("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"):
        yield Path(prefix) / name
    yield from (TOOLS / "python").glob(f"cpython-{version[0]}.{version[1]}*/bin/{name}")


def is_working(python: Path, version: tuple[int, int]) -> bool:
    """Whether it starts, is that version, and has the modules that a build without headers lacks."""
    check = f"import ctypes, sqlite3, ssl, sys; sys.exit(sys.version_info[:2] != {version})"
    return python.exists() and succeeds(str(python), "-I", "-c", check)


def fetch_python(version: tuple[int, int], uv: Path) -> Path | None:
    """Let uv download the interpreter into ``build/tools/python``; None when it cannot."""
    environment = {**os.environ, "UV_PYTHON_INSTALL_DIR": str(TOOLS / "python"), "UV_HTTP_RETRIES": "1"}
    name = f"{version[0]}.{version[1]}"
    done = subprocess.run(
        [str(uv), "python", "install", "--quiet", "--no-bin", name], env=environment, capture_output=True, check=False
    )
    if done.returncode:
        return None
    return next((TOOLS / "python").glob(f"cpython-{name}*/bin/python{name}"), None)


def succeeds(*command: str) -> bool:
    """Whether a command can be run and exits 0."""
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def version_of(*command: str) -> tuple[int, ...]:
    """The first dotted number a command prints, e.g. (1, 11, 4); empty when it prints none or fails."""
    try:
        # Unless told not to, `terraform version` asks for newer ones and keeps a file in the home directory.
        quiet = {**os.environ, "CHECKPOINT_DISABLE": "1"}
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=quiet)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    number = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", done.stdout)
    return tuple(int(part) for part in number.groups() if part) if number and done.returncode == 0 else ()


def last_line(text: str) -> str:
    """The last line that says something: where pip, npm and uv put the reason."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no output")
