"""What a resource type has to say and do so that the server can manage it.

A subclass states what neither the extracted schema nor the recorded facts have (which texts are JSON, what is not
served) and makes the API calls. Everything about plans, unknown values, tags and the protocol is done around it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from toq_aws_provider import facts
from toq_aws_provider.aws import Aws
from toq_aws_provider.aws_calls import tag_list
from toq_aws_provider.values import Object, Value


@dataclass(frozen=True)
class Tagging:
    """How a service's API changes tags.

    Parameters
    ----------
    argument
        The argument that names the resource. The others are spelt as it is: ``Tags`` or ``tags``.
    named_by
        The attribute whose value it takes.
    items
        Names of key and value where the service takes a list of objects; None where it takes a map.
    tag, untag
        The calls.
    """

    argument: str
    named_by: str = "id"
    items: tuple[str, str] | None = None
    tag: str = "tag_resource"
    untag: str = "untag_resource"

    def tags_argument(self, tags: dict[str, str]) -> dict[str, Any]:
        """The argument that sets tags."""
        return {"tags" if self.argument[0].islower() else "Tags": tag_list(tags, *self.items) if self.items else tags}

    def keys_argument(self, keys: list[str]) -> dict[str, Any]:
        """The argument that takes tags away."""
        return {"tagKeys" if self.argument[0].islower() else "TagKeys": keys}


class Resource:
    """One resource type.

    Methods get whole objects of the type's schema: `planned` and `new` hold no unknown values (what AWS decides is
    None), lists of blocks are lists of objects, also where only one block may stand.
    """

    type: ClassVar[str]
    service: ClassVar[str]
    """boto3's name of the service behind `self.api`."""
    requires_replace: ClassVar[tuple[str, ...]] = ()
    """Attributes or blocks whose change makes Terraform replace the resource; `a.b` is attribute b in blocks a.

    `region` always does. These and the defaults come from the facts recorded of the real provider: see `facts.py`."""
    defaults: ClassVar[Mapping[str, Value]] = {}
    """Values that the real provider fills in where the configuration is silent; `a.b` is attribute b in blocks a."""
    settles: ClassVar[Mapping[str, Value]] = {}
    """What a silent configuration settles to once the resource is there, without a default in the schema: the older SDK
    stores zero for what is not set and sees no change in it, and a few values are AWS's own. Held to the record."""
    suppressed_defaults: ClassVar[tuple[str, ...]] = ()
    """Recorded defaults that code of the real provider keeps out of plans."""
    legacy_type_system: ClassVar[bool] = True
    """Whether plans may hold what the configuration does not, as core allows what is made with the older SDK."""
    optional_computed_blocks: ClassVar[tuple[str, ...]] = ()
    """Blocks that are optional and computed: they stay as AWS has them where the configuration is silent."""
    json_documents: ClassVar[tuple[str, ...]] = ()
    """Attributes whose text is JSON: another spelling of the same document is no change."""
    policy_documents: ClassVar[tuple[str, ...]] = ()
    """Attributes whose text is an IAM policy: like JSON, and the order of lists does not count."""
    recompute: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Computed attribute -> attributes whose change makes it unknown; all others use the prior state for unknown."""
    unsupported_attributes: ClassVar[tuple[str, ...]] = ()
    """Attributes or blocks that this provider refuses rather than ignores; `a.b` as above, to any depth."""
    not_found_codes: ClassVar[tuple[str, ...]] = ()
    """Error codes that say the resource is not there (a 404 status always does)."""
    tagging: ClassVar[Tagging | None] = None
    """The calls that change the tags; None for types without tags, and for those that override `update_tags`."""

    def __init_subclass__(cls) -> None:
        """Give the class of a recorded type what the real provider's schema says of it."""
        super().__init_subclass__()
        recorded = facts.of(vars(cls).get("type", ""))
        if recorded is not None:
            served = recorded.served(cls.unsupported_attributes)
            cls.requires_replace = served.forces_new
            cls.defaults = {path: served.defaults[path] for path in served.defaults.keys() - {*cls.suppressed_defaults}}
            cls.legacy_type_system = recorded.made_with == "sdk"

    def __init__(self, aws: Aws) -> None:
        self.aws = aws

    @property
    def api(self) -> Any:
        """The boto3 client of the resource's service."""
        return self.aws.client(self.service)

    @classmethod
    def validate_config(cls, config: Object) -> Iterable[str]:
        """What is wrong with the configuration, beyond what the schema says; values may be unknown."""
        return ()

    def create(self, planned: Object) -> str:
        """Make the resource and return its id. Whatever can fail after that belongs into `after_create`."""
        raise TypeError(f"{self.type} cannot be created")

    def after_create(self, identifier: str, planned: Object) -> None:
        """The rest of the creation: settings with calls of their own, and waiting until the resource can be used.

        When this fails, Terraform keeps the resource as tainted instead of losing it.
        """

    def read(self, identifier: str, state: Object) -> Object | None:
        """Attributes as they are in AWS, None when the resource is gone. What is left out keeps its value in state."""
        raise TypeError(f"{self.type} cannot be read")

    def update(self, identifier: str, old: Object, new: Object) -> None:
        """Bring AWS from `old` to `new`; tags are not its business."""

    def update_tags(self, identifier: str, new: Object, changed: dict[str, str], removed: list[str]) -> None:
        """Set the tags that changed and take away those that went."""
        if self.tagging is None:
            return
        resource = {self.tagging.argument: new[self.tagging.named_by]}
        if changed:
            getattr(self.api, self.tagging.tag)(**resource, **self.tagging.tags_argument(changed))
        if removed:
            getattr(self.api, self.tagging.untag)(**resource, **self.tagging.keys_argument(removed))

    def delete(self, identifier: str, state: Object) -> None:
        """Remove the resource; that it is gone already counts as done."""
        raise TypeError(f"{self.type} cannot be deleted")

    def import_state(self, identifier: str) -> Object:
        """The attributes that `read` needs, from the id given to `terraform import`."""
        return {"id": identifier}


class DataSource:
    """One data source."""

    type: ClassVar[str]

    def __init__(self, aws: Aws) -> None:
        self.aws = aws

    def read(self, config: Object) -> Object:
        """Everything that the configuration left out.

        Raises
        ------
        ResourceError
            When nothing, or more than one thing, fits the configuration.
        """
        raise TypeError(f"{self.type} cannot be read")
