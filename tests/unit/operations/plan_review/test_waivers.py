"""A waiver lets a finding pass, with its reason; a sloppy one is refused."""

from pathlib import Path

import pytest

from operations.plan_review.rules.finding import Finding
from operations.plan_review.waivers import Waiver
from tests.support.plans import DELETED_BUCKET, review, write


def test_waived_finding_passes_and_shows_its_reason(tmp_path: Path) -> None:
    write(tmp_path / "plan.json", DELETED_BUCKET)
    waivers = tmp_path / "waivers.toml"
    waivers.write_text(
        '[[waiver]]\nrule = "data-destroyed"\naddress = "aws_s3_bucket.media"\n'
        'detail = "delete"\nreason = "moved away"\n'
    )
    code, text = review(tmp_path, "--waivers", str(waivers))
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
def test_sloppy_waiver_is_refused(tmp_path: Path, entry: str, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "plan.json")
    waivers = tmp_path / "waivers.toml"
    waivers.write_text("[[waiver]]\n" + entry)
    assert review(tmp_path, "--waivers", str(waivers))[0] == 2
    assert "entry 1" in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, "[[waiver", "waiver = 3\n", 'waiver = ["a"]\n'])
def test_broken_waivers_are_refused_in_one_line(
    tmp_path: Path, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "plan.json")
    waivers = tmp_path / "waivers.toml"
    if content is not None:
        waivers.write_text(content)
    assert review(tmp_path, "--waivers", str(waivers))[0] == 2
    told = capsys.readouterr().err
    assert "waivers.toml" in told
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("address", "covered"),
    [
        ("aws_iam_role_policy.zip_policy", True),
        ("aws_iam_role_policy.zip_policy_2", False),
        ("aws_iam_policy.zip_policy", False),
        ("aws_iam_role_policy.a.b_policy", False),
        ('aws_iam_role_policy.a["b"]_policy', False),
    ],
)
def test_a_star_stands_for_a_part_of_a_name_and_nothing_more(address: str, covered: bool) -> None:
    waiver = Waiver("delete-action", "aws_iam_role_policy.*_policy", "JoinVpc allows it", "why")
    assert waiver.covers(Finding("delete-action", address, "JoinVpc allows it")) is covered
    assert not waiver.covers(Finding("delete-action", address, "another detail"))
    assert not waiver.covers(Finding("data-destroyed", address, "JoinVpc allows it"))
