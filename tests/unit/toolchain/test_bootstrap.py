"""The bootstrap: any Python from 3.9, nothing but the standard library, one line when something is missing."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from toolchain import bootstrap, interpreters, mysql_packages, tools
from toolchain.errors import SetupError
from toolchain.paths import ROOT

TOOLCHAIN = ROOT / "toolchain"
# What runs before there is an environment of ours.
EARLY = ("__init__", "bootstrap", "errors", "interpreters", "mysql_packages", "paths", "tools")


def program(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return file


def bootstrapped(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-I", "-S", str(TOOLCHAIN / "bootstrap.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("module", EARLY)
def test_early_modules_are_python_3_9_and_import_nothing_from_outside(module: str) -> None:
    tree = ast.parse((TOOLCHAIN / f"{module}.py").read_text(), feature_version=(3, 9))
    for node in ast.walk(tree):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [each.name for each in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            ours = name == "toolchain" or name.removeprefix("toolchain.") in EARLY
            assert ours or name.partition(".")[0] in sys.stdlib_module_names, name


def test_unknown_need_is_one_line_and_exit_code_2() -> None:
    done = bootstrapped("miracles")
    assert done.returncode == 2
    assert done.stderr.startswith("error: unknown need 'miracles': choose from python, ")
    assert done.stderr.count("\n") == 1


def test_command_that_is_not_there_is_one_line_and_exit_code_2() -> None:
    done = bootstrapped("--", "no-such-program")
    assert (done.returncode, done.stderr) == (2, "error: cannot run no-such-program: No such file or directory\n")


def test_cut_off_record_of_an_earlier_run_counts_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "STAMPS", tmp_path / "setup.json")
    (tmp_path / "setup.json").write_text('{"main": "ab')
    assert not bootstrap.Setup.read().is_done("main")


def test_record_of_a_run_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "STAMPS", tmp_path / "setup.json")
    setup = bootstrap.Setup({})
    setup.step("ffmpeg", "ffmpeg", lambda: None)
    assert bootstrap.Setup.read().is_done("ffmpeg")


def test_program_that_appears_on_the_path_is_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    setup = bootstrap.Setup({})
    setup.stamps["ffmpeg"] = setup.inputs("ffmpeg")
    assert setup.is_done("ffmpeg")
    program(tmp_path, "ffmpeg", "exit 0")
    assert not setup.is_done("ffmpeg")


def test_working_python_is_preferred_to_a_shim_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "shims", "python3.12", "echo 'pyenv: python3.12: command not found' >&2; exit 127")
    good = program(tmp_path / "bin", "python3.12", f'exec {sys.executable} "$@"')
    monkeypatch.setenv("PATH", f"{tmp_path}/shims:{tmp_path}/bin")
    assert interpreters.find_python((3, 12), Path("/no/uv")) == good


def test_python_under_pyenv_is_found_without_its_shims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program_folder = tmp_path / "versions/3.12.9/bin"
    program_folder.mkdir(parents=True)
    good = program(program_folder, "python3.12", f'exec {sys.executable} "$@"')
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert interpreters.find_python((3, 12), Path("/no/uv")) == good


def test_missing_python_is_named_with_remedies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreters, "candidates", lambda version: iter(()))
    uv = program(tmp_path, "uv", "echo 'error: no connection' >&2; exit 2")
    with pytest.raises(SetupError, match=r"^Python 3\.13 not found, and uv could not fetch it: install it \(`pyenv"):
        interpreters.find_python((3, 13), uv)


def test_old_terraform_is_replaced_and_a_new_one_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "TOOLS_BIN", tmp_path / "links")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    program(tmp_path / "bin", "terraform", "echo Terraform v1.5.7")
    tools.provide_terraform()
    shim = tmp_path / "links/terraform"
    assert "terraform_shim.py" in shim.read_text()
    program(tmp_path / "bin", "terraform", "echo Terraform v1.10.0")
    tools.provide_terraform()
    assert not shim.exists()


def test_terraform_from_pypi_is_terraform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "TOOLS_BIN", tmp_path)
    monkeypatch.setattr(tools, "outside", lambda name: None)
    tools.provide_terraform()
    assert interpreters.version_of(str(tmp_path / "terraform"), "version") == (1, 11, 4)
    wrong = subprocess.run([tmp_path / "terraform", "no-such-command"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 1


@pytest.mark.parametrize(
    ("printed", "good"),
    [
        ("/usr/sbin/mysqld  Ver 8.0.36 for Linux on x86_64 (MySQL Community Server - GPL)", True),
        ("/usr/sbin/mysqld  Ver 9.7.4-2 for Linux on x86_64 ((Debian))", True),
        ("/usr/sbin/mysqld  Ver 5.7.44 for Linux on x86_64 (MySQL Community Server (GPL))", False),
        ("mysqld  Ver 10.11.6-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)", False),
    ],
)
def test_only_real_and_recent_mysql_is_taken(printed: str, good: bool, tmp_path: Path) -> None:
    assert mysql_packages.is_supported(str(program(tmp_path, "mysqld", f"echo '{printed}'"))) is good


def test_mirror_is_the_hosts_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    codename = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    release = codename.get("VERSION_CODENAME", "").strip('"')
    answer = f"http://other.example/x {release} contrib\nhttps://mirror.example/debian/ {release} main"
    program(tmp_path, "apt-get", f"echo '{answer}'")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert mysql_packages.mirror() == "https://mirror.example/debian/"


def test_machine_without_apt_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(mysql_packages.MysqlUnavailableError, match="on Debian only: set DATABASE_URL, or put the"):
        mysql_packages.fetch(tmp_path / "mysql", tmp_path / "cache")


def test_unpacking_that_was_cut_off_does_not_look_complete(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        mysql_packages.unpack([tmp_path / "missing.deb"], tmp_path / "mysql")
    assert not mysql_packages.is_complete(tmp_path / "mysql")


def test_lock_of_cdktf_names_no_registry_and_every_package_its_checksum() -> None:
    packages = json.loads((TOOLCHAIN / "node/package-lock.json").read_text())["packages"]
    assert packages["node_modules/cdktf-cli"]["version"] == "0.21.0"
    for path, package in packages.items():
        assert "resolved" not in package, path
        assert not path or package.get("integrity") or package.get("inBundle"), path


def test_own_link_to_uv_is_not_linked_to_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A target's command has our links on its PATH; when it calls make, uv is found through one of them."""
    real = program(tmp_path / "real", "uv", "echo uv 0.13.9")
    (tmp_path / "links").mkdir()
    (tmp_path / "links/uv").symlink_to(real)
    monkeypatch.setenv("PATH", f"{tmp_path}/links:{os.environ['PATH']}")
    monkeypatch.delenv("UV", raising=False)
    assert interpreters.find_uv() == real
    monkeypatch.setenv("UV", "/given/uv")
    assert interpreters.find_uv() == Path("/given/uv")


def test_environment_is_never_made_from_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "venv/bin", "python3", "exit 0")
    monkeypatch.setattr(interpreters, "VENV", tmp_path / "venv")
    monkeypatch.setenv("PATH", f"{tmp_path}/venv/bin")
    assert tmp_path / "venv/bin/python3" not in interpreters.candidates((3, 12))
