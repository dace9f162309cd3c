"""Sets up what a Makefile target needs, once, then runs the target's command in that environment.

    python3 -I -S toolchain/bootstrap.py NEED... [-- COMMAND...]

Needs are the keys of `NEEDS`. Works on a machine with Python 3.9 or newer, make and git, and with the registries PyPI,
npm and Debian: standard library only. What is set up is remembered by its inputs, so a second run starts the command
after some 0.1 s.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, by any Python

from toolchain import interpreters, mysql_packages, tools
from toolchain.errors import SetupError
from toolchain.paths import (
    AWS_PROVIDER_PYTHON,
    AWS_PROVIDER_VENV,
    BUILD,
    LOCALSTACK_PYTHON,
    LOCALSTACK_VENV,
    MAIN_PYTHON,
    MYSQL,
    ROOT,
    TOOLS,
    VENV,
)

PLUGINS = ROOT / "localstack" / "plugins"
AWS_PROVIDER = ROOT / "localstack" / "aws_provider"
STAMPS = TOOLS / "setup.json"
# What each word on the command line stands for; "main" is the environment that everything of ours runs in.
NEEDS = {
    "python": ("main",),
    "synth": ("main", "node"),
    "terraform": ("main", "aws_provider", "node", "terraform"),
    "acceptance": ("main", "aws_provider", "node", "terraform", "ffmpeg"),
    "cdktf": ("main", "aws_provider", "node", "terraform", "cdktf"),
    "platform": ("main", "localstack", "aws_provider", "mysql", "node", "terraform", "ffmpeg"),
    "everything": ("main", "localstack", "aws_provider", "mysql", "node", "terraform", "ffmpeg", "cdktf"),
}


def fingerprint(*files: Path) -> str:
    """Of the files' contents."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def program_fingerprint(*programs: str) -> str:
    """Of the programs that the user's PATH and our packages offer: when one changes, the choice is made again."""
    found = [tools.outside(program) for program in programs]
    marks = [f"{path} {Path(path).stat().st_mtime_ns}" if path else "none" for path in found]
    return " ".join([*marks, fingerprint(ROOT / "uv.lock", Path(tools.__file__))])


def sync_main(uv: Path) -> None:
    """The main environment: Python 3.12 with all groups of uv.lock."""
    sync(uv, ROOT, VENV, interpreters.find_python((3, 12), uv), "--all-groups")


def sync_localstack(uv: Path) -> None:
    """LocalStack's environment: Python 3.13 with LocalStack and our plugins."""
    sync(uv, PLUGINS, LOCALSTACK_VENV, interpreters.find_python((3, 13), uv))


def sync_aws_provider(uv: Path) -> None:
    """The environment of the stand-in Terraform provider: Python 3.12 with nothing but its own needs."""
    sync(uv, AWS_PROVIDER, AWS_PROVIDER_VENV, interpreters.find_python((3, 12), uv))


def sync(uv: Path, project: Path, venv: Path, python: Path, *options: str) -> None:
    """Make `venv` what the project's lock file says.

    Raises
    ------
    SetupError
        uv failed; its last line says why.
    """
    ours = {"UV_PROJECT_ENVIRONMENT": str(venv), "UV_PYTHON_DOWNLOADS": "never"}
    kept = {
        name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH")
    }
    command = [uv, "sync", "--quiet", "--frozen", "--project", project, "--python", python, *options]
    done = subprocess.run(list(map(str, command)), env={**kept, **ours}, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = interpreters.last_line(done.stderr)
        raise SetupError(
            f"uv could not install {project / 'uv.lock'} ({reason}): check the package index and try again"
        )


def fetch_mysql() -> None:
    """A MySQL server, unless the user has one."""
    try:
        mysql_packages.fetch(MYSQL, TOOLS / "apt")
    except mysql_packages.MysqlUnavailableError as error:
        raise SetupError(str(error)) from error


def has_mysql() -> bool:
    """Whether the user names a server, or has one installed that is new enough."""
    installed = tools.outside("mysqld")
    return bool(tools.given_database_url()) or (installed is not None and mysql_packages.is_supported(installed))


class Setup:
    """What is set up already, and the way to set up the rest.

    Parameters
    ----------
    stamps
        Component to the fingerprint of the inputs it was set up from.
    """

    def __init__(self, stamps: dict[str, str]) -> None:
        self.stamps = stamps
        self._writing = threading.Lock()

    @classmethod
    def read(cls) -> Setup:
        """From the file of an earlier run; from nothing where there is none."""
        try:
            return cls(json.loads(STAMPS.read_text()))
        except (OSError, ValueError):
            return cls({})

    def write(self) -> None:
        """Replace the file at once, so that a cut-off run leaves the old one."""
        partial = STAMPS.with_suffix(".partial")
        partial.write_text(json.dumps(self.stamps, indent=2))
        partial.replace(STAMPS)

    def is_done(self, component: str) -> bool:
        """Whether what `component` was set up from is unchanged and its result is still there."""
        if component == "mysql":
            return mysql_packages.is_complete(MYSQL) or has_mysql()
        results = {
            "main": MAIN_PYTHON,
            "localstack": LOCALSTACK_PYTHON,
            "aws_provider": AWS_PROVIDER_PYTHON,
            "cdktf": tools.NODE_MODULES,
        }
        result = results.get(component)
        return self.stamps.get(component) == self.inputs(component) and (result is None or result.exists())

    def inputs(self, component: str) -> str:
        """Fingerprint of what the component is set up from."""
        if component == "main":
            return fingerprint(ROOT / "pyproject.toml", ROOT / "uv.lock")
        if component == "localstack":
            return fingerprint(PLUGINS / "pyproject.toml", PLUGINS / "uv.lock")
        if component == "aws_provider":
            return fingerprint(AWS_PROVIDER / "pyproject.toml", AWS_PROVIDER / "uv.lock")
        if component == "cdktf":
            return fingerprint(tools.NODE_PROJECT / "package-lock.json")
        programs = {"node": ("node", "npm"), "terraform": ("terraform",), "ffmpeg": ("ffmpeg",)}
        return program_fingerprint(*programs[component])

    def run(self, components: list[str]) -> None:
        """Set up `components`, those that do not depend on each other at the same time.

        Raises
        ------
        SetupError
            The first that failed; the others are finished and remembered.
        """
        with ThreadPoolExecutor() as pool:
            pending: list[Future[None]] = []
            if "mysql" in components:
                pending.append(pool.submit(self.step, "mysql", "MySQL server", fetch_mysql))
            if {"main", "localstack", "aws_provider"} & set(components):
                uv = interpreters.find_uv()
                tools.link("uv", uv)  # builds of the layer and the linters use it too
            if "localstack" in components:
                pending.append(pool.submit(self.step, "localstack", "LocalStack", lambda: sync_localstack(uv)))
            if "aws_provider" in components:
                pending.append(
                    pool.submit(self.step, "aws_provider", "Terraform provider", lambda: sync_aws_provider(uv))
                )
            if "main" in components:
                wait([main := pool.submit(self.step, "main", "Python environment", lambda: sync_main(uv))])
                main.result()
            for name in ("node", "terraform", "ffmpeg", "cdktf"):  # cdktf is installed by npm, which comes with node
                if name in components:
                    provide: Callable[[], None] = getattr(tools, f"provide_{name}")
                    self.step(name, {"node": "Node.js", "cdktf": "cdktf-cli"}.get(name, name), provide)
            for future in pending:
                future.result()

    def step(self, component: str, title: str, provide: Callable[[], None]) -> None:
        """Do one of them, say how long it took, remember it."""
        started = time.monotonic()
        provide()
        if component != "mysql":
            with self._writing:
                self.stamps[component] = self.inputs(component)
                self.write()
        print(f"  set up {title:<20} {time.monotonic() - started:5.1f} s", file=sys.stderr, flush=True)


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """One set-up at a time in a clone; another one waits."""
    TOOLS.mkdir(parents=True, exist_ok=True)
    with (TOOLS / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print("  waiting for another set-up in this clone", file=sys.stderr, flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def provide(needs: list[str]) -> None:
    """Set up what is missing of `needs`.

    Raises
    ------
    SetupError
        Something cannot be had on this machine; the message says what and the remedy.
    """
    unknown = [need for need in needs if need not in NEEDS]
    if unknown:
        raise SetupError(f"unknown need {unknown[0]!r}: choose from {', '.join(NEEDS)}")
    wanted = list(dict.fromkeys(component for need in needs for component in NEEDS[need]))
    if all(map(Setup.read().is_done, wanted)):
        return
    with locked():
        setup = Setup.read()
        missing = [component for component in wanted if not setup.is_done(component)]
        (BUILD / "tmp").mkdir(parents=True, exist_ok=True)
        setup.run(missing)


def main(words: list[str]) -> int:
    """Read the command line; does not return when there is a command to run."""
    needs, command = words, []
    if "--" in words:
        cut = words.index("--")
        needs, command = words[:cut], words[cut + 1 :]
    try:
        provide(needs)
    except SetupError as error:
        print(f"error: {error}", file=sys.stderr)
        return SetupError.exit_code
    except KeyboardInterrupt:
        return 130
    if not command:
        return 0
    surroundings = {**os.environ, **tools.environment()}
    # Without compiled files LocalStack and the provider bindings take seconds longer at each start. With make's own
    # variables, a make that the command calls would take this one's options and ARGS for its own.
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONPATH", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
        surroundings.pop(name, None)
    os.environ["PATH"] = surroundings["PATH"]
    try:
        os.execvpe(command[0], command, surroundings)  # noqa: S606 - an argument list, on purpose without a shell
    except OSError as error:
        print(f"error: cannot run {command[0]}: {error.strerror}", file=sys.stderr)
    return SetupError.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
