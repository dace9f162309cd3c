"""Wrong values go into one resource each, and what Terraform says of them is read."""

import json
from dataclasses import replace
from typing import Any

import pytest

from localstack.conformance.planted import PLANTED, Planted, plant, refused
from tests.support.infrastructure.golden import golden_file


@pytest.fixture(scope="module")
def emitted() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(golden_file("local").read_text(encoding="utf-8"))
    return document


@pytest.mark.parametrize("planted", PLANTED, ids=lambda each: f"{each.type}.{each.attribute}")
def test_each_value_changes_one_attribute_of_one_resource(planted: Planted, emitted: dict[str, Any]) -> None:
    before = json.dumps(emitted)
    stack, address = plant(emitted, planted)
    kind, name = address.split(".")
    assert stack["resource"][kind][name][planted.attribute] == planted.value
    assert json.dumps(emitted) == before
    stack["resource"][kind][name] = emitted["resource"][kind][name]
    assert stack == emitted


def test_a_value_for_a_type_that_the_stack_lacks_is_told(emitted: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no aws_vpn to give a wrong role"):
        plant(emitted, replace(PLANTED[0], type="aws_vpn", attribute="role"))


def test_errors_are_read_and_warnings_are_not() -> None:
    diagnostics = [
        {"severity": "error", "summary": "no ARN", "address": "aws_iam_role.admin"},
        {"severity": "error", "summary": "bad function call"},
        {"severity": "warning", "summary": "deprecated", "address": "aws_iam_role.admin"},
    ]
    said = refused(json.dumps({"valid": False, "diagnostics": diagnostics}))
    assert said == [("aws_iam_role.admin", "no ARN"), ("(the stack)", "bad function call")]
