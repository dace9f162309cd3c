"""What single resource types make of a configuration and of AWS's answers, without any call."""

from pathlib import Path
from typing import Any

import pytest

from toq_aws_provider import registry, schema
from toq_aws_provider.name_generation import choose_name, name_prefix_from_name
from toq_aws_provider.resources.apigateway import changed_items, replace
from toq_aws_provider.resources.apigateway_rest_api import policy_text
from toq_aws_provider.resources.lambda_function import archive_content
from toq_aws_provider.resources.s3_lifecycle import rule_from_api, rule_to_api


def lifecycle_rule(**given: Any) -> dict[str, Any]:
    rule = schema.resource("aws_s3_bucket_lifecycle_configuration").blocks["rule"].block
    return rule.conform({"id": "it", "status": "Enabled", **given})


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ([], {"Prefix": ""}),
        ([{}], {"Prefix": ""}),
        ([{"prefix": "logs/"}], {"Prefix": "logs/"}),
        ([{"tag": [{"key": "stage", "value": "raw"}]}], {"Tag": {"Key": "stage", "Value": "raw"}}),
        (
            [{"and": [{"prefix": "a/", "object_size_greater_than": 5.0, "tags": {"stage": "raw"}}]}],
            {"And": {"Prefix": "a/", "ObjectSizeGreaterThan": 5, "Tags": [{"Key": "stage", "Value": "raw"}]}},
        ),
    ],
)
def test_a_lifecycle_filter_has_one_criterion_or_an_and(blocks: list[Any], expected: dict[str, Any]) -> None:
    assert rule_to_api(lifecycle_rule(filter=blocks))["Filter"] == expected


def test_a_lifecycle_rule_comes_back_as_it_went() -> None:
    rule = lifecycle_rule(
        filter=[{"tag": [{"key": "stage", "value": "raw"}]}],
        transition=[{"days": 180, "storage_class": "GLACIER"}],
        abort_incomplete_multipart_upload=[{"days_after_initiation": 7}],
    )
    block = schema.resource("aws_s3_bucket_lifecycle_configuration").blocks["rule"].block
    assert block.conform(rule_from_api(rule_to_api(rule))) == rule


def test_a_rule_that_transitions_never_expires() -> None:
    rule = rule_to_api(lifecycle_rule(transition=[{"days": 180, "storage_class": "GLACIER"}]))
    assert "Expiration" not in rule
    assert "NoncurrentVersionExpiration" not in rule


def test_patches_of_a_map_add_replace_and_remove_by_escaped_key() -> None:
    old = {"application/json": "A", "text/plain": "T"}
    new = {"application/json": "B", "a~b": "C"}
    assert changed_items(old, new, "/requestModels") == [
        {"op": "remove", "path": "/requestModels/text~1plain"},
        {"op": "add", "path": "/requestModels/a~0b", "value": "C"},
        {"op": "replace", "path": "/requestModels/application~1json", "value": "B"},
    ]


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (None, ""), (5, "5"), ("x", "x")])
def test_patches_carry_texts_only(value: object, text: str) -> None:
    assert replace("/p", value) == {"op": "replace", "path": "/p", "value": text}


def test_an_api_policy_is_unescaped() -> None:
    assert policy_text({"policy": '{\\"Version\\":\\"2012-10-17\\"}'}) == '{"Version":"2012-10-17"}'
    assert policy_text({"policy": '{"Version":"2012-10-17"}'}) == '{"Version":"2012-10-17"}'
    assert policy_text({}) == ""


def test_code_is_the_content_of_an_archive(tmp_path: Path) -> None:
    archive = tmp_path / "f.zip"
    archive.write_bytes(b"zip")
    assert archive_content({"filename": str(archive)}) == b"zip"


def test_a_missing_archive_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"absent\.zip is not there: build the artifacts first"):
        archive_content({"filename": str(tmp_path / "absent.zip")})


def test_a_name_is_the_configured_one_or_unique_after_the_prefix() -> None:
    assert choose_name({"name": "a"}) == "a"
    made = choose_name({"name": None, "name_prefix": "batch-"})
    assert made != choose_name({"name": None, "name_prefix": "batch-"})
    assert name_prefix_from_name({"name": made}, "name_prefix") == "batch-"
    assert choose_name({"bucket": None}, "bucket").startswith("terraform-")


def test_a_name_that_a_person_chose_has_no_prefix() -> None:
    assert name_prefix_from_name({"name": "toq-media-alerts"}, "name_prefix") is None
    assert name_prefix_from_name({"name": "x", "name_prefix": "configured-"}, "name_prefix") == "configured-"


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("validate/AllowEvents", {"id": "AllowEvents", "function_name": "validate", "qualifier": None}),
        ("validate:live/AllowEvents", {"id": "AllowEvents", "function_name": "validate", "qualifier": "live"}),
        (
            "arn:aws:lambda:us-east-1:000000000000:function:validate/S",
            {
                "id": "S",
                "function_name": "arn:aws:lambda:us-east-1:000000000000:function:validate",
                "qualifier": None,
            },
        ),
    ],
)
def test_a_permission_is_imported_by_function_and_statement(identifier: str, expected: dict[str, Any]) -> None:
    permission = registry.resource_class("aws_lambda_permission")
    assert permission(None).import_state(identifier) == expected  # type: ignore[arg-type]  # no call is made
