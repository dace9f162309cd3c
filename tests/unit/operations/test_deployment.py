"""Where the operators' commands learn what was deployed."""

import json
from pathlib import Path

import pytest

from operations.deployment import Deployment, UsageError, read_deployment

OUTPUTS = {
    "region": "sa-east-1",
    "media_bucket": "b",
    "queue_url": "q",
    "dead_letter_queue_url": "d",
    "state_machine_arn": "s",
    "function_arns": {"listing-media-zip": "z"},
    "more": 1,
}


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A synthesised stack of dev, and a `terraform` that answers from a file."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "cdktf.out/stacks/toq-media-dev"
    folder.mkdir(parents=True)
    binary = tmp_path / "terraform"
    binary.write_text('#!/bin/sh\ncat answer.json 2>/dev/null || { echo "Error: no backend" >&2; exit 1; }\n')
    binary.chmod(0o755)
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", str(binary))
    return folder


def test_outputs_come_from_terraform_in_the_stacks_folder(stack: Path) -> None:
    answer = {name: {"value": value, "type": "x", "sensitive": False} for name, value in OUTPUTS.items()}
    (stack / "answer.json").write_text(json.dumps(answer))
    assert read_deployment("dev") == Deployment("sa-east-1", "b", "q", "d", "s", {"listing-media-zip": "z"})


def test_a_file_of_outputs_goes_first(stack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "local.json"
    path.write_text(json.dumps(OUTPUTS))
    monkeypatch.setenv("TOQ_OUTPUTS", str(path))
    assert read_deployment("dev").media_bucket == "b"


def test_an_environment_that_was_not_synthesised_says_what_to_run(stack: Path) -> None:
    with pytest.raises(UsageError, match="make synth ENV=prod"):
        read_deployment("prod")


def test_a_terraform_that_fails_is_quoted_in_one_line(stack: Path) -> None:
    with pytest.raises(UsageError, match="Error: no backend"):
        read_deployment("dev")


def test_a_stack_without_outputs_is_not_deployed(stack: Path) -> None:
    (stack / "answer.json").write_text("{}")
    with pytest.raises(UsageError, match="make deploy ENV=dev"):
        read_deployment("dev")


def test_a_machine_without_terraform_says_so(stack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", "no-such-terraform")
    with pytest.raises(UsageError, match="no-such-terraform is not on the PATH"):
        read_deployment("dev")
