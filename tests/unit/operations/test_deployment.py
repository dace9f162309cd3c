"""Where the operators' commands learn what was deployed."""

import json
from pathlib import Path

import pytest

from operations.deployment import DeployedResources, read_deployed
from operations.terraform import LOCAL_VARIABLES
from toolchain.errors import SetupError

OUTPUTS = {
    "region": "sa-east-1",
    "media_bucket": "b",
    "queue_url": "q",
    "dead_letter_queue_url": "d",
    "event_queue_url": "e",
    "event_dead_letter_queue_url": "f",
    "state_machine_arn": "s",
    "function_arns": {"listing-media-zip": "z"},
    "more": 1,
}


@pytest.fixture
def outputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "outputs.json"
    monkeypatch.setenv("TOQ_OUTPUTS", str(path))
    return path


def test_names_come_from_the_terraform_outputs(outputs: Path) -> None:
    outputs.write_text(json.dumps(OUTPUTS))
    expected = DeployedResources("sa-east-1", "b", "q", "d", "e", "f", "s", {"listing-media-zip": "z"})
    assert read_deployed("dev") == expected


@pytest.mark.parametrize("missing", ["region", "function_arns"])
def test_outputs_of_an_older_deployment_say_what_to_do(outputs: Path, missing: str) -> None:
    outputs.write_text(json.dumps({name: value for name, value in OUTPUTS.items() if name != missing}))
    with pytest.raises(SetupError, match=f"dev lack '{missing}': deploy again"):
        read_deployed("dev")


def test_local_environment_without_a_platform_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TOQ_OUTPUTS", *LOCAL_VARIABLES):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SetupError, match="make up"):
        read_deployed("local")
