"""The provider's own environment, in which Terraform runs it, against the one in which these tests do."""

import tomllib
from pathlib import Path

from toolchain.paths import ROOT


def locked_versions(lock: Path) -> dict[str, str]:
    return {package["name"]: package["version"] for package in tomllib.loads(lock.read_text())["package"]}


def test_terraform_runs_the_provider_with_the_versions_that_it_is_tested_with() -> None:
    own = locked_versions(ROOT / "localstack/aws_provider/uv.lock")
    assert "grpcio" in own
    assert own.items() <= locked_versions(ROOT / "uv.lock").items()
