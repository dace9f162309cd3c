"""No JSON file ends the review in a traceback: it is reviewed, or refused in one line."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from operations.plan_review.__main__ import main
from operations.plan_review.rules.protection_table import PROTECTIONS
from tests.support.plans import allow, change, plan, policy

TYPES = sorted({row.type for row in PROTECTIONS} | {"aws_iam_role_policy", "aws_iam_role_policy_attachment"})
NAMES = sorted(
    {row.path.split(".")[0] for row in PROTECTIONS}
    | {"policy", "assume_role_policy", "inline_policy", "role", "policy_arn", "managed_policy_arns", "rule", "ingress"}
    | {"definition", "principal", "source_arn", "name", "lifecycle_rule", "policy_document"}
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True)
    | st.text(max_size=20)
    | st.sampled_from([policy(allow("A", "s3:*")), "{", '{"Statement": 1}', '{"Statement": [{}]}', "*", "0.0.0.0/0"])
)
KEYS = st.text(max_size=8) | st.sampled_from(NAMES)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
ATTRIBUTES = st.none() | st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5)
MARKS = st.none() | st.booleans() | st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3)
ACTIONS = st.sampled_from(
    [["no-op"], ["create"], ["update"], ["delete"], ["forget"], ["delete", "create"], ["create", "forget"], ["read"]]
)
CHANGES = st.builds(
    lambda kind, name, actions, before, after, unknown, marks, more: {
        "address": f"{kind}.{name}",
        "mode": "managed",
        "type": kind,
        "change": {
            "actions": actions,
            "before": before,
            "after": after,
            "after_unknown": unknown,
            "before_sensitive": marks,
            "after_sensitive": marks,
        }
        | more,
    },
    st.sampled_from(TYPES),
    st.text(max_size=5),
    ACTIONS,
    ATTRIBUTES,
    ATTRIBUTES,
    MARKS,
    MARKS,
    st.dictionaries(st.sampled_from(["importing", "replace_paths"]), VALUES, max_size=2),
)
STATEMENT_KEYS = ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "Condition", "Else"]
POLICIES = st.builds(
    lambda statements: json.dumps({"Statement": statements}),
    VALUES
    | st.lists(st.dictionaries(st.sampled_from(STATEMENT_KEYS), VALUES | st.just("Allow"), max_size=6), max_size=3),
)
OPTIONS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def reviewed(folder: Path, document: Any, form: str) -> int:
    (folder / "plan.json").write_text(json.dumps(document))
    return main([str(folder / "plan.json"), "--format", form, "--output", str(folder / "out")])


@OPTIONS
@given(document=VALUES, form=st.sampled_from(["markdown", "json", "sarif", "junit", "github"]))
def test_any_json_is_refused(tmp_path: Path, document: Any, form: str) -> None:
    assert reviewed(tmp_path, document, form) == 2


@OPTIONS
@given(member=st.sampled_from([*plan(), "configuration", "output_changes", "resource_drift", "checks"]), value=VALUES)
def test_a_plan_with_any_value_in_a_place_is_reviewed_or_refused(tmp_path: Path, member: str, value: Any) -> None:
    assert reviewed(tmp_path, plan() | {member: value}, "markdown") in (0, 2, 3)


@OPTIONS
@given(changes=st.lists(CHANGES, max_size=4), form=st.sampled_from(["markdown", "json", "sarif", "junit", "github"]))
def test_any_changes_are_reviewed_or_refused(tmp_path: Path, changes: list[dict[str, Any]], form: str) -> None:
    assert reviewed(tmp_path, plan(*changes, resource_drift=changes), form) in (0, 2, 3)


@OPTIONS
@given(before=POLICIES, after=POLICIES)
def test_any_policies_are_compared(tmp_path: Path, before: str, after: str) -> None:
    changed = change("aws_iam_role_policy.zip", {"role": "zip", "policy": before}, {"role": "zip", "policy": after})
    assert reviewed(tmp_path, plan(changed), "markdown") in (0, 3)


@pytest.mark.parametrize("text", ["", "null", "1e999", '{"a": 1e999}', '"\\ud800"', "[" * 5_000 + "]" * 5_000])
def test_odd_json_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.json").write_text(text)
    assert main([str(tmp_path / "plan.json")]) == 2
