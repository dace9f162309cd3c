"""The filesystem mirror by which Terraform finds the stand-in provider."""

import os
import platform
import subprocess
from pathlib import Path

import pytest

from toolchain import terraform_provider
from toolchain.errors import SetupError


def binary(directory: Path) -> Path:
    (found,) = directory.rglob("terraform-provider-aws_v6.25.0")
    return found


def test_the_binary_stands_where_terraform_looks_for_it(tmp_path: Path) -> None:
    terraform_provider.standin_environment(tmp_path)
    place = f"mirror/registry.terraform.io/hashicorp/aws/6.25.0/{terraform_provider.terraform_platform()}"
    assert binary(tmp_path).parent == tmp_path / place
    assert os.access(binary(tmp_path), os.X_OK)


def test_the_environment_leads_terraform_and_cdktf_to_it(tmp_path: Path) -> None:
    environment = terraform_provider.standin_environment(tmp_path)
    configuration = Path(environment["TF_CLI_CONFIG_FILE"]).read_text()
    assert f'path    = "{tmp_path}/mirror"' in configuration
    assert environment["TF_CLI_ARGS_providers_lock"] == f"-fs-mirror={tmp_path}/mirror"
    assert environment["CHECKPOINT_DISABLE"] == "1"


def test_the_binary_runs_from_any_folder_and_says_what_it_is(tmp_path: Path) -> None:
    terraform_provider.standin_environment(tmp_path)
    surroundings = {name: value for name, value in os.environ.items() if name != "TF_PLUGIN_MAGIC_COOKIE"}
    done = subprocess.run(
        [binary(tmp_path)], cwd="/", env=surroundings, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("This is a Terraform provider: Terraform starts it.")


def test_writing_again_leaves_the_files_alone(tmp_path: Path) -> None:
    terraform_provider.standin_environment(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    terraform_provider.standin_environment(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_relative_folder_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    environment = terraform_provider.standin_environment(Path("here"))
    assert environment["TF_CLI_CONFIG_FILE"] == str(tmp_path / "here" / "terraform.tfrc")


@pytest.mark.parametrize(("machine", "expected"), [("x86_64", "amd64"), ("aarch64", "arm64"), ("ARM64", "arm64")])
def test_the_processor_is_named_as_the_registry_does(
    machine: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    assert terraform_provider.terraform_platform() == f"linux_{expected}"


def test_an_unknown_processor_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "z80")
    with pytest.raises(SetupError, match="'z80'"):
        terraform_provider.standin_environment(tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("")
    with pytest.raises(SetupError, match=f"cannot write the provider mirror into {occupied}"):
        terraform_provider.standin_environment(occupied)


def test_unknown_provider_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVIDER", "other")
    with pytest.raises(SetupError, match="PROVIDER=other is unknown: use standin or registry"):
        terraform_provider.provider_environment("dev", real_calls=False)


def test_stand_in_never_plans_a_real_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVIDER", "standin")
    with pytest.raises(SetupError, match="only reaches the local platform, not prod: use PROVIDER=registry"):
        terraform_provider.provider_environment("prod", real_calls=True)


def test_real_environment_is_planned_with_the_registrys_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROVIDER", raising=False)
    assert terraform_provider.provider_environment("prod", real_calls=True) == {}
