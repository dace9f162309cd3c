"""The review's Markdown: changes by what happens, documents as differences, safe to post as a comment."""

import json
from pathlib import Path

from tests.support.plans import allow, change, policy, review, write


def test_changes_are_grouped_by_what_happens(tmp_path: Path) -> None:
    write(
        tmp_path / "plan.json",
        change("aws_lambda_function.zip", {"memory_size": 512}, {"memory_size": 1024}),
        change("aws_lambda_function.new", None, {"memory_size": 512}),
        change("aws_lambda_function.old", {"memory_size": 512}, None),
        change("aws_lambda_function.moved", {"x": 1}, {"x": 2}, replace=True, replace_paths=[["x"]]),
    )
    code, text = review(tmp_path)
    assert code == 0
    assert "1 to delete, 1 to replace, 1 to update, 1 to create" in text
    assert "`memory_size`: `512` → `1024`" in text
    assert "`aws_lambda_function.moved` (because of `x`)" in text


def test_policy_difference_is_shown_by_statement(tmp_path: Path) -> None:
    old, new = allow("Read", "s3:GetObject"), allow("Read", "s3:GetObject", "s3:PutObject")
    write(tmp_path / "plan.json", change("aws_iam_role_policy.zip", {"policy": policy(old)}, {"policy": policy(new)}))
    _, text = review(tmp_path)
    assert "-Read: Allow s3:GetObject on arn:aws:s3:::media/*" in text
    assert "+Read: Allow s3:GetObject, s3:PutObject on arn:aws:s3:::media/*" in text


def test_state_machine_difference_is_shown_by_state(tmp_path: Path) -> None:
    def definition(seconds: int) -> dict[str, str]:
        states = {"Same": {"Type": "Pass", "Next": "Wait"}, "Wait": {"Type": "Wait", "Seconds": seconds, "End": True}}
        return {"definition": json.dumps({"StartAt": "Same", "States": states})}

    write(tmp_path / "plan.json", change("aws_sfn_state_machine.pipeline", definition(1), definition(2)))
    _, text = review(tmp_path)
    assert "aws_sfn_state_machine.pipeline state Wait" in text
    assert '-  "Seconds": 1,' in text
    assert '+  "Seconds": 2,' in text
    assert "state Same" not in text


def test_policy_known_after_apply_only_is_pointed_out(tmp_path: Path) -> None:
    unknown = change("aws_iam_role_policy.zip", None, {"role": "zip"}, after_unknown={"policy": True})
    write(tmp_path / "plan.json", unknown)
    code, text = review(tmp_path)
    assert code == 3
    assert "policy is known after apply only" in text


def test_text_from_the_plan_cannot_break_the_table(tmp_path: Path) -> None:
    evil = policy(allow("a|b`c\nd", "s3:*"))
    write(tmp_path / "plan.json", change("aws_iam_role_policy.zip", None, {"policy": evil}))
    assert "a\\|b'c d allows s3:*" in review(tmp_path)[1]


def test_review_fits_into_a_comment(tmp_path: Path) -> None:
    write(tmp_path / "plan.json", *(change(f"aws_lambda_function.f{n}", None, {"n": n}) for n in range(5_000)))
    _, text = review(tmp_path)
    assert len(text) < 65_536
    assert "cut at 60,000 characters" in text
