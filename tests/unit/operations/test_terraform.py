"""Which account: nothing reaches where it should not."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from operations import terraform as stacks
from toolchain.errors import SetupError
from toolchain.paths import ROOT
from toolchain.terraform_provider import ADDRESS, VERSION, standin_environment

LEADING = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "TF_CLI_ARGS_init": "",
    "TF_VAR_callback_url": "http://127.0.0.1:2",
}


def test_unknown_environment_is_one_line_and_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert stacks.main(["validate", "nowhere"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert "nowhere" in told
    assert "dev" in told
    assert told.count("\n") == 1


@pytest.mark.parametrize("missing", LEADING)
def test_local_environment_needs_a_running_platform(
    missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in LEADING.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv(missing)
    assert stacks.main(["deploy", "local"]) == 2
    assert capsys.readouterr().err == "error: ENV=local needs the local platform: start it with `make up`\n"


def test_plan_that_fails_leaves_nothing_of_the_last_one_to_review(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stacks, "BUILD", tmp_path)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    (tmp_path / "plan").mkdir()
    for name in ("local.json", "local.tfplan", "local.md", "dev.json"):
        (tmp_path / "plan" / name).touch()
    assert stacks.main(["plan", "local"]) == 2
    assert [each.name for each in (tmp_path / "plan").iterdir()] == ["dev.json"]


def test_each_step_runs_in_the_surroundings_that_were_given(tmp_path: Path) -> None:
    ran = []

    def note(step: str, command: Sequence[str], *, directory: Path, environment: Mapping[str, str]) -> int:
        ran.append((step, directory, environment["ENV"], environment["CDKTF_OUTDIR"], environment["GIVEN"]))
        return 0

    stack = stacks.Stack("dev", {"CDKTF_OUTDIR": str(tmp_path), "GIVEN": "1"}, run=note)
    assert stack.synth() or stack.terraform("init", "-no-color") == 0
    assert ran == [
        ("synth", ROOT, "dev", str(tmp_path), "1"),
        ("terraform-init", tmp_path / "stacks/toq-media-dev", "dev", str(tmp_path), "1"),
    ]


def test_stack_that_was_never_emitted_has_nothing_to_tell(tmp_path: Path) -> None:
    stack = stacks.Stack("dev", {"CDKTF_OUTDIR": str(tmp_path)})
    with pytest.raises(SetupError, match="toq-media-dev is not synthesised: run `make deploy ENV=dev` first"):
        stack.outputs()


def mirror(folder: Path, program: str) -> dict[str, str]:
    """The way to a provider of the one version, made of `program`; `terraform init` only takes its checksum."""
    environment = standin_environment(folder)
    (binary,) = folder.rglob("terraform-provider-aws_v*")
    binary.write_text(program)
    return environment


def test_folder_that_was_used_with_one_provider_takes_another_of_the_same_version(tmp_path: Path) -> None:
    declared = {"aws": {"source": "hashicorp/aws", "version": VERSION}}
    text = json.dumps({"terraform": {"required_providers": declared}})

    def run(step: str, command: Sequence[str], *, directory: Path, environment: Mapping[str, str]) -> int:
        if step == "synth":
            emitted = Path(environment["CDKTF_OUTDIR"]) / "stacks/toq-media-dev"
            emitted.mkdir(parents=True, exist_ok=True)
            (emitted / "cdk.tf.json").write_text(text)
            return 0
        done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
        return done.returncode

    def installed(name: str) -> str:
        stack = stacks.Stack(
            "dev", {**os.environ, **mirror(tmp_path / name, name), "CDKTF_OUTDIR": str(tmp_path / "out")}, run=run
        )
        assert stack.synth() == 0
        assert stack.terraform("init", "-no-color") == 0
        (binary,) = stack.directory.glob(f".terraform/providers/{ADDRESS}/{VERSION}/*/terraform-provider-aws_v*")
        return binary.read_text()

    assert [installed(name) for name in ("first", "second", "first")] == ["first", "second", "first"]


@pytest.fixture
def emitted(tmp_path: Path) -> stacks.Stack:
    stack = stacks.Stack("dev", {"CDKTF_OUTDIR": str(tmp_path)})
    stack.directory.mkdir(parents=True)
    return stack


def test_outputs_are_the_values_in_terraforms_state(emitted: stacks.Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = json.dumps({"queue_url": {"value": "q", "type": "string", "sensitive": False}})
    done = subprocess.CompletedProcess([], 0, printed, "")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    assert emitted.outputs() == {"queue_url": "q"}


def test_failure_of_terraform_is_one_line_with_its_reason(
    emitted: stacks.Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = subprocess.CompletedProcess([], 1, "", "╷\n│ Error: No valid credential sources\n│ more\n╵")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    with pytest.raises(SetupError, match=r"^terraform init failed for dev \(Error: No valid .+\): check credentials$"):
        emitted.ask("init")
