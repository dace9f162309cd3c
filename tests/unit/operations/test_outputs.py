"""What the backend's ``env.yaml`` is given."""

import json
from pathlib import Path

import pytest

from operations import outputs


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(outputs, "FOLDER", tmp_path / "outputs")
    return tmp_path


def given(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    file = folder / "given.json"
    file.write_text(text)
    monkeypatch.setenv("TOQ_OUTPUTS", str(file))


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
    assert "nowhere.json cannot be read" in capsys.readouterr().err


def test_an_unknown_environment_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("TOQ_OUTPUTS", raising=False)
    assert outputs.main(["no-such-environment"]) == 2
    assert "no such environment" in capsys.readouterr().err
