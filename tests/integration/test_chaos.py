"""A short run of `make chaos` on a platform of its own: nothing is lost and nothing happens twice, whatever breaks."""

import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from localstack.chaos.__main__ import TIME_FACTOR, chaos
from localstack.chaos.run import Course
from localstack.local_platform.platform import Platform

pytestmark = [pytest.mark.localstack, pytest.mark.xdist_group("chaos"), pytest.mark.timeout(600)]
SEED = 20
COURSE = Course(seconds=25, at_work=6)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The report of one run."""
    folder: Path = tmp_path_factory.mktemp("chaos") / "run"
    with Platform(f"chaos-{os.getpid()}") as platform:
        yield chaos(platform.endpoints, folder, SEED, COURSE, Console(file=StringIO()))


def test_every_batch_ends_in_one_visible_result_or_in_a_dead_letter_with_its_reason(found: dict[str, Any]) -> None:
    assert found["violations"] == []
    assert (found["lost"], found["duplicated"]) == (0, 0)


def test_enough_has_been_tried_for_that_to_say_something(found: dict[str, Any]) -> None:
    assert found["timeFactor"] == TIME_FACTOR
    assert found["batches"] >= 5
    assert found["faults"] >= 25
    assert found["batchesStruck"] >= 4
    assert len(found["faultsByKind"]) >= 12
