"""Which provider: the stand-in never plans a real environment."""

from pathlib import Path

import pytest

from toolchain import terraform_provider
from toolchain.errors import SetupError
from toolchain.terraform_provider import LOCAL, provider_environment


def test_unknown_provider_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVIDER", "other")
    with pytest.raises(SetupError, match="PROVIDER=other is unknown: use standin or registry"):
        provider_environment("dev", real_calls=False)


def test_stand_in_never_plans_a_real_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVIDER", "standin")
    with pytest.raises(SetupError, match="only reaches the local platform, not prod: use PROVIDER=registry"):
        provider_environment("prod", real_calls=True)


def test_real_environment_is_planned_with_the_registrys_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROVIDER", raising=False)
    assert provider_environment("prod", real_calls=True) == {}


def test_local_environment_is_planned_with_the_stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PROVIDER", raising=False)
    monkeypatch.setattr(terraform_provider, "BUILD", tmp_path / "a folder's build")
    found = provider_environment(LOCAL, real_calls=True)
    assert Path(found["TF_CLI_CONFIG_FILE"]).is_relative_to(tmp_path / "a folder's build")
    assert "filesystem_mirror" in Path(found["TF_CLI_CONFIG_FILE"]).read_text()
    assert found["TF_CLI_ARGS_providers_lock"] == f"-fs-mirror={tmp_path}/a folder's build/terraform/mirror"


def test_stand_in_that_cannot_be_installed_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "build").touch()
    monkeypatch.setattr(terraform_provider, "BUILD", tmp_path / "build")
    with pytest.raises(SetupError, match=r"cannot write the provider mirror into .+: .+"):
        terraform_provider.standin_environment()
