"""Fetches real MySQL on Debian, where a MySQL server is packaged in unstable alone, without touching the system.

apt resolves and verifies the server, the client programs and their libraries against an empty package database of its
own, the packages are unpacked into ``build/mysql``, and ``build/mysql/bin/{mysqld,mysql,mysqldump}`` run there through
unstable's own dynamic loader. So it needs neither root nor a chroot, and the machine's packages stay as they are. The
host's apt configuration (proxy, certificates) and mirror are used. Standard library only and Python 3.9: the bootstrap
runs it beside the other fetches.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PACKAGES = ("mysql-server-core", "mysql-client-core")
PROGRAMS = {"mysqld": "usr/sbin/mysqld", "mysql": "usr/bin/mysql", "mysqldump": "usr/bin/mysqldump"}
SUITE = "sid"
OLDEST = (8, 0)
DEFAULT_MIRROR = "http://deb.debian.org/debian"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# What maintainer scripts and mysqldumpslow depend on; nothing here runs those, and it is a third of the download.
UNNEEDED = ("perl", "libperl", "libgdbm", "libdb5")
LAUNCHER = """#!/bin/sh
# Runs unstable's program on unstable's own C library, which the host's programs must not see.
root=$(cd "$(dirname "$0")/.." && pwd)
for loader in "$root"/usr/lib*/ld-linux*.so.* "$root"/usr/lib/*/ld-linux*.so.*; do [ -e "$loader" ] && break; done
exec "$loader" --library-path "$(echo "$root"/usr/lib/*-linux-gnu)" "$root/{program}" "$@"
"""


class MysqlUnavailableError(Exception):
    """MySQL cannot be fetched on this machine; the message is one line with the remedy."""


def fetch(target: Path, cache: Path) -> Path:
    """Put a MySQL server's files under `target`.

    Parameters
    ----------
    target
        Becomes a file tree with ``bin/mysqld`` and its like; appears at once, when it is complete.
    cache
        apt's lists and the downloaded packages; a second fetch downloads nothing that is here.

    Raises
    ------
    MysqlUnavailableError
        Not Debian, or the mirror does not answer.
    """
    if is_complete(target):
        return target
    remedy = "set DATABASE_URL, or put the mysqld of MySQL 8.0 or newer on the PATH"
    if not KEYRING.exists() or not all(map(shutil.which, ("apt-get", "dpkg-deb"))):
        raise MysqlUnavailableError(f"no MySQL server found, and it can be fetched on Debian only: {remedy}")
    try:
        packages = download(cache)
        unpack(packages, target)
    except subprocess.CalledProcessError as error:
        reason = (error.stderr or error.stdout or str(error)).strip().splitlines()[-1:]
        raise MysqlUnavailableError(f"MySQL could not be fetched from Debian ({''.join(reason)}): {remedy}") from error
    return target


def is_supported(program: str) -> bool:
    """Whether a ``mysqld`` is MySQL, not MariaDB, and new enough for check constraints and descending indexes."""
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    number = re.search(r"Ver (\d+)\.(\d+)", version)
    return "MariaDB" not in version and number is not None and (int(number[1]), int(number[2])) >= OLDEST


def is_complete(target: Path) -> bool:
    """Whether an earlier fetch finished: the folder is renamed into place as its last step."""
    return (target / "bin/mysqld").exists()


def mirror() -> str:
    """The host's own Debian mirror; Debian's default where its sources name none."""
    release = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line).get(
        "VERSION_CODENAME", ""
    )
    listing = run("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages")
    for uri, suite, component in (line.split() for line in listing.splitlines() if len(line.split()) == 3):
        if suite == release.strip('"') and component == "main" and uri.startswith("http"):
            return uri
    return DEFAULT_MIRROR


def download(cache: Path) -> list[Path]:
    """Fetch the package and its libraries with apt; returns their files."""
    status, packages = cache / "state" / "status", cache / "packages"
    for folder in (cache / "state" / "lists" / "partial", cache / "cache" / "archives" / "partial", packages):
        folder.mkdir(parents=True, exist_ok=True)
    status.write_text("")
    sources = cache / "sources.list"
    sources.write_text(f"deb [signed-by={KEYRING}] {mirror()} {SUITE} main\n")
    settings = {
        "Dir::State": cache / "state",
        "Dir::State::status": status,
        "Dir::Cache": cache / "cache",
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "/dev/null",
        "APT::Sandbox::User": "root",  # the clone may stand where the user _apt cannot enter
        "APT::Install-Recommends": "false",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
        "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled": "false",
    }
    apt = ["apt-get", "-qq", *(word for name, value in settings.items() for word in ("-o", f"{name}={value}"))]
    run(*apt, "update")
    plan = run(*apt, "install", "--simulate", *PACKAGES)
    # Inst libssl3t64 (3.6.5-1 Debian:unstable [amd64])
    versions = dict(re.findall(r"^Inst (\S+) \((\S+) ", plan, re.MULTILINE))
    needed = {name: version for name, version in versions.items() if not name.startswith(UNNEEDED)}
    run(*apt, "download", *(f"{name}={version}" for name, version in needed.items()), cwd=packages)
    return [file for name, version in needed.items() for file in packages.glob(f"{name}_{quoted(version)}_*.deb")]


def quoted(version: str) -> str:
    """A version as it stands in a package's file name."""
    return version.replace(":", "%3a")


def unpack(packages: list[Path], target: Path) -> None:
    """Unpack beside `target` and rename, so that a cut-off run leaves nothing that looks complete."""
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(target, ignore_errors=True)
    partial.mkdir(parents=True)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        list(pool.map(lambda package: run("dpkg-deb", "--extract", str(package), str(partial)), packages))
    (partial / "bin").mkdir()
    for name, program in PROGRAMS.items():
        launcher = partial / "bin" / name
        launcher.write_text(LAUNCHER.format(program=program))
        launcher.chmod(0o755)
    partial.rename(target)


def run(*command: str, cwd: Path | None = None) -> str:
    """Run a command; its output."""
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=True)
    return done.stdout
