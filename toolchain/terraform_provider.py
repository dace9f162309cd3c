"""Which AWS provider Terraform finds: the registry's, or the project's stand-in for it.

Without the registry within reach, `validate` and everything on the local environment use the stand-in, a project of its
own in ``localstack/aws_provider``; ``PROVIDER=registry`` uses the registry's. Plans and deploys of real environments
always use the registry's: the stand-in refuses any endpoint that is not loopback.
"""

import os
import platform
import shlex
from pathlib import Path
from typing import Final

from toolchain.errors import SetupError
from toolchain.paths import AWS_PROVIDER_PYTHON, BUILD

PROVIDERS: Final = ("standin", "registry")
LOCAL: Final = "local"  # the one environment whose AWS is an emulator
ADDRESS: Final = "registry.terraform.io/hashicorp/aws"
VERSION: Final = "6.25.0"  # what the pinned cdktf bindings were generated from
ARCHITECTURES: Final = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


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


def standin_environment(directory: Path = BUILD / "terraform") -> dict[str, str]:
    """Variables that make Terraform and cdktf find the stand-in.

    Writes a filesystem mirror and a Terraform CLI configuration into `directory`. The provider's binary there is a
    shell script that runs the stand-in in its own environment, so it works from any working directory. Other providers
    are still taken from their registries.

    Raises
    ------
    SetupError
        There is no Terraform for this processor, or `directory` cannot be written.
    """
    mirror = directory.resolve() / "mirror"
    binary = mirror / ADDRESS / VERSION / terraform_platform() / f"terraform-provider-aws_v{VERSION}"
    configuration = directory.resolve() / "terraform.tfrc"
    try:
        binary.parent.mkdir(parents=True, exist_ok=True)
        _write_if_other(binary, f"#!/bin/sh\nexec {shlex.quote(str(AWS_PROVIDER_PYTHON))} -m toq_aws_provider\n")
        binary.chmod(0o755)
        _write_if_other(
            configuration,
            "provider_installation {\n"
            f'  filesystem_mirror {{\n    path    = "{mirror}"\n    include = ["{ADDRESS}"]\n  }}\n'
            f'  direct {{\n    exclude = ["{ADDRESS}"]\n  }}\n'
            "}\n",
        )
    except OSError as error:
        raise SetupError(f"cannot write the provider mirror into {directory}: {error}") from error
    return {
        "TF_CLI_CONFIG_FILE": str(configuration),
        "CHECKPOINT_DISABLE": "1",  # Terraform and cdktf ask for newer versions of themselves
        # `cdktf deploy` locks providers, which ignores the CLI configuration.
        "TF_CLI_ARGS_providers_lock": f"-fs-mirror={mirror}",
    }


def terraform_platform() -> str:
    """This machine as Terraform's registry names it, for example `linux_amd64`.

    Raises
    ------
    SetupError
        On a processor for which there is no Terraform.
    """
    machine = platform.machine().lower()
    if machine not in ARCHITECTURES:
        raise SetupError(f"no Terraform platform is known for processor {machine!r}")
    return f"{platform.system().lower()}_{ARCHITECTURES[machine]}"


def _write_if_other(path: Path, text: str) -> None:
    """Leave an identical file alone: Terraform's lock file holds a hash of the mirror, and a run may be using it."""
    if path.exists() and path.read_text() == text:
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text)
    draft.replace(path)
