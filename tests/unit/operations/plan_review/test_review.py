"""The command as CI calls it: exit codes, Markdown, redaction, acceptance."""

import json
from pathlib import Path

import pytest

from operations.plan_review.__main__ import main
from tests.support.plans import allow, change, policy, write

DELETED_BUCKET = change("aws_s3_bucket.media", {"bucket": "b"}, None)


def review(tmp_path: Path, *arguments: str) -> tuple[int, str]:
    output = tmp_path / "review.md"
    code = main([str(tmp_path / "plan.json"), "--output", str(output), *arguments])
    return code, output.read_text() if output.exists() else ""


def test_empty_plan_says_so_and_passes(tmp_path: Path) -> None:
    write(tmp_path / "plan.json")
    code, text = review(tmp_path)
    assert code == 0
    assert "No changes." in text


def test_blocked_plan_exits_3_and_names_rule_and_resource(tmp_path: Path) -> None:
    write(tmp_path / "plan.json", DELETED_BUCKET)
    code, text = review(tmp_path)
    assert code == 3
    assert "| data-destroyed | `aws_s3_bucket.media` | delete |" in text


def test_accepted_finding_passes_and_shows_its_reason(tmp_path: Path) -> None:
    write(tmp_path / "plan.json", DELETED_BUCKET)
    accepted = tmp_path / "accepted.toml"
    accepted.write_text(
        '[[accepted]]\nrule = "data-destroyed"\naddress = "aws_s3_bucket.media"\n'
        'detail = "delete"\nreason = "moved away"\n'
    )
    code, text = review(tmp_path, "--accepted", str(accepted))
    assert code == 0
    assert "moved away" in text


@pytest.mark.parametrize(
    "entry",
    [
        'rule = "data-destroyed"\naddress = "a"\ndetail = "delete"\n',
        'rule = "data-destroyed"\naddress = "a"\ndetail = "delete"\nreason = " "\n',
        'rule = "no-such-rule"\naddress = "a"\ndetail = "delete"\nreason = "why"\n',
    ],
)
def test_sloppy_acceptance_is_refused(tmp_path: Path, entry: str, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "plan.json")
    accepted = tmp_path / "accepted.toml"
    accepted.write_text("[[accepted]]\n" + entry)
    assert review(tmp_path, "--accepted", str(accepted))[0] == 2
    assert "entry 1" in capsys.readouterr().err


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
    assert "`policy` is known after apply only" in review(tmp_path)[1]


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


def test_stack_that_is_none_exits_2_with_the_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "plan.json")
    assert review(tmp_path, "--stack", str(tmp_path / "missing.json"))[0] == 2
    assert "make synth" in capsys.readouterr().err


def test_text_from_the_plan_can_not_break_the_table(tmp_path: Path) -> None:
    evil = policy(allow("a|b`c\nd", "s3:*"))
    write(tmp_path / "plan.json", change("aws_iam_role_policy.zip", None, {"policy": evil}))
    assert "a\\|b'c d allows s3:*" in review(tmp_path)[1]


def test_review_fits_into_a_comment(tmp_path: Path) -> None:
    write(tmp_path / "plan.json", *(change(f"aws_lambda_function.f{n}", None, {"n": n}) for n in range(5_000)))
    _, text = review(tmp_path)
    assert len(text) < 65_536
    assert "cut at 60,000 characters" in text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "can not be read"),
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
