"""When two values of an attribute or block mean the same to AWS, however they are written."""

import json
from collections.abc import Callable

from toq_aws_provider.resource import Resource
from toq_aws_provider.schema import Block, NestedBlock, Type
from toq_aws_provider.values import Object, Value, is_empty, is_known, same_json, same_policy


class SemanticEquality:
    """Comparison of values of one resource type.

    Sets compare without order, JSON documents and IAM policies by what they say, and an absent value equals an empty
    one, as in the SDK on which the real provider is built.
    """

    def __init__(self, resource_class: type[Resource]) -> None:
        self._documents: dict[str, Callable[[str, str], bool]] = {
            **dict.fromkeys(resource_class.json_documents, same_json),
            **dict.fromkeys(resource_class.policy_documents, same_policy),
        }

    def attributes_equal(self, path: str, type_: Type, first: Value, second: Value) -> bool:
        """Whether both values of the attribute at `path` mean the same; an unknown value equals nothing."""
        if not (is_known(first) and is_known(second)):
            return False
        if is_empty(first) or is_empty(second):
            return is_empty(first) and is_empty(second)
        if path in self._documents:
            return self._documents[path](first, second)
        if type_[0] == "set":
            return _sorted(first) == _sorted(second)
        return bool(first == second)

    def blocks_equal(self, path: str, nested: NestedBlock, first: Value, second: Value) -> bool:
        """Whether both hold the same blocks, for a set in any order."""
        if nested.nesting == "single":
            return first is second or bool(first and second and self.objects_equal(path, nested.block, first, second))
        if not (isinstance(first, list) and isinstance(second, list)) or len(first) != len(second):
            return is_empty(first) and is_empty(second)
        if nested.nesting == "list":
            pairs = zip(first, second, strict=True)
            return all(self.objects_equal(path, nested.block, one, other) for one, other in pairs)
        rest = list(second)
        for one in first:
            match = next((other for other in rest if self.objects_equal(path, nested.block, one, other)), None)
            if match is None:
                return False
            rest.remove(match)
        return True

    def objects_equal(
        self, path: str, block: Block, first: Object, second: Object, *, configured_only: bool = False
    ) -> bool:
        """Whether two objects of a block mean the same; with `configured_only`, in what `first` says at all."""
        if not (isinstance(first, dict) and isinstance(second, dict)):
            return False
        prefix = f"{path}." if path else ""
        for name, attribute in block.attributes.items():
            mine = first.get(name)
            skip = configured_only and (is_empty(mine) or not is_known(mine))
            if not skip and not self.attributes_equal(prefix + name, attribute.type, mine, second.get(name)):
                return False
        for name, nested in block.blocks.items():
            mine, other = first.get(name), second.get(name)
            if configured_only:
                if not self.configured_blocks_equal(prefix + name, nested, mine, other):
                    return False
            elif not self.blocks_equal(prefix + name, nested, mine, other):
                return False
        return True

    def configured_blocks_equal(self, path: str, nested: NestedBlock, configured: Value, actual: Value) -> bool:
        """Whether AWS's blocks say what the configured ones say, whatever else AWS has added to them."""
        if is_empty(configured):
            return True
        mine = configured if isinstance(configured, list) else [configured]
        others = list(actual) if isinstance(actual, list) else [actual]
        if len(mine) != len(others):
            return False
        for index, one in enumerate(mine):
            candidates = others if nested.nesting == "set" else [others[index]]
            if not any(
                self.objects_equal(path, nested.block, one, other, configured_only=True) for other in candidates
            ):
                return False
        return True


def _sorted(items: list[Value]) -> list[Value]:
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
