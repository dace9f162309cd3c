"""What is emitted is what reviewers have read."""

import json

import pytest

from tests.support.infrastructure.emitted import Terraform
from tests.support.infrastructure.golden import golden_file, rendered


def test_emitted_terraform_is_what_was_reviewed(stack: Terraform) -> None:
    golden = golden_file(stack.environment.name)
    if rendered(stack.document) != golden.read_text(encoding="utf-8"):
        pytest.fail(f"{golden.name} differs: `python -m tests.support.infrastructure.golden`, then review `git diff`")


def test_golden_files_hold_no_path_of_a_machine_and_no_token_of_cdktf(stack: Terraform) -> None:
    text = rendered(stack.document)
    assert "TfToken" not in text
    assert str(stack.folder.parent) not in text


def test_state_machine_stands_beside_the_terraform_as_a_file(stack: Terraform) -> None:
    written = json.loads((stack.folder / "state-machine.asl.json").read_text())
    emitted = json.loads(stack.one("aws_sfn_state_machine.media")["definition"])
    assert _names(written) == _names(emitted)
    assert "${" not in json.dumps(written)


def _names(machine: object) -> list[str]:
    """Every member name at every depth, in order."""
    if isinstance(machine, dict):
        return [name for key, value in machine.items() for name in [key, *_names(value)]]
    return [name for value in machine for name in _names(value)] if isinstance(machine, list) else []
