"""Amazon API Gateway: what its types share. Calls name a part by arguments, and change it by JSON patches."""

from collections.abc import Mapping
from typing import Any, ClassVar

from toq_aws_provider.aws_calls import given
from toq_aws_provider.resource import Resource, Tagging
from toq_aws_provider.values import Object, Value

Patch = dict[str, str]


def replace(path: str, value: Value) -> Patch:
    """A patch operation that sets one value; API Gateway takes texts only."""
    text = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
    return {"op": "replace", "path": path, "value": text}


def changed_items(old: dict[str, Value] | None, new: dict[str, Value] | None, path: str) -> list[Patch]:
    """Patch operations for a map, whose keys are part of the path (JSON Pointer: / is written ~1)."""
    before, after = old or {}, new or {}

    def item(key: str) -> str:
        return f"{path}/{key.replace('~', '~0').replace('/', '~1')}"

    gone = [{"op": "remove", "path": item(key)} for key in sorted(before.keys() - after.keys())]
    added = [{**replace(item(key), after[key]), "op": "add"} for key in sorted(after.keys() - before.keys())]
    kept = sorted(key for key in before.keys() & after.keys() if before[key] != after[key])
    return gone + added + [replace(item(key), after[key]) for key in kept]


class ApiPart(Resource):
    """A REST API or something inside one, made, read, changed and removed by calls that are named after it."""

    service = "apigateway"
    not_found_codes = ("NotFoundException",)
    noun: ClassVar[str]
    """What the names of the calls end with: `method` for PutMethod, GetMethod and so on."""
    creation: ClassVar[str] = "create"
    """What the name of the call that makes it begins with."""
    key: ClassVar[Mapping[str, str]]
    """Attributes that name the part -> arguments of the calls."""
    properties: ClassVar[Mapping[str, tuple[str, Value]]] = {}
    """Other attributes -> what API Gateway calls them, and their value where it answers none."""
    id_prefix: ClassVar[str | None] = None
    """How Terraform's id begins where it is made of the key; None where API Gateway gives an id."""

    def call(self, verb: str, state: Object, **arguments: Any) -> Any:
        """Call API Gateway about the part that `state` names."""
        named = {argument: state[name] for name, argument in self.key.items()}
        return getattr(self.api, f"{verb}_{self.noun}")(**named, **arguments)

    def patch(self, state: Object, operations: list[Patch]) -> None:
        """Change the part, if there is something to change."""
        if operations:
            self.call("update", state, patchOperations=operations)

    def arguments(self, planned: Object) -> dict[str, Any]:
        """What the call that makes the part gets beside its key."""
        return given(**{argument: planned[name] for name, (argument, _) in self.properties.items()})

    def create(self, planned: Object) -> str:
        named = {argument: planned[name] for name, argument in self.key.items() if name not in ("id", *self.properties)}
        answer = getattr(self.api, f"{self.creation}_{self.noun}")(**named, **self.arguments(planned))
        return str(answer["id"]) if self.id_prefix is None else self._identify(planned)

    def _identify(self, state: Object) -> str:
        return "-".join((str(self.id_prefix), *(state[name] for name in self.key)))

    def read(self, identifier: str, state: Object) -> Object | None:
        return self.attributes(state, self.call("get", state))

    def attributes(self, state: Object, actual: dict[str, Any]) -> Object:
        """Key and properties from API Gateway's answer."""
        found = {name: actual.get(argument, default) for name, (argument, default) in self.properties.items()}
        return {**{name: state[name] for name in self.key}, **found}

    def update(self, identifier: str, old: Object, new: Object) -> None:
        self.patch(new, self.changes(old, new))

    def changes(self, old: Object, new: Object) -> list[Patch]:
        """Patch operations for the properties."""
        operations: list[Patch] = []
        for name, (argument, _) in self.properties.items():
            before, after = old[name], new[name]
            if isinstance(before or after, dict):
                operations += changed_items(before, after, f"/{argument}")
            elif before != after:
                operations.append(replace(f"/{argument}", after))
        return operations

    def delete(self, identifier: str, state: Object) -> None:
        self.call("delete", state)

    def import_state(self, identifier: str) -> Object:
        state: Object = dict(zip(self.key, identifier.split("/", len(self.key) - 1), strict=True))
        return {"id": identifier if self.id_prefix is None else self._identify(state), **state}


class TaggedPart(ApiPart):
    """A part with tags. LocalStack keeps those of TagResource only, and shows them in GetTags only."""

    tagging = Tagging("resourceArn", "arn")

    def arn(self, state: Object) -> str:
        """The part's ARN, from the attributes that name it."""
        raise TypeError(f"{self.type} has no ARN")

    def after_create(self, identifier: str, planned: Object) -> None:
        self.update_tags(identifier, {**planned, "arn": self.arn(planned)}, planned["tags_all"] or {}, [])

    def attributes(self, state: Object, actual: dict[str, Any]) -> Object:
        arn = self.arn(state)
        tags = self.api.get_tags(resourceArn=arn).get("tags", {})
        return {**super().attributes(state, actual), "arn": arn, "tags_all": tags}
