"""The review for machines: each format says the same, in the form that its readers know."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from operations.plan_review.__main__ import main
from operations.plan_review.rules import RULES
from tests.support.plans import DELETED_BUCKET, change, review, write

WAIVER = (
    '[[waiver]]\nrule = "data-destroyed"\naddress = "aws_s3_bucket.media"\n'
    'detail = "delete"\nreason = "moved: away, 100%"\n'
)
DELETED_KEY = change("aws_kms_key.media", {"description": "k"}, None)
NEW_OUTPUT = {"actions": ["create"], "before": None, "after": 1}


def told(tmp_path: Path, form: str, *changes: dict[str, Any], **more: Any) -> str:
    """The review of a plan of production in a format; the deleted bucket is waived."""
    write(tmp_path / "plan.json", *changes, **more)
    (tmp_path / "waivers.toml").write_text(WAIVER)
    waivers = ("--waivers", str(tmp_path / "waivers.toml"))
    return review(tmp_path, "--format", form, "--environment", "prod", *waivers)[1]


def test_json_has_findings_changes_labels_and_the_exit_code(tmp_path: Path) -> None:
    changed = change("aws_lambda_function.zip", {"memory_size": 512}, {"memory_size": 1024})
    document = json.loads(told(tmp_path, "json", DELETED_BUCKET, DELETED_KEY, changed))
    assert document["exitCode"] == 3
    assert document["empty"] is False
    assert document["counts"] == {"delete": 2, "update": 1}
    assert document["labels"] == ["plan prod: blocked", "plan prod: destroys"]
    assert document["findings"] == [
        {"rule": "data-destroyed", "address": "aws_kms_key.media", "detail": "delete", "waiver": None},
        {"rule": "data-destroyed", "address": "aws_s3_bucket.media", "detail": "delete", "waiver": "moved: away, 100%"},
    ]
    (function,) = (each for each in document["changes"] if each["address"] == "aws_lambda_function.zip")
    assert function["attributes"] == [{"path": "memory_size", "before": 512, "after": 1024}]


@pytest.mark.parametrize(
    ("changes", "more", "empty", "labels"),
    [
        ([], {}, True, []),
        ([change("aws_lambda_function.zip", {"a": 1}, {"a": 1})], {}, True, []),
        ([change("aws_lambda_function.zip", {"a": 1}, {"a": 2})], {}, False, ["plan prod: changes"]),
        ([], {"output_changes": {"a": NEW_OUTPUT}}, False, ["plan prod: changes"]),
        ([DELETED_BUCKET], {}, False, ["plan prod: destroys"]),
    ],
)  # fmt: skip
def test_labels_say_what_happens(
    tmp_path: Path, changes: list[dict[str, Any]], more: dict[str, Any], empty: bool, labels: list[str]
) -> None:
    document = json.loads(told(tmp_path, "json", *changes, **more))
    assert (document["empty"], document["labels"]) == (empty, labels)


def test_json_hides_what_is_sensitive(tmp_path: Path) -> None:
    marks = {"before_sensitive": {"token": True}, "after_sensitive": {"token": True}}
    text = told(tmp_path, "json", change("aws_lambda_function.zip", {"token": "old"}, {"token": "new"}, **marks))
    assert '"old"' not in text
    assert "(sensitive, changes)" in text


def test_sarif_suppresses_what_is_waived(tmp_path: Path) -> None:
    document = json.loads(told(tmp_path, "sarif", DELETED_BUCKET, DELETED_KEY))
    (run,) = document["runs"]
    assert document["version"] == "2.1.0"
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == set(RULES)
    key, bucket = run["results"]
    assert key["message"]["text"] == "aws_kms_key.media: delete"
    assert "suppressions" not in key
    assert bucket["suppressions"] == [{"kind": "external", "justification": "moved: away, 100%"}]
    (location,) = key["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "environments/prod.toml"
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "aws_kms_key.media"
    assert key["partialFingerprints"] != bucket["partialFingerprints"]


def test_junit_fails_what_blocks_and_skips_what_is_waived(tmp_path: Path) -> None:
    suite = ElementTree.fromstring(told(tmp_path, "junit", DELETED_BUCKET, DELETED_KEY))  # noqa: S314 - our own
    assert (suite.get("failures"), suite.get("skipped")) == ("1", "1")
    assert suite.get("tests") == str(len(RULES) + 1)
    failure = suite.find("testcase[@name='aws_kms_key.media']/failure")
    assert failure is not None
    assert failure.get("message") == "delete"


def test_github_annotations_are_one_escaped_line_each(tmp_path: Path) -> None:
    evil = change('aws_kms_key.media["a\n::warning::b"]', {"x": 1}, None)
    assert told(tmp_path, "github", DELETED_BUCKET, evil).splitlines() == [
        '::error title=prod data-destroyed::aws_kms_key.media["a⏎::warning::b"]: delete',
        "::notice title=prod data-destroyed::aws_s3_bucket.media: delete (waived: moved: away, 100%25)",
    ]


@pytest.mark.parametrize("form", ["markdown", "json", "sarif", "junit", "github"])
def test_every_format_has_the_same_exit_codes_also_in_a_file(tmp_path: Path, form: str) -> None:
    plan, status = tmp_path / "plan.json", tmp_path / "kept" / "status"
    words = [str(plan), "--format", form, "--output", str(tmp_path / "out"), "--status", str(status)]
    for changes, more, code in (([], {}, 0), ([DELETED_KEY], {}, 3), ([], {"errored": True}, 2)):
        write(plan, *changes, **more)
        assert main(words) == code
        assert status.read_text() == f"{code}\n"
