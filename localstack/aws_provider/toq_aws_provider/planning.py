"""What Terraform is told: the plan of a change, the state after a refresh and after an apply. No I/O.

The real provider's SDK does this for its resources; the rules here are its rules as far as the stack can notice them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from toq_aws_provider.name_generation import name_prefix_from_name
from toq_aws_provider.resource import Resource
from toq_aws_provider.schema import Attribute, Block, NestedBlock
from toq_aws_provider.semantic_equality import SemanticEquality
from toq_aws_provider.values import UNKNOWN, Object, Value, is_empty, is_known


@dataclass(frozen=True)
class ProviderData:
    """What the provider's configuration adds to every resource."""

    region: str
    default_tags: Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """A planned object and the attributes or blocks because of which the resource is to be replaced."""

    state: Object
    requires_replace: list[str]


class Planner:
    """Plans and states of one resource type."""

    def __init__(self, resource_class: type[Resource], block: Block, provider_data: ProviderData) -> None:
        self._resource_class = resource_class
        self._block = block
        self._provider_data = provider_data
        self._equality = SemanticEquality(resource_class)

    def plan(self, prior: Object | None, proposed: Object, config: Object) -> Plan:
        """The object that apply is to reach.

        Parameters
        ----------
        prior
            The object in state, None for a new resource.
        proposed
            Terraform's merge of `prior` and `config`: where the configuration is silent on a computed attribute it
            holds the prior value.
        """
        planned = _filled(proposed, self._resource_class.defaults)
        for name in self._resource_class.optional_computed_blocks:
            planned[name] = planned[name] or (prior or {}).get(name) or []
        if "region" in planned and planned["region"] is None:
            planned["region"] = self._provider_data.region
        if prior is None:
            planned = self._block.map(planned, _unknown_if_computed)
        else:
            planned = _filled(planned, self._resource_class.settles)
            planned |= self._reopened_blocks(prior, planned)
        self._plan_tags(planned)
        if prior is None:
            return Plan(planned, [])
        changed = self._settle_unchanged(prior, planned)
        for computed, triggers in self._resource_class.recompute.items():
            if changed & {*triggers} and config.get(computed) is None:
                planned[computed] = UNKNOWN
        forcing = (*self._resource_class.requires_replace, "region")
        return Plan(planned, [path for path in forcing if _changes(path, changed, prior, planned)])

    def refresh(self, state: Object, actual: Object, *, importing: bool = False) -> Object:
        """State after a read: what AWS says, in the spelling that state has where both mean the same.

        Blocks, and attributes in blocks, that the state does not have are not taken over (AWS fills in its own
        defaults there, and the next plan would want to remove them) except when importing.
        """
        result = dict(state)
        for name, value in {**actual, **self._own_tags(state, actual)}.items():
            before = state.get(name)
            if name in self._block.blocks:
                nested = self._block.blocks[name]
                kept = not importing and (
                    is_empty(before) or self._equality.configured_blocks_equal(name, nested, before, value)
                )
                result[name] = before if kept else value
            elif name in self._block.attributes:
                type_ = self._block.attributes[name].type
                result[name] = before if self._equality.attributes_equal(name, type_, before, value) else value
        if importing:
            result = _filled(result, {**self._resource_class.defaults, **self._resource_class.settles})
            if "region" in self._block.attributes:
                result["region"] = result.get("region") or self._provider_data.region
            result |= {
                name: name_prefix_from_name(result, name) for name in self._block.attributes if name.endswith("_prefix")
            }
        return self._block.conform(result)

    def complete(self, planned: Object, actual: Object) -> Object:
        """State after an apply: as planned, with what was left open filled in from AWS."""
        return _filled(self._fill("", self._block, planned, actual), self._resource_class.settles)

    def known_part(self, planned: Object) -> Object:
        """The planned object with None for what apply is to find out: what create and update work from."""
        result: Object = self._block.map(planned, lambda name, attribute, value: None if value is UNKNOWN else value)
        return result

    def _reopened_blocks(self, prior: Object, planned: Object) -> Object:
        """Blocks that change: what AWS decides in them is open again."""
        return {
            name: nested.map(planned[name], _unknown_if_computed)
            for name, nested in self._block.blocks.items()
            if not self._equality.blocks_equal(name, nested, prior.get(name), planned[name])
        }

    def _settle_unchanged(self, prior: Object, planned: Object) -> set[str]:
        """Keep the prior spelling of what means the same, in place; the names of the rest are returned."""
        changed: set[str] = set()
        for name in (*self._block.attributes, *self._block.blocks):
            before, after = prior.get(name), planned[name]
            if name in self._block.attributes:
                same = self._equality.attributes_equal(name, self._block.attributes[name].type, before, after)
            else:
                same = self._equality.blocks_equal(name, self._block.blocks[name], before, after)
            if not same:
                changed.add(name)
            elif before is not None or self._resource_class.legacy_type_system:  # else core insists on a configured ""
                planned[name] = before
        return changed

    def _plan_tags(self, planned: Object) -> None:
        """`tags_all` is what the configuration gives, over the provider's default tags."""
        if "tags_all" in planned and "tags" in planned:
            tags = planned["tags"]
            known = tags is None or is_known(tags)
            planned["tags_all"] = {**self._provider_data.default_tags, **(tags or {})} if known else UNKNOWN

    def _own_tags(self, state: Object, actual: Object) -> Object:
        """`tags` from AWS's tags: those that are not there because of the provider's default tags."""
        if "tags_all" not in actual:
            return {}
        every = {key: value for key, value in (actual["tags_all"] or {}).items() if not key.startswith("aws:")}
        configured, defaults = state.get("tags") or {}, self._provider_data.default_tags
        own = {key: value for key, value in every.items() if key in configured or defaults.get(key) != value}
        return {"tags": own, "tags_all": every}

    def _fill(self, path: str, block: Block, planned: Object, actual: Object) -> Object:
        result: Object = {
            name: actual.get(name) if planned.get(name) is UNKNOWN else planned.get(name) for name in block.attributes
        }
        for name, nested in block.blocks.items():
            inner = f"{path}.{name}" if path else name
            result[name] = self._fill_blocks(inner, nested, planned.get(name), actual.get(name))
        return result

    def _fill_blocks(self, path: str, nested: NestedBlock, planned: Value, actual: Value) -> Value:
        if isinstance(planned, dict):
            return self._fill(path, nested.block, planned, actual or {})
        if not isinstance(planned, list):
            return planned
        return [
            self._fill(path, nested.block, item, self._counterpart(path, nested, index, item, actual or []))
            for index, item in enumerate(planned)
        ]

    def _counterpart(self, path: str, nested: NestedBlock, index: int, item: Object, actual: list[Object]) -> Object:
        """AWS's block that belongs to a planned one: the one at its place in a list, one that agrees in a set."""
        if nested.nesting == "list":
            return actual[index] if index < len(actual) else {}
        matching = (other for other in actual if self._agrees(path, nested, item, other))
        return next(matching, {})

    def _agrees(self, path: str, nested: NestedBlock, planned: Object, actual: Object) -> bool:
        return self._equality.objects_equal(path, nested.block, planned, actual, configured_only=True)


def _filled(value: Object, defaults: Mapping[str, Value]) -> Object:
    """A copy with defaults, by path, where it has nothing."""
    result = dict(value)
    for path, default in defaults.items():
        name, _, rest = path.partition(".")
        if not rest:
            result[name] = default if result.get(name) is None else result[name]
        elif isinstance(result.get(name), list):
            items = (dict(item) for item in result[name])
            result[name] = [{**item, rest: default} if item.get(rest) is None else item for item in items]
    return result


def _unknown_if_computed(name: str, attribute: Attribute, value: Value) -> Value:
    return UNKNOWN if value is None and attribute.computed else value


def _changes(path: str, changed: set[str], prior: Object, planned: Object) -> bool:
    """Whether the attribute at `path`, or in any of the blocks it leads through, is to change."""
    name, _, rest = path.partition(".")
    if name not in changed or not rest:
        return name in changed
    before = [item.get(rest) for item in prior[name] or [] if isinstance(item, dict)]
    after = [item.get(rest) for item in planned[name] or [] if isinstance(item, dict)]
    return not is_known(after) or before != after


def tag_changes(old: Object, new: Object) -> tuple[dict[str, str], list[str]]:
    """Tags to set and tag keys to remove."""
    before, after = old.get("tags_all") or {}, new.get("tags_all") or {}
    changed = {key: value for key, value in after.items() if before.get(key) != value}
    return changed, sorted(before.keys() - after.keys())
