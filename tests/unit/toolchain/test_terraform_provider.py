"""The filesystem mirror by which Terraform finds the stand-in provider."""

import os
import platform
import socket
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
    with pytest.raises(SetupError, match="PROVIDER=other is unknown: use auto, registry, built or standin"):
        terraform_provider.provider_environment("dev", real_calls=False)


@pytest.mark.parametrize("provider", ["standin", "built"])
def test_only_the_registrys_provider_plans_a_real_environment(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVIDER", provider)
    with pytest.raises(SetupError, match="only reaches the local platform, not prod: use PROVIDER=registry"):
        terraform_provider.provider_environment("prod", real_calls=True)


def test_real_environment_is_planned_with_the_registrys_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROVIDER", raising=False)
    monkeypatch.delenv("TF_CLI_CONFIG_FILE", raising=False)
    monkeypatch.delenv("TF_PLUGIN_CACHE_DIR", raising=False)
    assert terraform_provider.provider_environment("prod", real_calls=True) == {}


def test_a_users_own_way_to_providers_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVIDER", "registry")
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", "/home/user/mirror.tfrc")
    monkeypatch.setenv("TF_PLUGIN_CACHE_DIR", "/home/user/plugins")
    assert terraform_provider.provider_environment("local", real_calls=True) == {
        "TF_CLI_CONFIG_FILE": "/home/user/mirror.tfrc",
        "TF_PLUGIN_CACHE_DIR": "/home/user/plugins",
    }


def test_a_provider_that_was_not_built_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVIDER", "built")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(SetupError, match="run `make provider`"):
        terraform_provider.provider_environment("local", real_calls=True)


@pytest.mark.parametrize(
    ("registry", "built", "taken"), [(True, True, "registry"), (False, True, "built"), (False, False, "standin")]
)
def test_auto_takes_the_best_that_is_there_and_says_which(
    registry: bool,
    built: bool,
    taken: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PROVIDER", "auto")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("TF_CLI_CONFIG_FILE", raising=False)
    monkeypatch.setattr(terraform_provider, "registry_answers", lambda: registry)
    if built:
        terraform_provider.built_binary().parent.mkdir(parents=True)
        terraform_provider.built_binary().touch()
    environment = terraform_provider.provider_environment("local", real_calls=True)
    assert capsys.readouterr().err == f"AWS provider: {taken} (PROVIDER=auto)\n"
    configuration = environment.get("TF_CLI_CONFIG_FILE", "")
    assert Path(configuration).name == {"registry": "", "built": "built.tfrc", "standin": "terraform.tfrc"}[taken]
    if taken == "built":
        assert Path(configuration).is_relative_to(tmp_path), "other clones and runs have a cache folder of their own"
        assert f'path    = "{tmp_path}/toq-media/terraform-providers"' in Path(configuration).read_text()


def test_auto_asks_the_registry_for_two_seconds_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TF_CLI_CONFIG_FILE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with socket.socket() as silent:  # takes the connection and says nothing
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setattr(terraform_provider, "HOST", f"127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setattr(terraform_provider, "REGISTRY_SECONDS", 0.2)
        assert not terraform_provider.registry_answers()


@pytest.mark.parametrize(
    ("text", "counts"), [("provider_installation {}", True), ("disable_checkpoint = true", False), (None, False)]
)
def test_a_users_own_mirror_counts_as_the_registry(
    text: str | None, counts: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "terraform.tfrc"))
    monkeypatch.setattr(terraform_provider, "HOST", "127.0.0.1:1")
    if text is not None:
        (tmp_path / "terraform.tfrc").write_text(text)
    assert terraform_provider.registry_answers() is counts
