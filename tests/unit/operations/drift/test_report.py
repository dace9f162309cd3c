"""What was changed outside Terraform is told by attribute, but for what is ignored with a reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from operations.drift import __main__ as command
from operations.drift.report import GONE, Drift, Ignored, drifts, read_ignored, unexpected
from operations.plan_review.plan import Change
from tests.support.infrastructure.golden import golden_file
from toolchain.errors import SetupError

QUEUE = "aws_sqs_queue.batches"


def drifted(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[Drift]:
    actions = ["delete"] if after is None else ["update"]
    change = {"actions": actions, "before": before, "after": after, "after_unknown": {}}
    document = {"address": QUEUE, "type": "aws_sqs_queue", "mode": "managed", "change": change}
    return list(drifts([Change.from_json(document, {})]))


def test_each_attribute_is_told_with_both_values() -> None:
    before = {"visibility_timeout_seconds": 60, "tags": {"team": "media"}, "name": "q"}
    after = {"visibility_timeout_seconds": 90, "tags": {"team": "other"}, "name": "q"}
    assert [str(each) for each in drifted(before, after)] == [
        f'{QUEUE}: tags.team: "media" -> "other"',
        f"{QUEUE}: visibility_timeout_seconds: 60 -> 90",
    ]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, [], 0),
        ("", None, 0),
        ([], {}, 0),
        ('{"a": 1, "b": [2]}', '{"b":[2],"a":1}', 0),
        ('{"a": [1, 2]}', '{"a": [2, 1]}', 1),
        (None, 0, 1),
        (None, False, 1),
        ("", "x", 1),
        ("1", "2", 1),
        ("1", "1.0", 1),
    ],
)
def test_what_means_the_same_is_no_drift(before: Any, after: Any, told: int) -> None:
    assert len(drifted({"value": before}, {"value": after})) == told


def test_a_resource_that_is_gone_is_told_as_one() -> None:
    assert drifted({"name": "q", "delay_seconds": 0}, None) == [Drift(QUEUE, GONE, "there", "gone")]


@pytest.mark.parametrize(
    ("ignored", "left"),
    [
        (Ignored("*", "*", "all"), 0),
        (Ignored("aws_sqs_queue.*", "delay_seconds", "of the console"), 0),
        (Ignored("aws_sqs_queue.*", "tags.*", "of the console"), 1),
        (Ignored("aws_sns_topic.*", "*", "of the console"), 1),
    ],
)
def test_what_is_ignored_is_not_unexpected(ignored: Ignored, left: int) -> None:
    assert len(unexpected(drifted({"delay_seconds": 0}, {"delay_seconds": 1}), [ignored])) == left


def test_what_is_ignored_is_managed_by_a_resource_of_its_own_and_by_no_other() -> None:
    resources = json.loads(golden_file("prod").read_text(encoding="utf-8"))["resource"]
    ignored = read_ignored()
    assert ignored
    for each in ignored:
        kind = each.address.removesuffix(".*")
        assert each.reason.removeprefix("repeats ") in resources
        assert not [name for name, made in resources[kind].items() if each.attribute.rstrip("*") in made]


@pytest.mark.parametrize(
    "text",
    [
        "no toml",
        '[[ignored]]\naddress = "a"\nattribute = "b"',
        '[[ignored]]\naddress = "a"\nattribute = "b"\nreason = " "',
        "ignored = [1]",
    ],
)
def test_an_entry_without_a_reason_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "ignored.toml"
    file.write_text(text)
    with pytest.raises(SetupError, match=r"ignored\.toml"):
        read_ignored(file)


@pytest.mark.parametrize(("found", "code"), [([], 0), ([Drift(QUEUE, "delay_seconds", "0", "1")], 1)])
def test_the_exit_code_and_the_file_tell_whether_something_drifted(
    found: list[Drift], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "look", lambda _: found)
    told = tmp_path / "below" / "drift.json"
    assert command.main(["prod", "--json", str(told)]) == code
    assert f"{len(found)} attributes drifted" in capsys.readouterr().out
    assert told.read_text().count(QUEUE) == len(found)


def test_what_cannot_be_told_is_2_and_leaves_no_earlier_runs_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: str) -> list[Drift]:
        raise SetupError("no credentials")

    monkeypatch.setattr(command, "look", fail)
    told = tmp_path / "drift.json"
    told.write_text("of an earlier run")
    assert command.main(["prod", "--json", str(told)]) == 2
    assert capsys.readouterr().err == "drift: no credentials\n"
    assert not told.exists()
