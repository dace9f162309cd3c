"""Makes plain `terraform` and `cdktf` find the stand-in provider.

`python -m localstack.aws_provider.mirror DIR` writes a filesystem mirror and a Terraform CLI configuration into DIR and
prints the environment that uses them, as `export` lines for a shell.
"""

import os
import platform
import shlex
import sys
from pathlib import Path

from localstack.aws_provider import ADDRESS, VERSION

REPOSITORY = Path(__file__).resolve().parents[2]
_ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def terraform_platform() -> str:
    """This machine as Terraform's registry names it, for example `linux_amd64`.

    Raises
    ------
    LookupError
        On a processor for which there is no Terraform.
    """
    machine = platform.machine().lower()
    if machine not in _ARCHITECTURES:
        raise LookupError(f"no Terraform platform is known for processor {machine!r}")
    return f"{platform.system().lower()}_{_ARCHITECTURES[machine]}"


def install(directory: Path) -> dict[str, str]:
    """Write the mirror and the CLI configuration; return the environment for Terraform.

    The provider binary is a shell script that runs this module's package with the interpreter that runs now, so it
    works from any working directory. Other providers are still taken from their registries.
    """
    directory = directory.resolve()
    mirror = directory / "mirror"
    binary = mirror / ADDRESS / VERSION / terraform_platform() / f"terraform-provider-aws_v{VERSION}"
    binary.parent.mkdir(parents=True, exist_ok=True)
    _write_if_other(
        binary,
        "#!/bin/sh\n"
        f"export PYTHONPATH={shlex.quote(str(REPOSITORY))}\n"
        f"exec {shlex.quote(sys.executable)} -m localstack.aws_provider\n",
    )
    binary.chmod(0o755)
    configuration = directory / "terraform.tfrc"
    _write_if_other(
        configuration,
        "provider_installation {\n"
        f'  filesystem_mirror {{\n    path    = "{mirror}"\n    include = ["{ADDRESS}"]\n  }}\n'
        f'  direct {{\n    exclude = ["{ADDRESS}"]\n  }}\n'
        "}\n",
    )
    return {
        "TF_CLI_CONFIG_FILE": str(configuration),
        "CHECKPOINT_DISABLE": "1",  # Terraform and cdktf ask for newer versions of themselves
        # `cdktf deploy` locks providers, which ignores the CLI configuration.
        "TF_CLI_ARGS_providers_lock": f"-fs-mirror={mirror}",
    }


def _write_if_other(path: Path, text: str) -> None:
    """Leave an identical file alone: Terraform's lock file holds a hash of the mirror, and a run may be using it."""
    if path.exists() and path.read_text() == text:
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text)
    draft.replace(path)


def main(arguments: list[str]) -> int:
    """Install into the directory named on the command line."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("usage: python -m localstack.aws_provider.mirror DIR", file=sys.stderr)
        return 2
    try:
        environment = install(Path(arguments[0]))
    except (OSError, LookupError) as error:
        print(f"cannot write the provider mirror into {arguments[0]}: {error}", file=sys.stderr)
        return 2
    for name, value in environment.items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
