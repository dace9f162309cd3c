"""AWS KMS: keys and aliases."""

from typing import ClassVar

from toq_aws_provider.aws_calls import given, tag_list, tag_map
from toq_aws_provider.name_generation import choose_name
from toq_aws_provider.resource import Resource, Tagging
from toq_aws_provider.values import Object


class Key(Resource):
    type = "aws_kms_key"
    service = "kms"
    policy_documents = ("policy",)
    unsupported_attributes = ("custom_key_store_id", "xks_key_id")
    not_found_codes = ("NotFoundException",)
    tagging = Tagging("KeyId", items=("TagKey", "TagValue"))

    def create(self, planned: Object) -> str:
        answer = self.api.create_key(
            **given(
                Description=planned["description"] or "",
                KeyUsage=planned["key_usage"],
                KeySpec=planned["customer_master_key_spec"],
                MultiRegion=planned["multi_region"],
                Policy=planned["policy"],
                BypassPolicyLockoutSafetyCheck=planned["bypass_policy_lockout_safety_check"],
                Tags=tag_list(planned["tags_all"], "TagKey", "TagValue"),
            )
        )
        identifier: str = answer["KeyMetadata"]["KeyId"]
        return identifier

    def after_create(self, identifier: str, planned: Object) -> None:
        if planned["enable_key_rotation"]:
            self._rotate(identifier, planned)
        if not planned["is_enabled"]:
            self.api.disable_key(KeyId=identifier)

    def _rotate(self, identifier: str, planned: Object) -> None:
        period = planned["rotation_period_in_days"]
        self.api.enable_key_rotation(KeyId=identifier, **given(RotationPeriodInDays=int(period) if period else None))

    def read(self, identifier: str, state: Object) -> Object | None:
        key = self.api.describe_key(KeyId=identifier)["KeyMetadata"]
        if key["KeyState"] == "PendingDeletion":
            return None
        rotation = self.api.get_key_rotation_status(KeyId=identifier)
        on = rotation["KeyRotationEnabled"]
        return {
            "arn": key["Arn"],
            "customer_master_key_spec": key.get("KeySpec", "SYMMETRIC_DEFAULT"),
            "description": key["Description"],
            "enable_key_rotation": on,
            "is_enabled": key["Enabled"],
            "key_id": key["KeyId"],
            "key_usage": key["KeyUsage"],
            "multi_region": key["MultiRegion"],
            "policy": self.api.get_key_policy(KeyId=identifier, PolicyName="default")["Policy"],
            "rotation_period_in_days": rotation.get("RotationPeriodInDays") if on else None,
            "tags_all": tag_map(self.api.list_resource_tags(KeyId=identifier)["Tags"], "TagKey", "TagValue"),
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        if new["is_enabled"] and not old["is_enabled"]:
            self.api.enable_key(KeyId=identifier)
        rotation = ("enable_key_rotation", "rotation_period_in_days")
        if any(old[name] != new[name] for name in rotation):
            if new["enable_key_rotation"]:
                self._rotate(identifier, new)
            else:
                self.api.disable_key_rotation(KeyId=identifier)
        if old["description"] != new["description"]:
            self.api.update_key_description(KeyId=identifier, Description=new["description"] or "")
        if old["policy"] != new["policy"] and new["policy"]:
            self.api.put_key_policy(KeyId=identifier, PolicyName="default", Policy=new["policy"])
        if old["is_enabled"] and not new["is_enabled"]:
            self.api.disable_key(KeyId=identifier)

    def delete(self, identifier: str, state: Object) -> None:
        self.api.schedule_key_deletion(
            KeyId=identifier, PendingWindowInDays=int(state["deletion_window_in_days"] or 30)
        )


class Alias(Resource):
    type = "aws_kms_alias"
    service = "kms"
    recompute: ClassVar = {"target_key_arn": ("target_key_id",)}
    not_found_codes = ("NotFoundException",)

    @classmethod
    def validate_config(cls, config: Object) -> list[str]:
        name = config["name"]
        if isinstance(name, str) and not name.startswith("alias/"):
            return [f'"name" must begin with "alias/": {name!r}']
        return []

    def create(self, planned: Object) -> str:
        planned = {**planned, "name_prefix": planned["name_prefix"] or "alias/"}
        name = choose_name(planned)
        self.api.create_alias(AliasName=name, TargetKeyId=planned["target_key_id"])
        return name

    def read(self, identifier: str, state: Object) -> Object | None:
        for page in self.api.get_paginator("list_aliases").paginate():
            for alias in page["Aliases"]:
                if alias["AliasName"] == identifier:
                    return self._attributes(alias, state)
        return None

    def _attributes(self, alias: dict[str, str], state: Object) -> Object:
        arn, key = alias["AliasArn"], alias["TargetKeyId"]
        configured = str(state["target_key_id"] or "")
        return {
            "name": alias["AliasName"],
            "arn": arn,
            # The configuration may name the key by id or by ARN; both are the same key.
            "target_key_id": configured if configured.rpartition("/")[2] == key else key,
            "target_key_arn": f"{arn.rpartition(':')[0]}:key/{key}",
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        self.api.update_alias(AliasName=identifier, TargetKeyId=new["target_key_id"])

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_alias(AliasName=identifier)
