"""Reading a plan: what is no plan, what is sensitive, and what the plan does not know yet."""

import json
from pathlib import Path

import pytest

from tests.support.plans import allow, change, policy, review, write


def emitted(tmp_path: Path, resource: dict[str, object]) -> str:
    stack = tmp_path / "cdk.tf.json"
    stack.write_text(json.dumps({"resource": {"aws_iam_role_policy": {"zip": resource}}}))
    return str(stack)


def test_policy_that_the_plan_does_not_know_is_judged_as_it_is_written(tmp_path: Path) -> None:
    write(tmp_path / "plan.json", change("aws_iam_role_policy.zip", None, {}, after_unknown={"policy": True}))
    written = policy(allow("All", "s3:*", Resource="${aws_s3_bucket.media.arn}/*"))
    code, text = review(tmp_path, "--stack", emitted(tmp_path, {"policy": written}))
    assert code == 3
    assert "All allows s3:*" in text
    assert "known after apply" not in text


def test_policy_that_nobody_wrote_needs_no_review(tmp_path: Path) -> None:
    write(tmp_path / "plan.json", change("aws_iam_role_policy.zip", None, {}, after_unknown={"policy": True}))
    code, text = review(tmp_path, "--stack", emitted(tmp_path, {"role": "zip"}))
    assert code == 0
    assert "known after apply" not in text


def test_sensitive_values_are_never_shown(tmp_path: Path) -> None:
    marks = {
        "before_sensitive": {"environment": [{"token": True}]},
        "after_sensitive": {"environment": [{"token": True}]},
    }
    before, after = {"environment": [{"token": "old-secret"}]}, {"environment": [{"token": "new-secret", "more": 1}]}
    write(tmp_path / "plan.json", change("aws_lambda_function.zip", before, after, **marks))
    _, text = review(tmp_path)
    assert "secret" not in text
    assert "(sensitive)" in text


def test_stack_that_is_none_exits_2_with_the_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "plan.json")
    assert review(tmp_path, "--stack", str(tmp_path / "missing.json"))[0] == 2
    assert "make synth" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        ("PK\x03\x04", "is no JSON"),
        ("[]", "no Terraform plan"),
        ('{"format_version": "2.0", "terraform_version": "9"}', "no Terraform plan"),
    ],
)
def test_unreadable_plan_exits_2_with_the_remedy(
    tmp_path: Path, content: str | None, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "plan.json").write_text(content)
    assert review(tmp_path)[0] == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
