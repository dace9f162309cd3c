"""What `python -m toolchain.artifacts` builds, as Terraform refers to it."""

from typing import Final

from modules.environments.environment import Environment

# From cdktf.out/stacks/<stack>/, where Terraform runs.
_ARTIFACTS: Final = "${path.module}/../../../build/artifacts"


def function_archive(name: str) -> str:
    """Path of a function's code; ``name`` without an environment's suffix."""
    return f"{_ARTIFACTS}/{name}.zip"


def layer_archive(environment: Environment) -> str:
    """Path of the layer that all functions share."""
    return f"{_ARTIFACTS}/layer-{environment.architecture}.zip"


def hash_of(archive: str) -> str:
    """Terraform's own hash of a file, so that what is emitted does not change with the code."""
    return f'${{filebase64sha256("{archive}")}}'


def hash_of_all(*archives: str, settings: str = "") -> str:
    """One hash of several files together, and of settings beside them."""
    hashes = ", ".join(f'filebase64sha256("{archive}")' for archive in archives)
    hashes += f', "{settings}"' if settings else ""
    return f'${{sha256(join(" ", [{hashes}]))}}'
