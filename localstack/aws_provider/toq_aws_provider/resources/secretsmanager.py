"""AWS Secrets Manager: secrets (never their values) and their resource policies."""

from typing import Any

from toq_aws_provider.aws_calls import given, optional, tag_list, tag_map
from toq_aws_provider.name_generation import choose_name
from toq_aws_provider.resource import Resource, Tagging
from toq_aws_provider.values import Object

NOT_FOUND = ("ResourceNotFoundException",)


class Secret(Resource):
    type = "aws_secretsmanager_secret"
    service = "secretsmanager"
    policy_documents = ("policy",)
    unsupported_attributes = ("force_overwrite_replica_secret", "replica")
    not_found_codes = NOT_FOUND
    tagging = Tagging("SecretId", items=("Key", "Value"))

    def create(self, planned: Object) -> str:
        arn: str = self.api.create_secret(
            Name=choose_name(planned),
            Tags=tag_list(planned["tags_all"]),
            **given(Description=planned["description"] or None, KmsKeyId=planned["kms_key_id"] or None),
        )["ARN"]
        return arn

    def after_create(self, identifier: str, planned: Object) -> None:
        if planned["policy"]:
            self.api.put_resource_policy(SecretId=identifier, ResourcePolicy=planned["policy"])

    def read(self, identifier: str, state: Object) -> Object | None:
        secret = self.api.describe_secret(SecretId=identifier)
        if secret.get("DeletedDate"):
            return None
        policy = optional(self.api.get_resource_policy, *NOT_FOUND, SecretId=identifier) or {}
        return {
            "arn": secret["ARN"],
            "description": secret.get("Description", ""),
            "kms_key_id": secret.get("KmsKeyId", ""),
            "name": secret["Name"],
            "policy": policy.get("ResourcePolicy") or "",
            "tags_all": tag_map(secret.get("Tags")),
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        if any(old[name] != new[name] for name in ("description", "kms_key_id")):
            self.api.update_secret(
                SecretId=identifier,
                Description=new["description"] or "",
                **given(KmsKeyId=new["kms_key_id"] or None),
            )
        if old["policy"] != new["policy"]:
            if new["policy"]:
                self.api.put_resource_policy(SecretId=identifier, ResourcePolicy=new["policy"])
            else:
                self.api.delete_resource_policy(SecretId=identifier)

    def delete(self, identifier: str, state: Object) -> None:
        days = int(30 if state["recovery_window_in_days"] is None else state["recovery_window_in_days"])
        when: dict[str, Any] = {"RecoveryWindowInDays": days} if days else {"ForceDeleteWithoutRecovery": True}
        self.api.delete_secret(SecretId=identifier, **when)


class SecretPolicy(Resource):
    type = "aws_secretsmanager_secret_policy"
    service = "secretsmanager"
    policy_documents = ("policy",)
    not_found_codes = NOT_FOUND

    def create(self, planned: Object) -> str:
        self._put(planned)
        return str(planned["secret_arn"])

    def _put(self, planned: Object) -> None:
        self.api.put_resource_policy(
            SecretId=planned["secret_arn"],
            ResourcePolicy=planned["policy"],
            **given(BlockPublicPolicy=planned["block_public_policy"]),
        )

    def read(self, identifier: str, state: Object) -> Object | None:
        policy = self.api.get_resource_policy(SecretId=identifier).get("ResourcePolicy")
        return {"secret_arn": identifier, "policy": policy} if policy else None

    def update(self, identifier: str, old: Object, new: Object) -> None:
        self._put(new)

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_resource_policy(SecretId=identifier)
