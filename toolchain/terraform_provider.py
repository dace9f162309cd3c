"""Which AWS provider Terraform finds: the registry's, one that was built here, or the project's stand-in for it.

``PROVIDER`` chooses: ``registry``, ``built`` (`make provider`), ``standin`` (``localstack/aws_provider``), or ``auto``,
the first of these that is there. Without it, plans and deploys of real environments use the registry's, `validate` is
``auto``, and the local platform uses the stand-in, which applies ten times faster.
"""

import os
import platform
import shlex
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final

from toolchain.errors import SetupError
from toolchain.paths import AWS_PROVIDER_PYTHON, BUILD

PROVIDERS: Final = ("auto", "registry", "built", "standin")
LOCAL: Final = "local"  # the one environment whose AWS is an emulator
HOST: Final = "registry.terraform.io"
ADDRESS: Final = f"{HOST}/hashicorp/aws"
VERSION: Final = "6.25.0"  # what the pinned cdktf bindings were generated from
ARCHITECTURES: Final = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
# What a user sets to lead Terraform to a mirror or cache of providers.
USER_SETTINGS: Final = ("TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR")
REGISTRY_SECONDS: Final = 2.0


def provider_environment(environment: str, *, real_calls: bool, provider: str | None = None) -> dict[str, str]:
    """Variables that make Terraform find its AWS provider.

    Parameters
    ----------
    environment
        Name under ``environments/``.
    real_calls
        Whether the provider will call AWS, as in a plan, and not only check the configuration.
    provider
        One of `PROVIDERS`; what ``PROVIDER`` says when None.

    Raises
    ------
    SetupError
        ``PROVIDER`` is none of `PROVIDERS`, what it names is not there, or it is not to reach a real account.
    """
    account = real_calls and environment != LOCAL
    usual = "registry" if account else "standin" if real_calls else "auto"
    chosen = provider or os.environ.get("PROVIDER") or usual
    if chosen not in PROVIDERS:
        raise SetupError(f"PROVIDER={chosen} is unknown: use {', '.join(PROVIDERS[:-1])} or {PROVIDERS[-1]}")
    if chosen == "auto":
        chosen = "registry" if account else _first_there()
        print(f"AWS provider: {chosen} (PROVIDER=auto)", file=sys.stderr)
    if account and chosen != "registry":
        raise SetupError(f"PROVIDER={chosen} only reaches the local platform, not {environment}: use PROVIDER=registry")
    if chosen == "registry":
        return {name: os.environ[name] for name in USER_SETTINGS if name in os.environ}
    return built_environment() if chosen == "built" else standin_environment()


def _first_there() -> str:
    """The best provider that is to be had, found out in two seconds at most."""
    if registry_answers():
        return "registry"
    return "built" if built_binary().exists() else "standin"


def registry_answers() -> bool:
    """Whether Terraform's registry can be reached, or the user has set up another way to providers."""
    configured = Path(os.environ.get("TF_CLI_CONFIG_FILE") or Path.home() / ".terraformrc")
    if configured.is_file() and "provider_installation" in configured.read_text(encoding="utf-8", errors="replace"):
        return True
    question = urllib.request.Request(f"https://{HOST}/.well-known/terraform.json", method="HEAD")
    try:
        with urllib.request.urlopen(question, timeout=REGISTRY_SECONDS) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def built_mirror() -> Path:
    """Where `make provider` leaves what it builds: in the user's cache folder, for every clone."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "toq-media" / "terraform-providers"


def built_binary() -> Path:
    """The provider that `make provider` builds, as Terraform looks for it in a mirror."""
    return built_mirror() / ADDRESS / VERSION / terraform_platform() / f"terraform-provider-aws_v{VERSION}_x5"


def built_environment() -> dict[str, str]:
    """Variables that make Terraform and cdktf find the provider that `make provider` has built.

    Raises
    ------
    SetupError
        It was not built.
    """
    if not built_binary().exists():
        raise SetupError("PROVIDER=built, but no provider was built: run `make provider`")
    # Beside the mirror that it names: runs with another cache folder do not lead each other astray.
    return _mirror_environment(built_mirror().with_name("built.tfrc"), built_mirror())


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
    try:
        binary.parent.mkdir(parents=True, exist_ok=True)
        _write_if_other(binary, f"#!/bin/sh\nexec {shlex.quote(str(AWS_PROVIDER_PYTHON))} -m toq_aws_provider\n")
        binary.chmod(0o755)
    except OSError as error:
        raise SetupError(f"cannot write the provider mirror into {directory}: {error}") from error
    return _mirror_environment(directory.resolve() / "terraform.tfrc", mirror)


def _mirror_environment(configuration: Path, mirror: Path) -> dict[str, str]:
    """Lead Terraform to a mirror for the AWS provider; other providers are still taken from their registries.

    Raises
    ------
    SetupError
        The CLI configuration cannot be written.
    """
    try:
        configuration.parent.mkdir(parents=True, exist_ok=True)
        _write_if_other(
            configuration,
            "provider_installation {\n"
            f'  filesystem_mirror {{\n    path    = "{mirror}"\n    include = ["{ADDRESS}"]\n  }}\n'
            f'  direct {{\n    exclude = ["{ADDRESS}"]\n  }}\n'
            "}\n",
        )
    except OSError as error:
        raise SetupError(f"cannot write the provider mirror into {configuration.parent}: {error}") from error
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
