"""`make acceptance` against the local platform: every check that can be made here is ok, the others are named."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from operations.acceptance import __main__ as acceptance
from operations.acceptance.catalogue import CHECKS

if TYPE_CHECKING:
    from localstack.local_platform.endpoints import Endpoints

# It judges the whole account, alarms and dead letters too: before other tests leave some.
pytestmark = [pytest.mark.localstack, pytest.mark.first]


@pytest.fixture
def surroundings(platform: "Endpoints", monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """This process led to the platform; the folder of the reports."""
    for name, value in platform.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(acceptance, "FOLDER", tmp_path)
    return tmp_path / "local"


def results(folder: Path) -> dict[str, dict[str, Any]]:
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return {check["name"]: check for check in report["checks"]}


def test_platform_keeps_every_promise_that_it_can_show(surroundings: Path) -> None:
    code = acceptance.main(["local"])
    seen = results(surroundings)
    assert {name: check["saw"] for name, check in seen.items() if check["result"] == "FAILED"} == {}
    assert code == 0
    assert {name for name, check in seen.items() if check["result"] == "ONLY_AWS"} == {
        check.name for check in CHECKS if check.only_aws
    }
    assert all(name in (surroundings / "report.md").read_text(encoding="utf-8") for name in seen)


def test_batch_that_the_backend_does_not_know_ends_in_the_dead_letter_queue(
    surroundings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(acceptance.BACKEND_VARIABLE)
    assert acceptance.main(["local"]) == 0
    seen = results(surroundings)
    assert seen["execution-ends"]["saw"] == "FAILED CallbackUndelivered"
    assert "CallbackRefused" in seen["callback-ends"]["saw"]
    assert "404" in seen["callback-ends"]["saw"]
