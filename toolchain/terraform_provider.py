"""Which AWS provider Terraform works with: the registry's, or the stand-in that only reaches the local platform.

Without the registry within reach, `validate` and everything on the local environment use the stand-in;
``PROVIDER=registry`` uses the registry's. Plans and deploys of real environments always use the registry's.
"""

import os
import shlex
import subprocess
import sys
from typing import Final

from toolchain.errors import SetupError
from toolchain.paths import BUILD, ROOT

LOCAL: Final = "local"  # the environment of the local platform
PROVIDERS: Final = ("standin", "registry")


def provider_environment(environment: str, *, real_calls: bool) -> dict[str, str]:
    """Variables that make Terraform find its AWS provider.

    Parameters
    ----------
    environment
        Name under ``environments/``.
    real_calls
        Whether the provider will call AWS, as in a plan, and not only check the configuration.

    Raises
    ------
    SetupError
        ``PROVIDER`` is neither of `PROVIDERS`, or the stand-in is asked to reach a real account.
    """
    chosen = os.environ.get("PROVIDER") or ("registry" if real_calls and environment != LOCAL else "standin")
    if chosen not in PROVIDERS:
        raise SetupError(f"PROVIDER={chosen} is unknown: use {' or '.join(PROVIDERS)}")
    if chosen == "registry":
        return {}
    if real_calls and environment != LOCAL:
        raise SetupError(f"PROVIDER=standin only reaches the local platform, not {environment}: use PROVIDER=registry")
    return standin_environment()


def standin_environment() -> dict[str, str]:
    """Install the stand-in provider below ``build/``; the variables that make Terraform find it there.

    Raises
    ------
    SetupError
        It cannot be installed; with its own reason.
    """
    done = subprocess.run(
        [sys.executable, "-m", "localstack.aws_provider.mirror", str(BUILD / "terraform")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SetupError(done.stderr.strip() or f"the stand-in provider ended with exit code {done.returncode}")
    assignments = (shlex.split(line)[1] for line in done.stdout.splitlines())  # each line is `export NAME=VALUE`
    return {name: value for name, _, value in (each.partition("=") for each in assignments)}
