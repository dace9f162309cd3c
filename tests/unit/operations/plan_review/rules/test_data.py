"""Plans that destroy data, lose states or let objects expire, each with what the review must say."""

import json
from pathlib import Path
from typing import Any

import pytest

from operations.plan_review import rules
from tests.support.plans import change, judged
from toolchain.paths import ROOT


def machine(*names: str) -> dict[str, str]:
    states = {name: {"Type": "Pass", "End": True} for name in names}
    inner = {"StartAt": "Inner", "States": states}
    return {
        "definition": json.dumps({"StartAt": "Outer", "States": {"Outer": {"Type": "Parallel", "Branches": [inner]}}})
    }


def lifecycle(**rule: Any) -> dict[str, Any]:
    return {"rule": [{"id": "old"} | rule]}


LIFECYCLE = "aws_s3_bucket_lifecycle_configuration.media"
BUCKET = {"bucket": "b"}

CASES: list[tuple[str, dict[str, Any], set[tuple[str, str]]]] = [
    ("a bucket is deleted", change("aws_s3_bucket.media", BUCKET, None), {("data-destroyed", "delete")}),
    ("a queue is replaced",
     change("aws_sqs_queue.q", {"name": "a", "kms_master_key_id": "k"}, {"name": "b", "kms_master_key_id": "k"},
            replace=True, replace_paths=[["name"]]),
     {("data-destroyed", "replace because of name")}),
    ("a bucket is replaced by one that is made first",
     change("aws_s3_bucket.media", BUCKET, {"bucket": "c"}, actions=["create", "delete"]),
     {("data-destroyed", "replace")}),
    ("a key is deleted", change("aws_kms_key.media", {"x": 1}, None), {("data-destroyed", "delete")}),
    ("a secret is deleted", change("aws_secretsmanager_secret.s", {"x": 1}, None), {("data-destroyed", "delete")}),
    ("logs are deleted", change("aws_cloudwatch_log_group.zip", {"x": 1}, None), {("data-destroyed", "delete")}),
    ("a database is deleted", change("aws_db_instance.d", {"x": 1}, None), {("data-destroyed", "delete")}),
    ("a bucket is forgotten, which destroys nothing",
     change("aws_s3_bucket.media", BUCKET, None, actions=["forget"]), set()),
    ("a bucket is imported", change("aws_s3_bucket.media", BUCKET, BUCKET, importing={"id": "b"}), set()),
    ("a bucket gets a tag", change("aws_s3_bucket.media", BUCKET, BUCKET | {"tags": {"team": "media"}}), set()),
    ("a function is deleted", change("aws_lambda_function.zip", {"memory_size": 512}, None), set()),
    ("a state goes", change("aws_sfn_state_machine.m", machine("Zip", "Callback"), machine("Zip")),
     {("state-lost", "Callback")}),
    ("a state comes", change("aws_sfn_state_machine.m", machine("Zip"), machine("Zip", "Callback")), set()),
    ("states that nobody knows", change("aws_sfn_state_machine.m", machine("Zip"), {},
                                        after_unknown={"definition": True}),
     {("state-lost", "definition is known after apply only")}),
    ("a definition that is none", change("aws_sfn_state_machine.m", machine("Zip"), {"definition": "{"}),
     {("state-lost", "Outer"), ("state-lost", "Zip")}),
    ("objects expire", change(LIFECYCLE, None, lifecycle(expiration=[{"days": 1}])),
     {("objects-expire", "rule old has expiration")}),
    ("versions expire", change(LIFECYCLE, lifecycle(), lifecycle(noncurrent_version_expiration=[{"days": 1}])),
     {("objects-expire", "rule old has noncurrent_version_expiration")}),
    ("objects expire by a rule inside the bucket",
     change("aws_s3_bucket.media", BUCKET, BUCKET | {"lifecycle_rule": [{"id": "x", "expiration": [{"days": 1}]}]}),
     {("objects-expire", "rule x has expiration")}),
    ("rules that nobody knows", change(LIFECYCLE, lifecycle(), {}, after_unknown={"rule": True}),
     {("objects-expire", "rule is known after apply only")}),
    ("objects go to Glacier", change(LIFECYCLE, None, lifecycle(transition=[{"days": 180}], expiration=[])), set()),
]  # fmt: skip


@pytest.mark.parametrize(("what", "changed", "said"), CASES, ids=[each[0] for each in CASES])
def test_nothing_that_is_kept_goes_unseen(
    tmp_path: Path, what: str, changed: dict[str, Any], said: set[tuple[str, str]]
) -> None:
    assert judged(tmp_path, changed) == said


def test_every_rule_is_documented_and_has_a_plan_that_breaks_it() -> None:
    tables = "".join(each.read_text() for each in Path(__file__).parents[1].rglob("test_*.py"))
    documented = (ROOT / "docs" / "pull-requests.md").read_text()
    assert [rule for rule in rules.RULES if f'"{rule}"' not in tables] == []
    assert [rule for rule in rules.RULES if f"`{rule}`" not in documented] == []
