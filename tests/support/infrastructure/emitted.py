"""The emitted Terraform as tests read it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modules.environments.environment import Environment

# Resource types whose policy says what an identity may do, and those that say who may use a resource.
IDENTITY_POLICIES = ("aws_iam_policy", "aws_iam_role_policy")
RESOURCE_POLICIES = (
    "aws_api_gateway_rest_api_policy",
    "aws_kms_key",
    "aws_s3_bucket_policy",
    "aws_secretsmanager_secret_policy",
    "aws_sns_topic_policy",
    "aws_sqs_queue_policy",
)


@dataclass(frozen=True, slots=True)
class Terraform:
    """One environment's ``cdk.tf.json``."""

    environment: Environment
    folder: Path
    document: dict[str, Any]

    def all(self, kind: str) -> dict[str, Any]:
        """Resources of a type by name."""
        return dict(self.document["resource"].get(kind, {}))

    def one(self, address: str) -> Any:
        """The resource at ``type.name``."""
        kind, name = address.split(".")
        return self.document["resource"][kind][name]

    def resources(self) -> Iterator[tuple[str, Any]]:
        """Every resource with its address."""
        for kind, members in self.document["resource"].items():
            for name, resource in members.items():
                yield f"{kind}.{name}", resource

    def policies(self, *kinds: str) -> Iterator[tuple[str, Any]]:
        """Policy documents of resource types, with the address of each."""
        for kind in kinds:
            for name, resource in self.all(kind).items():
                yield f"{kind}.{name}", json.loads(resource["policy"])

    def trusts(self) -> Iterator[tuple[str, Any]]:
        """Trust policies of the roles."""
        for name, role in self.all("aws_iam_role").items():
            yield f"aws_iam_role.{name}", json.loads(role["assume_role_policy"])

    def policy(self, address: str) -> Any:
        """One policy document."""
        return json.loads(self.one(address)["policy"])
