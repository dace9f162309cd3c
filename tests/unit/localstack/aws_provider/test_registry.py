"""What is said of each resource type, by hand and by the recorded facts, held against its extracted schema."""

import inspect
import json
from collections.abc import Iterator

import pytest

from toolchain.paths import ROOT
from toq_aws_provider import registry, schema
from toq_aws_provider.resource import Resource
from toq_aws_provider.schema import Block

GOLDEN_FILES = sorted((ROOT / "tests/infrastructure/golden").glob("*.tf.json"))
RESOURCE_CLASSES = [registry.resource_class(name) for name in registry.RESOURCE_TYPES]
BY_TERRAFORM = ("id", "region", "tags", "tags_all", "timeouts", "triggers")  # that triggers change is all they do
# Attributes that another module's function reads, of which a type's own source shows the call.
BY_CALL = {
    "bucket_prefix": "choose_name(",
    "filename": "archive_content(",
    "name_prefix": "choose_name(",
    "statement_id_prefix": "choose_name(",
}

each_type = pytest.mark.parametrize("served", RESOURCE_CLASSES, ids=lambda served: served.type)


def leads_somewhere(path: str, block: Block) -> bool:
    """Whether an attribute or block stands at the dotted path."""
    name, _, rest = path.partition(".")
    if rest:
        return name in block.blocks and leads_somewhere(rest, block.blocks[name].block)
    return name in block.attributes or name in block.blocks


def configurable(block: Block, unsupported_attributes: tuple[str, ...], path: str = "") -> Iterator[str]:
    """Paths of everything that a configuration can set and the type does not refuse."""
    for name, attribute in block.attributes.items():
        if attribute.configurable and name not in BY_TERRAFORM and path + name not in unsupported_attributes:
            yield path + name
    for name, nested in block.blocks.items():
        if name not in BY_TERRAFORM and path + name not in unsupported_attributes:
            yield path + name
            yield from configurable(nested.block, unsupported_attributes, f"{path}{name}.")


def called_for(name: str, source: str) -> bool:
    return name in BY_CALL and BY_CALL[name] in source


@each_type
def test_every_fact_names_something_in_the_schema(served: type[Resource]) -> None:
    block = schema.resource(served.type)
    triggers = [name for names in served.recompute.values() for name in names]
    facts = [
        *served.requires_replace, *served.defaults, *served.json_documents, *served.policy_documents,
        *served.recompute, *triggers, *served.unsupported_attributes, *served.optional_computed_blocks,
    ]  # fmt: skip
    assert [fact for fact in facts if not leads_somewhere(fact, block)] == []


@each_type
def test_defaults_are_for_attributes_that_may_be_left_out(served: type[Resource]) -> None:
    block = schema.resource(served.type)
    assert [name for name in served.defaults if "." not in name and not block.attributes[name].optional] == []


@each_type
def test_what_is_recomputed_is_what_aws_computes(served: type[Resource]) -> None:
    block = schema.resource(served.type)
    assert [name for name in served.recompute if not block.attributes[name].computed] == []


@each_type
def test_nothing_configurable_is_ignored_in_silence(served: type[Resource]) -> None:
    """What a type neither mentions nor refuses, a green run would only seem to have shown."""
    modules = {inspect.getmodule(part) for part in served.__mro__ if ".resources." in part.__module__}
    source = "".join(inspect.getsource(module) for module in modules if module)
    paths = configurable(schema.resource(served.type), served.unsupported_attributes)
    names = {path: path.rpartition(".")[2] for path in paths}
    assert [path for path, name in names.items() if f'"{name}"' not in source and not called_for(name, source)] == []


def test_every_type_with_tags_changes_them() -> None:
    """A stack's tags change with the stack itself."""
    tagged = {served.type for served in RESOURCE_CLASSES if "tags" in schema.resource(served.type).attributes}
    changing = {it.type for it in RESOURCE_CLASSES if it.tagging or it.update_tags is not Resource.update_tags}
    assert changing == tagged - {"aws_cloudformation_stack"}


def test_the_served_types_are_those_that_the_environments_use() -> None:
    stacks = [json.loads(file.read_text()) for file in GOLDEN_FILES]
    assert stacks
    assert {name for stack in stacks for name in stack["resource"]} == {*registry.RESOURCE_TYPES}
    assert {name for stack in stacks for name in stack.get("data", {})} == {*registry.DATA_SOURCE_TYPES}


def test_a_type_that_is_not_served_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        registry.resource_class("aws_instance")
    with pytest.raises(KeyError):
        registry.data_source_class("aws_instance")


def test_every_data_source_has_a_class() -> None:
    assert [registry.data_source_class(name).type for name in registry.DATA_SOURCE_TYPES] == [
        *registry.DATA_SOURCE_TYPES
    ]
