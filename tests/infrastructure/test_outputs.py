"""What the backend's ``env.yaml`` is given."""

import json
from pathlib import Path

import pytest

from operations import outputs
from tests.support.infrastructure.emitted import Terraform

CONTRACT = {
    "account_id",
    "admin_role_arn",
    "alerts_topic_arn",
    "backend_role_arn",
    "callback_api_url",
    "callback_secret_arn",
    "dead_letter_queue_arn",
    "dead_letter_queue_url",
    "function_arns",
    "kms_key_alias",
    "kms_key_arn",
    "log_bucket",
    "media_bucket",
    "mediaconvert_job_template",
    "mediaconvert_queue_arn",
    "mediaconvert_role_arn",
    "project_media_policy_arn",
    "queue_arn",
    "queue_url",
    "region",
    "state_machine_arn",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(outputs, "FOLDER", tmp_path / "outputs")
    return tmp_path


def given(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    file = folder / "given.json"
    file.write_text(text)
    monkeypatch.setenv("TOQ_OUTPUTS", str(file))


def test_every_stack_gives_what_the_teams_agreed_on(stack: Terraform) -> None:
    assert set(stack.document["output"]) == CONTRACT
    assert all(output["description"] for output in stack.document["output"].values())


def test_no_output_is_a_secret(stack: Terraform) -> None:
    assert "aws_secretsmanager_secret_version" not in stack.document["resource"]
    assert not any("secret_string" in json.dumps(output) for output in stack.document["output"].values())


def test_yaml_and_json_say_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given(
        folder,
        monkeypatch,
        json.dumps(
            {
                "queue_url": {"value": "https://sqs/q", "type": "string", "sensitive": False},
                "account_id": "000000000012",
                "function_arns": {"zip": "arn:zip", "start": "arn:start"},
            }
        ),
    )
    assert outputs.main(["dev"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "media_processing:",
        '  account_id: "000000000012"',
        "  function_arns:",
        '    start: "arn:start"',
        '    zip: "arn:zip"',
        '  queue_url: "https://sqs/q"',
    ]
    written = json.loads((folder / "outputs/dev.json").read_text())
    assert written == {
        "account_id": "000000000012",
        "function_arns": {"start": "arn:start", "zip": "arn:zip"},
        "queue_url": "https://sqs/q",
    }
    assert outputs.main(["dev", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == written


@pytest.mark.parametrize(
    ("text", "message"), [("{}", "dev has no outputs: run `make deploy ENV=dev` first"), ("{", "are no JSON")]
)
def test_missing_outputs_are_one_line_with_the_remedy(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
    message: str,
) -> None:
    given(folder, monkeypatch, text)
    assert outputs.main(["dev"]) == 2
    complaint = capsys.readouterr().err
    assert message in complaint
    assert len(complaint.splitlines()) == 1


def test_an_unreadable_file_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOQ_OUTPUTS", str(folder / "nowhere.json"))
    assert outputs.main(["dev"]) == 2
    assert "nowhere.json can not be read" in capsys.readouterr().err


def test_an_unknown_environment_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("TOQ_OUTPUTS", raising=False)
    assert outputs.main(["no-such-environment"]) == 2
    assert "no such environment" in capsys.readouterr().err
