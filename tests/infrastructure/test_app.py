"""``python main.py``, as cdktf and people run it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from modules import aws
from modules.environments import config

ROOT = Path(__file__).resolve().parents[2]


def synth(tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "ENV"}
    return subprocess.run(
        [sys.executable, "main.py"],
        cwd=ROOT,
        env={**environment, "CDKTF_OUTDIR": str(tmp_path / "cdktf.out"), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_one_environment_is_emitted_when_it_is_named(tmp_path: Path) -> None:
    done = synth(tmp_path, ENV="dev")
    assert (done.returncode, done.stderr) == (0, "")
    assert [folder.name for folder in (tmp_path / "cdktf.out/stacks").iterdir()] == ["toq-media-dev"]


def test_an_unknown_environment_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    done = synth(tmp_path, ENV="sandbox")
    assert done.returncode == 2
    there_are = ", ".join(config.names())
    assert done.stderr.splitlines() == [f"ENV=sandbox: no such environment; use one of: {there_are}"]
    assert not (tmp_path / "cdktf.out").exists()


def test_cdktf_json_starts_the_app() -> None:
    assert json.loads((ROOT / "cdktf.json").read_text())["app"] == "python main.py"


class TestFastImport:
    """The stub of the bindings' root package, on packages made for the test."""

    @pytest.fixture
    def package(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        folder = tmp_path / "toq_fake_bindings"
        folder.mkdir()
        (folder / "__init__.py").write_text("ROOT_RAN = True\n")
        (folder / "queue.py").write_text("QUEUE = 1\n")
        monkeypatch.syspath_prepend(tmp_path)
        for name in ("", "._jsii", ".queue"):
            monkeypatch.delitem(sys.modules, f"toq_fake_bindings{name}", raising=False)
        return folder

    def test_submodules_are_found_and_the_root_does_not_run(self, package: Path) -> None:
        (package / "_jsii.py").write_text("")
        assert aws.skip_root_package("toq_fake_bindings")
        from toq_fake_bindings import queue  # type: ignore[import-not-found]

        assert queue.QUEUE == 1
        assert not hasattr(sys.modules["toq_fake_bindings"], "ROOT_RAN")

    def test_another_layout_is_imported_as_python_does(self, package: Path) -> None:
        assert not aws.skip_root_package("toq_fake_bindings")
        import toq_fake_bindings  # type: ignore[import-not-found]

        assert toq_fake_bindings.ROOT_RAN
        assert package.is_dir()

    def test_a_package_that_is_not_there_is_left_to_the_import_that_says_so(self) -> None:
        assert not aws.skip_root_package("toq_no_such_bindings")

    def test_what_is_imported_already_is_left_alone(self) -> None:
        assert not aws.skip_root_package("json")


def test_the_bindings_are_imported_in_one_file_only() -> None:
    importing = {
        str(path.relative_to(ROOT))
        for folder in ("modules", "handlers", "operations", "localstack", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if "from cdktf_cdktf_provider_aws" in path.read_text(encoding="utf-8")
    }
    assert importing == {"modules/aws.py", "tests/infrastructure/test_app.py"}


def test_every_exported_name_is_used() -> None:
    code = "".join(path.read_text() for path in (ROOT / "modules").rglob("*.py") if path.name != "aws.py")
    assert [name for name in aws.__all__ if not re.search(rf"\baws\.{name}\b", code)] == []
