"""Installs what photos are measured beside: sharp from npm, libvips with pyvips from PyPI; below ``build/bench``."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.report import BENCH_DIR, ROOT, BenchError
from toolchain.interpreters import find_uv

SHARP: Final = ROOT / "bench" / "peers" / "sharp"  # package.json, package-lock.json, ways.js
PYVIPS: Final = ("pyvips==3.2.0", "pyvips-binary==8.18.7", "cffi==2.0.0")


@dataclass(frozen=True, slots=True)
class Peers:
    """Where the peers are.

    Parameters
    ----------
    python
        Interpreter that has pyvips.
    node_modules
        Folder whose ``node_modules`` hold sharp.
    versions
        Name to version, for the report.
    """

    python: Path
    node_modules: Path
    versions: dict[str, str]


def install() -> Peers:
    """Install what is not there yet.

    Raises
    ------
    BenchError
        A registry or a tool is out of reach.
    """
    python = _install_pyvips(BENCH_DIR / "venv")
    modules = _install_sharp(BENCH_DIR / "node")
    libvips = "import pyvips; print('.'.join(str(pyvips.version(part)) for part in range(3)))"
    sharp = json.loads((modules / "node_modules" / "sharp" / "package.json").read_text(encoding="utf-8"))
    versions = {
        "sharp": sharp["version"],
        "libvips (pyvips)": _run("libvips", str(python), "-c", libvips).strip(),
        "node": _run("Node.js", "node", "--version").strip(),
    }
    return Peers(python, modules, versions)


def _install_pyvips(venv: Path) -> Path:
    python, stamp = venv / "bin" / "python", venv / "installed.txt"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != "\n".join(PYVIPS):
        uv = str(find_uv())
        _run("the environment of pyvips", uv, "venv", "--clear", "--quiet", "--python", sys.executable, str(venv))
        _run("pyvips", uv, "pip", "install", "--quiet", "--python", str(python), *PYVIPS)
        stamp.write_text("\n".join(PYVIPS), encoding="utf-8")
    return python


def _install_sharp(folder: Path) -> Path:
    lock = (SHARP / "package-lock.json").read_bytes()
    stamp = folder / "installed.json"
    if not stamp.exists() or stamp.read_bytes() != lock:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SHARP / name, folder)
        _run("sharp", "npm", "ci", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts")
        stamp.write_bytes(lock)
    return folder


def _run(what: str, *command: str) -> str:
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        reason = " ".join((getattr(error, "stderr", None) or str(error)).split())
        raise BenchError(f"{what} cannot be set up ({command[0]}): {reason[:300]}") from error
