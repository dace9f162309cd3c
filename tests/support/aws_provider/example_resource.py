"""A resource type for tests, with every kind of attribute and block, and its schema."""

from typing import ClassVar

from toq_aws_provider.aws import Aws
from toq_aws_provider.resource import Resource
from toq_aws_provider.schema import Attribute, Block, NestedBlock
from toq_aws_provider.values import Object

RULE_BLOCK = Block(
    {
        "name": Attribute("string", required=True),
        "size": Attribute("number", optional=True),
        "prefix": Attribute("string", optional=True, computed=True),
    },
    {},
)
EXAMPLE_SCHEMA = Block(
    {
        "id": Attribute("string", optional=True, computed=True),
        "region": Attribute("string", optional=True, computed=True),
        "arn": Attribute("string", computed=True),
        "revision": Attribute("string", computed=True),
        "name": Attribute("string", optional=True, computed=True),
        "name_prefix": Attribute("string", optional=True, computed=True),
        "note": Attribute("string", optional=True),
        "seconds": Attribute("number", optional=True),
        "policy": Attribute("string", optional=True, computed=True),
        "layout": Attribute("string", optional=True),
        "members": Attribute(["set", "string"], optional=True),
        "steps": Attribute(["list", "string"], optional=True),
        "tags": Attribute(["map", "string"], optional=True),
        "tags_all": Attribute(["map", "string"], optional=True, computed=True),
    },
    {
        "rule": NestedBlock(RULE_BLOCK, "list"),
        "grant": NestedBlock(RULE_BLOCK, "set"),
        "logging": NestedBlock(RULE_BLOCK, "list", max_items=1),
        "timeouts": NestedBlock(Block({"create": Attribute("string", optional=True)}, {}), "single"),
    },
)


class ExampleResource(Resource):
    """Keeps its instances in a dictionary instead of AWS."""

    type = "aws_example"
    requires_replace = ("name", "rule.name")
    defaults: ClassVar = {"seconds": 30, "rule.size": 5}
    optional_computed_blocks: ClassVar[tuple[str, ...]] = ("logging",)
    json_documents = ("layout",)
    policy_documents = ("policy",)
    recompute: ClassVar = {"revision": ("note",)}
    unsupported_attributes = ("steps",)

    stored: ClassVar[dict[str, Object]] = {}
    fails_in: ClassVar[str] = ""

    def __init__(self, aws: Aws) -> None:
        super().__init__(aws)

    def _fail(self, where: str) -> None:
        if self.fails_in == where:
            raise RuntimeError(f"AWS broke in {where}")

    def create(self, planned: Object) -> str:
        self._fail("create")
        self.stored[planned["name"]] = {"name": planned["name"], "note": planned["note"]}
        return str(planned["name"])

    def after_create(self, identifier: str, planned: Object) -> None:
        self._fail("after_create")

    def read(self, identifier: str, state: Object) -> Object | None:
        found = self.stored.get(identifier)
        return {**found, "arn": f"arn:{identifier}", "revision": "r1"} if found else None

    def update(self, identifier: str, old: Object, new: Object) -> None:
        self._fail("update")
        self.stored[identifier]["note"] = new["note"]

    def update_tags(self, identifier: str, new: Object, changed: dict[str, str], removed: list[str]) -> None:
        self.stored[identifier]["retagged"] = (changed, removed)

    def delete(self, identifier: str, state: Object) -> None:
        del self.stored[identifier]


class ExampleWithoutDefaults(ExampleResource):
    """Without anything that the plan adds to the configuration."""

    defaults: ClassVar = {}
    optional_computed_blocks = ()
    legacy_type_system = False


def example_object(**given: object) -> Object:
    """A whole object of the schema, null where nothing is given."""
    return EXAMPLE_SCHEMA.conform(dict(given))
