"""What a resource type has to say and do so that the server can manage it.

A subclass states the facts that the extracted schema lacks (what forces a new resource, defaults, which texts are JSON)
and makes the API calls. Everything about plans, unknown values, tags and the protocol is done around it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from toq_aws_provider.aws import Aws
from toq_aws_provider.values import Object, Value


class Resource:
    """One resource type.

    Methods get whole objects of the type's schema: `planned` and `new` hold no unknown values (what AWS decides is
    None), lists of blocks are lists of objects, also where only one block may stand.
    """

    type: ClassVar[str]
    service: ClassVar[str]
    """boto3's name of the service behind `self.api`."""
    force_new: ClassVar[tuple[str, ...]] = ()
    """Attributes or blocks whose change makes Terraform replace the resource; `a.b` is attribute b in blocks a.

    `region` always does."""
    defaults: ClassVar[Mapping[str, Value]] = {}
    """Values that the real provider fills in where the configuration is silent; `a.b` is attribute b in blocks a."""
    kept_blocks: ClassVar[tuple[str, ...]] = ()
    """Blocks that stay as AWS has them where the configuration is silent, instead of being removed."""
    json_documents: ClassVar[tuple[str, ...]] = ()
    """Attributes whose text is JSON: another spelling of the same document is no change."""
    policy_documents: ClassVar[tuple[str, ...]] = ()
    """Attributes whose text is an IAM policy: like JSON, and the order of lists does not count."""
    recompute: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Computed attribute -> attributes whose change lets AWS choose a new value for it."""
    unserved: ClassVar[tuple[str, ...]] = ()
    """Attributes or blocks that this provider refuses rather than ignores; `a.b` as above."""
    missing: ClassVar[tuple[str, ...]] = ()
    """Error codes that say the resource is not there (a 404 status always does)."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws

    @classmethod
    def plans_like_the_old_sdk(cls) -> bool:
        """Whether plans hold values that the configuration does not: core allows it to providers on the old SDK."""
        return bool(cls.defaults or cls.kept_blocks)

    @property
    def api(self) -> Any:
        """The boto3 client of the resource's service."""
        return self.aws.client(self.service)

    @classmethod
    def check(cls, config: Object) -> Iterable[str]:
        """What is wrong with the configuration, beyond what the schema says; values may be unknown."""
        return ()

    def adjust(self, prior: Object | None, planned: Object) -> None:
        """Last word on the plan, in place; values may be unknown."""

    def create(self, planned: Object) -> str:
        """Make the resource and return its id. Whatever can fail after that belongs into `finish`."""
        raise TypeError(f"{self.type} cannot be created")

    def finish(self, identifier: str, planned: Object) -> None:
        """The rest of the creation: settings with calls of their own, and waiting until the resource can be used.

        When this fails, Terraform keeps the resource as tainted instead of losing it.
        """

    def read(self, identifier: str, state: Object) -> Object | None:
        """Attributes as they are in AWS, None when the resource is gone. What is left out keeps its value in state."""
        raise TypeError(f"{self.type} cannot be read")

    def update(self, identifier: str, old: Object, new: Object) -> None:
        """Bring AWS from `old` to `new`; tags are not its business."""

    def retag(self, identifier: str, new: Object, changed: dict[str, str], removed: list[str]) -> None:
        """Set the tags that changed and take away those that went."""

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
