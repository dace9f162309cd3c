"""The review's Markdown: changes by what happens, documents as differences, safe to post as a comment."""

import json
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

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


EVIL = [
    "a`<img src=x>|b",
    "</code></summary></details>",
    "```\n</details>\n# heading",
    " ```",
    "\\| cell | cell |",
    "``a`",
    "line\nline\r\n| x | y |",
    "\u202egpj.exe",
    "\ud800",
    "@everyone #1 https://evil.example",
    "-->",
    "",
    " ",
]


@pytest.mark.parametrize("evil", EVIL)
def test_no_text_leaves_its_place(tmp_path: Path, evil: str) -> None:
    """Read as Markdown, the review has the same parts and HTML whatever its texts hold."""

    def told(text: str) -> tuple[list[str], list[str]]:
        statements = [allow(f"{text}x", "s3:*"), {"Effect": "Deny", "Action": "s3:Put*", "Resource": f"{text}x"}]
        states = {f"x{text}": {"Type": "Pass", "Comment": text, "End": True}}
        definition = json.dumps({"StartAt": "x", "States": states}, indent=2)
        write(
            tmp_path / "plan.json",
            change(f"aws_iam_role_policy.zip[{text!r}]", None, {"policy": policy(*statements)}),
            change("aws_lambda_function.zip", {f"k{text}": text}, {f"k{text}": f"{text}y"}),
            change("aws_sfn_state_machine.m", {"definition": "{}"}, {"definition": definition}),
            change("aws_s3_bucket.b", {"x": 1}, {"x": 1}, importing={"id": f"{text}x"}),
            output_changes={f"o{text}": {"actions": ["update"], "before": text, "after": f"{text}z"}},
            checks=[{"address": {"to_display": f"c{text}"}, "status": "fail", "instances": [{"problems": [text]}]}],
        )
        output = tmp_path / "review.md"
        review(tmp_path)
        tokens = MarkdownIt("commonmark").enable("table").parse(output.read_text(encoding="utf-8"))
        inline = [child for token in tokens for child in token.children or []]
        html = [token.content for token in [*tokens, *inline] if token.type.startswith("html")]
        tags = re.findall(r"</?[a-z]+", "".join(html))
        return [token.type for token in tokens], [tag for tag in tags if tag not in ("<code", "</code")]

    assert told(evil) == told("plain")


def test_cut_review_says_so_first_and_stays_whole_in_its_parts(tmp_path: Path) -> None:
    write(tmp_path / "plan.json", *(change(f"aws_lambda_function.f{n}", None, {"n": n}) for n in range(5_000)))
    _, text = review(tmp_path, "--whole", "artifact plan-dev")
    assert len(text) < 65_536
    assert text.splitlines()[2] == "> :scissors: Cut at 60,000 characters. The whole review: artifact plan-dev."
    whole = review(tmp_path, "--limit", "0")[1]
    assert "aws_lambda_function.f4999" in whole
    assert "Cut at" not in whole


@pytest.mark.parametrize("limit", range(500, 6_000, 250))
def test_cut_closes_what_it_opened(tmp_path: Path, limit: int) -> None:
    old, new = allow("Read", "s3:GetObject"), allow("Read", "s3:GetObject", "s3:PutObject")
    role = {"policy": policy(old)}, {"policy": policy(new)}
    write(tmp_path / "plan.json", *(change(f"aws_iam_role_policy.p{n}", *role) for n in range(20)))
    _, text = review(tmp_path, "--limit", str(limit))
    assert len(text) <= limit
    assert "Cut at" in text
    assert text.count("<details>") == text.count("</details>")
    assert text.count("```") % 2 == 0


def test_values_are_shown_where_they_differ(tmp_path: Path) -> None:
    before, after = ({"url": "x" * 500 + end + "y" * 500} for end in ("old", "new"))
    write(tmp_path / "plan.json", change("aws_lambda_function.zip", before, after))
    text = review(tmp_path)[1]
    assert "xxxoldyyy" in text
    assert "xxxnewyyy" in text
    assert "x" * 120 not in text


def test_nested_values_are_told_leaf_by_leaf(tmp_path: Path) -> None:
    before, after = ({"environment": [{"variables": {"A": "same", "B": value}}]} for value in ("1", "2"))
    write(tmp_path / "plan.json", change("aws_lambda_function.zip", before, after))
    text = review(tmp_path)[1]
    assert '`environment[0].variables.B`: `"1"` → `"2"`' in text
    assert "same" not in text


TOLD = (
    "1 to delete, 1 to replace, 2 to update, 1 to import, 1 to move, 1 to forget, 1 to create, "
    "1 drifted, 2 outputs to change",
    "- `aws_lambda_function.new`\n  - `arn`: `(known after apply)`\n  - `memory_size`: `512`\n",
    "- `aws_lambda_function.moved` (moved from `aws_lambda_function.was`)",
    "- `aws_lambda_function.in` (imported as `import-id`)\n  - `a`: `1` → `2`",
    "- `aws_lambda_function.taken` (imported as `other-id`)",
    "nothing is destroyed)\n\n- `aws_lambda_function.forgotten`",
    "- `aws_lambda_function.tainted` (`replace because tainted`)",
    "- `aws_lambda_function.old` (deposed object `0a1b2c3d`)",
    "  - `token`: `(sensitive)` → `(sensitive, changes)`",
    "- `aws_lambda_function.drifted`\n  - `timeout`: `1` → `9`",
    '- `url`\n  - `value`: `"a"` → `(known after apply)`',
    "- `key`\n  - `value`: `(sensitive)`",
    "- `check.up`: `fail` `down`",
)


def test_everything_that_happens_is_told_once(tmp_path: Path) -> None:
    """Circumstances of each change, drift, outputs, checks, and what is sensitive."""
    secret = {"before_sensitive": {"token": True}, "after_sensitive": {"token": True}}
    gone = change("aws_lambda_function.old", {"a": 1}, None)
    write(
        tmp_path / "plan.json",
        change("aws_lambda_function.new", None, {"memory_size": 512, "nothing": None}, after_unknown={"arn": True}),
        change("aws_lambda_function.moved", {"a": 1}, {"a": 1}) | {"previous_address": "aws_lambda_function.was"},
        change("aws_lambda_function.in", {"a": 1}, {"a": 2}, importing={"id": "import-id"}),
        change("aws_lambda_function.taken", {"a": 1}, {"a": 1}, importing={"id": "other-id"}, actions=["no-op"]),
        change("aws_lambda_function.forgotten", {"a": 1}, None, actions=["forget"]),
        change("aws_lambda_function.tainted", {"a": 1}, {"a": 1}, replace=True)
        | {"action_reason": "replace_because_tainted"},
        gone | {"deposed": "0a1b2c3d"},
        change("aws_lambda_function.secret", {"token": "old-secret"}, {"token": "new-secret"}, **secret),
        resource_drift=[change("aws_lambda_function.drifted", {"timeout": 1}, {"timeout": 9})],
        output_changes={
            "url": {"actions": ["update"], "before": "a", "after": None, "after_unknown": True},
            "same": {"actions": ["no-op"], "before": "a", "after": "a"},
            "key": {"actions": ["create"], "before": None, "after": "shh", "after_sensitive": True},
        },
        checks=[
            {
                "address": {"to_display": "check.up"},
                "status": "fail",
                "instances": [{"problems": [{"message": "down"}]}],
            },
            {"address": {"to_display": "check.fine"}, "status": "pass"},
        ],
    )
    text = review(tmp_path)[1]
    for line in TOLD:
        assert text.count(line) == 1, line
    assert "secret`" not in text.replace("aws_lambda_function.secret`", "")
    assert "shh" not in text
    assert "check.fine" not in text
    assert "`same`" not in text
