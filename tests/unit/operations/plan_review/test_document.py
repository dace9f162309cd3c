"""Reading a plan: what is none or no complete one, what is sensitive, and what the plan does not know yet."""

import json
from pathlib import Path

import pytest

from operations.plan_review.__main__ import main
from tests.support.plans import allow, change, plan, policy, review, write


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


ERRORS = [
    (None, "cannot be read"),
    ("PK\x03\x04", "is no JSON"),
    ("\ud800".encode("utf-16-le", "surrogatepass").decode("latin-1"), "is no JSON"),
    ("[" * 100_000, "is no JSON"),
    ("[]", "no Terraform plan"),
    ('{"format_version": "2.0", "terraform_version": "9"}', "no Terraform plan"),
    ('{"format_version": 1, "terraform_version": "1.11.4"}', "no Terraform plan"),
    (json.dumps({"format_version": "1.0", "terraform_version": "1.11.4", "values": {}}), "is a state"),
    (json.dumps({"version": 4, "terraform_version": "1.11.4", "serial": 7, "resources": []}), "is a state"),
    ('{"format_version": "1.2", "terraform_version": "1.11.4"}', "no complete Terraform plan"),
    (json.dumps(plan(errored=True)), "run that failed"),
    (json.dumps({key: value for key, value in plan().items() if key != "errored"}), "run that failed"),
    (json.dumps(plan(complete=False)), "not complete"),
    (json.dumps(plan(complete=False, deferred_changes=[{"reason": "absent_prereq"}])), "defers changes"),
    (json.dumps(plan(resource_changes="all")), "resource_changes is no list"),
    (json.dumps(plan(output_changes=[1])), "output_changes is no object"),
    (json.dumps(plan({"address": "a.b"})), "resource_changes[0] lacks address or mode"),
    (json.dumps(plan({"address": "a.b", "mode": "managed"})), "resource_changes[0] lacks type"),
    (json.dumps(plan({"address": "a.b", "mode": "managed", "type": "a"})), "change is missing"),
    (json.dumps(plan(change("a.b", {}, {}, actions=["explode"]))), "none that this review knows"),
    (json.dumps(plan(change("a.b", {}, [1]))), "resource_changes[0].change.after"),
    (json.dumps(plan(change("a.b", {}, {}, after_unknown=True))), "after_unknown"),
]


@pytest.mark.parametrize(("content", "words"), ERRORS)
def test_what_is_no_complete_plan_exits_2_with_the_remedy(
    tmp_path: Path, content: str | None, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "plan.json").write_text(content)
    assert review(tmp_path) == (2, "")
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_plan_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text("\ufeff" + json.dumps(plan()))
    assert review(tmp_path)[0] == 0


def test_plan_older_than_its_stack_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "plan.json", timestamp="2026-01-01T00:00:00Z")
    assert review(tmp_path, "--stack", emitted(tmp_path, {}))[0] == 2
    assert "is older than" in capsys.readouterr().err


def test_plan_made_right_after_its_stack_is_read(tmp_path: Path) -> None:
    stack = emitted(tmp_path, {})
    write(tmp_path / "plan.json")
    assert review(tmp_path, "--stack", stack)[0] == 0


def test_refused_plan_leaves_no_review_of_an_earlier_one(tmp_path: Path) -> None:
    write(tmp_path / "plan.json")
    assert review(tmp_path)[1]
    write(tmp_path / "plan.json", errored=True)
    assert review(tmp_path) == (2, "")


def test_review_makes_the_folder_it_is_written_to(tmp_path: Path) -> None:
    write(tmp_path / "plan.json")
    assert main([str(tmp_path / "plan.json"), "--output", str(tmp_path / "a" / "b" / "review.md")]) == 0
    assert (tmp_path / "a" / "b" / "review.md").exists()


def test_review_that_cannot_be_written_exits_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "plan.json")
    assert main([str(tmp_path / "plan.json"), "--output", str(tmp_path / "plan.json" / "review.md")]) == 2
    assert "plan.json" in capsys.readouterr().err
