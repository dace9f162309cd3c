"""The command as CI calls it: exit codes, and the review in a file."""

from pathlib import Path

from tests.support.plans import DELETED_BUCKET, review, write


def test_empty_plan_says_so_and_passes(tmp_path: Path) -> None:
    write(tmp_path / "plan.json")
    code, text = review(tmp_path)
    assert code == 0
    assert "No changes." in text


def test_blocked_plan_exits_3_and_names_rule_and_resource(tmp_path: Path) -> None:
    write(tmp_path / "plan.json", DELETED_BUCKET)
    code, text = review(tmp_path)
    assert code == 3
    assert "| data-destroyed | `aws_s3_bucket.media` | `delete` |" in text
