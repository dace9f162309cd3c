"""The recorder of what the real provider's schemas say: what it keeps, how it asks, what it reports."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from toolchain import provider_facts
from toolchain.errors import SetupError
from toolchain.provider_build import ProviderSource
from toolchain.provider_facts import add_program, ask_provider, known_to, main, render, resource_types

SCHEMA: dict[str, Any] = {
    "attributes": {"name": {}, "size": {}},
    "blocks": {"rule": {"block": {"attributes": {"status": {}}}}},
}


def test_what_the_pinned_schema_lacks_is_left_out() -> None:
    said = {
        "made_with": "sdk",
        "schema_version": 1,
        "forces_new": ["name", "namespace", "rule.status", "rule.new", "rules.status"],
        "defaults": {"size": 0, "rule.new": True},
        "conflicts_with": {"namespace": ["name"]},
    }
    assert known_to(SCHEMA, said) == {
        "made_with": "sdk",
        "schema_version": 1,
        "forces_new": ["name", "rule.status"],
        "defaults": {"size": 0},
    }


def test_the_program_joins_the_module_by_the_overlay_alone(tmp_path: Path) -> None:
    overlay = tmp_path / "overlay.json"
    overlay.write_text('{"Replace": {"a.go": "b.go"}}')
    add_program(overlay, ProviderSource(tmp_path / "source"))
    replaced = json.loads(overlay.read_text())["Replace"]
    assert replaced["a.go"] == "b.go"
    assert Path(replaced[str(tmp_path / "source/internal/facts/main.go")]).read_text().startswith("// Prints what")
    assert not (tmp_path / "source").exists()


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the provider's module with nothing in it, and what would read it."""
    root = tmp_path / "source"
    root.mkdir()

    @contextmanager
    def unpacked(go: Path) -> Iterator[ProviderSource]:
        yield ProviderSource(root)

    def overlay(self: ProviderSource, services: set[str], folder: Path) -> Path:
        folder.mkdir()
        (folder / "overlay.json").write_text('{"Replace": {}}')
        return folder / "overlay.json"

    monkeypatch.setattr(provider_facts, "unpacked", unpacked)
    monkeypatch.setattr(provider_facts, "find_go", lambda: Path("go"))
    monkeypatch.setattr(ProviderSource, "services", lambda self, types: set())
    monkeypatch.setattr(ProviderSource, "overlay", overlay)
    return root


def answering(monkeypatch: pytest.MonkeyPatch, *, code: int = 0, stdout: str = "", stderr: str = "") -> list[list[str]]:
    """Let every program that is started end like this; the commands are kept."""
    started: list[list[str]] = []

    def run(command: list[Any], **options: Any) -> subprocess.CompletedProcess[str]:
        started.append([str(word) for word in command])
        return subprocess.CompletedProcess(command, code, stdout, stderr)

    monkeypatch.setattr(subprocess, "run", run)
    return started


def test_the_program_is_compiled_and_asked_for_each_type(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = answering(monkeypatch, stdout='{"aws_kms_alias": {}}')
    assert ask_provider({"aws_sqs_queue", "aws_kms_alias"}) == {"aws_kms_alias": {}}
    assert started[0][:3] == ["go", "build", "-overlay"]
    assert started[0][-1] == "./internal/facts"
    assert started[1][1:] == ["aws_kms_alias", "aws_sqs_queue"]


def test_a_provider_that_cannot_be_asked_is_reported(
    source: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(monkeypatch, code=1, stderr="x\nmain.go:7: undefined: schema\n")
    assert main([]) == SetupError.exit_code
    assert "cannot be asked for its schemas (main.go:7: undefined: schema)" in capsys.readouterr().err


def test_a_record_that_is_not_current_fails_the_check_and_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stale = tmp_path / "facts.json"
    stale.write_text("{}")
    monkeypatch.setattr(provider_facts, "FACTS", stale)
    monkeypatch.setattr(provider_facts, "ask_provider", lambda types: {"aws_kms_alias": {"forces_new": ["name"]}})
    assert main(["--check"]) == SetupError.exit_code
    assert "facts.json is not current: run `python -m toolchain.provider_facts`" in capsys.readouterr().err
    assert stale.read_text() == "{}"
    assert main([]) == 0
    assert stale.read_text() == render({"aws_kms_alias": {"forces_new": ["name"]}})
    assert main(["--check"]) == 0


def test_the_types_are_the_resources_of_every_environment() -> None:
    assert {"aws_api_gateway_vpc_link", "aws_sqs_queue"} <= resource_types()
    assert "aws_vpc" not in resource_types(), "a data source"
