"""The extracted schemas: current, whole, and as Terraform needs them."""

import json
from pathlib import Path

import pytest
from tf.gen import tfplugin_pb2 as pb  # type: ignore[import-untyped]

from tests.support.aws_provider.example_resource import EXAMPLE_SCHEMA
from toq_aws_provider import extract, registry, schema
from toq_aws_provider.schema import Attribute, Block, NestedBlock
from toq_aws_provider.values import UNKNOWN

LIMIT_BYTES = 900 * 1024


def test_the_committed_schemas_are_what_the_pinned_bindings_give() -> None:
    assert schema.SCHEMAS.read_text() == extract.render(extract.extract(extract.bundle()))


def test_a_stale_file_fails_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stale = tmp_path / "schemas.json"
    stale.write_text("{}")
    monkeypatch.setattr(extract, "SCHEMAS", stale)
    assert extract.main(["--check"]) == 2
    assert "is not current" in capsys.readouterr().err


def test_the_file_stays_reviewable() -> None:
    assert schema.SCHEMAS.stat().st_size < LIMIT_BYTES
    lines = schema.SCHEMAS.read_text().splitlines()
    assert sum(line.startswith('"aws_') for line in lines) == len(registry.RESOURCE_TYPES) + len(
        registry.DATA_SOURCE_TYPES
    )


@pytest.mark.parametrize(
    ("type_name", "attribute", "expected"),
    [
        ("aws_sqs_queue", "name", Attribute("string", optional=True, computed=True)),
        ("aws_sqs_queue", "url", Attribute("string", computed=True)),
        ("aws_kms_alias", "target_key_id", Attribute("string", required=True)),
        ("aws_cloudwatch_metric_alarm", "alarm_actions", Attribute(["set", "string"], optional=True)),
        ("aws_lambda_function", "layers", Attribute(["list", "string"], optional=True)),
        ("aws_api_gateway_method", "request_parameters", Attribute(["map", "bool"], optional=True)),
    ],
)
def test_attributes_are_extracted_with_type_and_flags(type_name: str, attribute: str, expected: Attribute) -> None:
    assert schema.resource(type_name).attributes[attribute] == expected


def test_a_list_of_objects_that_is_no_block_is_an_attribute() -> None:
    attribute = schema.resource("aws_vpc_endpoint").attributes["dns_entry"]
    assert attribute.type == ["list", ["object", {"dns_name": "string", "hosted_zone_id": "string"}]]


def test_blocks_are_extracted_with_nesting_and_limits() -> None:
    function = schema.resource("aws_lambda_function").blocks
    assert (function["environment"].nesting, function["environment"].max_items) == ("list", 1)
    rule = schema.resource("aws_s3_bucket_server_side_encryption_configuration").blocks["rule"]
    assert (rule.nesting, rule.min_items, rule.max_items) == ("set", 1, 0)
    assert function["timeouts"].nesting == "single"


def test_storage_types_nest() -> None:
    assert extract.storage_type("stringList", "set") == ["set", "string"]
    assert extract.storage_type("stringMap", None) == ["map", "string"]


def test_a_schema_becomes_terraforms_message() -> None:
    block = Block(
        {"name": Attribute("string", required=True)},
        {"rule": NestedBlock(Block({}, {}), "set", min_items=1, max_items=2)},
    )
    message = block.to_protobuf()
    assert json.loads(message.attributes[0].type) == "string"
    assert message.attributes[0].required
    nested = message.block_types[0]
    assert (nested.nesting, nested.min_items, nested.max_items) == (pb.Schema.NestedBlock.SET, 1, 2)


def test_a_conforming_object_has_every_attribute_and_block() -> None:
    whole = EXAMPLE_SCHEMA.conform({"name": "a", "rule": [{"name": "x"}], "surplus": 1})
    assert whole["rule"] == [{"name": "x", "size": None, "prefix": None}]
    assert (whole["grant"], whole["timeouts"], whole["arn"]) == ([], None, None)
    assert "surplus" not in whole


def test_unknown_blocks_stay_unknown() -> None:
    assert EXAMPLE_SCHEMA.conform({"rule": UNKNOWN})["rule"] is UNKNOWN
