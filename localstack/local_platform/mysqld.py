"""The MySQL server program on this machine, and the data directory that a new server starts from."""

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from localstack.local_platform.errors import StartError
from localstack.local_platform.service import clean_environment
from toolchain.errors import SetupError
from toolchain.mysql_packages import is_supported
from toolchain.paths import BUILD, MYSQL

TEMPLATES: Final = BUILD / "mysql-data"


@dataclass(frozen=True, slots=True)
class Mysqld:
    """A MySQL server program.

    Parameters
    ----------
    program
        ``mysqld``.
    options
        What it needs to find its own files when it is not installed, and to run as this user.
    """

    program: Path
    options: tuple[str, ...]


def find_mysqld() -> Mysqld:
    """The server on the PATH, if it is MySQL 8.0 or newer, else the one fetched under ``build/``.

    Raises
    ------
    SetupError
        There is neither.
    """
    installed = shutil.which("mysqld")
    if installed and is_supported(installed):
        return Mysqld(Path(installed), run_as())
    if not (MYSQL / "bin/mysqld").exists():
        raise SetupError(
            "no MySQL server found: run `make tools` (fetches one on Debian), set DATABASE_URL, "
            "or put the mysqld of MySQL 8.0 or newer on the PATH"
        )
    files = (
        f"--basedir={MYSQL / 'usr'}",
        f"--plugin-dir={MYSQL / 'usr/lib/mysql/plugin'}",
        f"--lc-messages-dir={MYSQL / 'usr/share/mysql'}",
        f"--character-sets-dir={MYSQL / 'usr/share/mysql/charsets'}",
    )
    return Mysqld(MYSQL / "bin/mysqld", (*files, *run_as()))


def run_as() -> tuple[str, ...]:
    """Root must name the user the server runs as.

    It stays root: the clone may stand in a folder that no other user can enter, the server listens on loopback only,
    may not touch files, and ends with the run.
    """
    return ("--user=root",) if os.geteuid() == 0 else ()


def fresh_data(server: Mysqld) -> Path:
    """A data directory as `mysqld --initialize` leaves it, made once per server version: it takes 3 s, a copy 0.1 s.

    Raises
    ------
    StartError
        Initialising failed; with the end of its log.
    """
    version = subprocess.run([server.program, "--version"], capture_output=True, text=True, check=True).stdout
    number = re.search(r"Ver (\S+)", version)
    template = TEMPLATES / (number[1] if number else "unknown")
    if template.exists():
        return template
    TEMPLATES.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix="making-", dir=TEMPLATES))
    log = TEMPLATES / "initialize.log"
    with log.open("wb") as output:
        done = subprocess.run(
            [server.program, "--no-defaults", *server.options, "--initialize-insecure", f"--datadir={making}"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=clean_environment(),
            check=False,
        )
    if done.returncode:
        shutil.rmtree(making, ignore_errors=True)
        raise StartError(f"MySQL could not initialise a data directory (exit code {done.returncode})", log)
    (making / "auto.cnf").unlink(missing_ok=True)  # the server's UUID: each copy makes its own
    try:
        making.rename(template)
    except OSError:  # a run beside this one was first
        shutil.rmtree(making, ignore_errors=True)
    return template
