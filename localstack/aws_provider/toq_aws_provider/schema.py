"""Schemas of resource types, data sources and the provider, as `extract.py` took them from the pinned bindings."""

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tf.gen import tfplugin_pb2 as pb  # type: ignore[import-untyped]

from toq_aws_provider.values import Object, Value

SCHEMAS = Path(__file__).with_name("schemas.json")

Type = str | list[Any]
"""A cty type as JSON: "string", ["set", "string"], ["object", {...}]."""


@dataclass(frozen=True)
class Attribute:
    """One attribute of a block; `type` is a cty type as Terraform writes it in JSON."""

    type: Type
    required: bool = False
    optional: bool = False
    computed: bool = False

    @property
    def configurable(self) -> bool:
        return self.required or self.optional


@dataclass(frozen=True)
class NestedBlock:
    """A block inside a block. `nesting` is single, list or set; `max_items` 0 means no limit."""

    block: "Block"
    nesting: str
    min_items: int = 0
    max_items: int = 0

    def map(self, value: Value, convert: Callable[[str, Attribute, Value], Value]) -> Value:
        """`Block.map` over each of the blocks in `value`."""
        if self.nesting == "single":
            return self.block.map(value, convert)
        if isinstance(value, list):
            return [self.block.map(item, convert) for item in value]
        return [] if value is None else value


@dataclass(frozen=True)
class Block:
    """Attributes and nested blocks of a resource, a data source, the provider or a block inside them."""

    attributes: dict[str, Attribute]
    blocks: dict[str, NestedBlock]

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "Block":
        return cls(
            {name: Attribute(**attribute) for name, attribute in document["attributes"].items()},
            {
                name: NestedBlock(**{**nested, "block": cls.from_json(nested["block"])})
                for name, nested in document.get("blocks", {}).items()
            },
        )

    def to_protobuf(self) -> pb.Schema.Block:
        """The block as Terraform asks for it."""
        nesting_mode = pb.Schema.NestedBlock.NestingMode
        return pb.Schema.Block(
            attributes=[
                pb.Schema.Attribute(
                    name=name,
                    type=json.dumps(attribute.type).encode(),
                    required=attribute.required,
                    optional=attribute.optional,
                    computed=attribute.computed,
                )
                for name, attribute in self.attributes.items()
            ],
            block_types=[
                pb.Schema.NestedBlock(
                    type_name=name,
                    block=nested.block.to_protobuf(),
                    nesting=nesting_mode.Value(nested.nesting.upper()),
                    min_items=nested.min_items,
                    max_items=nested.max_items,
                )
                for name, nested in self.blocks.items()
            ],
        )

    def map(self, value: Value, convert: Callable[[str, Attribute, Value], Value]) -> Value:
        """The same object with every attribute, at every depth, passed through `convert(name, attribute, value)`.

        Attributes that the object lacks count as null, blocks that it lacks as absent. Null and unknown objects stay.
        """
        if not isinstance(value, dict):
            return value
        result: Object = {name: convert(name, item, value.get(name)) for name, item in self.attributes.items()}
        for name, nested in self.blocks.items():
            result[name] = nested.map(value.get(name), convert)
        return result

    def conform(self, value: Object) -> Object:
        """A whole object of this schema: what `value` lacks becomes null or an empty list of blocks."""
        result: Object = self.map(value, lambda name, attribute, item: item)
        return result


@functools.cache
def document() -> dict[str, Any]:
    """The extracted schemas: keys `provider`, `resources`, `data_sources`."""
    result: dict[str, Any] = json.loads(SCHEMAS.read_text())
    return result


@functools.cache
def provider() -> Block:
    """Schema of the `provider "aws"` block."""
    return Block.from_json(document()["provider"])


@functools.cache
def resource(type_name: str) -> Block:
    """Schema of a resource type, parsed when first asked for."""
    return Block.from_json(document()["resources"][type_name])


@functools.cache
def data_source(type_name: str) -> Block:
    """Schema of a data source, parsed when first asked for."""
    return Block.from_json(document()["data_sources"][type_name])
