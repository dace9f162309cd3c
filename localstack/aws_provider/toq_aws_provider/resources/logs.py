"""Amazon CloudWatch Logs: log groups."""

from toq_aws_provider.aws_calls import given
from toq_aws_provider.name_generation import choose_name
from toq_aws_provider.resource import Resource, Tagging
from toq_aws_provider.values import Object

NOT_FOUND = ("ResourceNotFoundException",)


class LogGroup(Resource):
    """LocalStack stores the key's id but has no AssociateKmsKey: a key that changes later changes in state only."""

    type = "aws_cloudwatch_log_group"
    service = "logs"
    not_found_codes = NOT_FOUND
    tagging = Tagging("resourceArn", "arn")

    def create(self, planned: Object) -> str:
        name = choose_name(planned)
        self.api.create_log_group(
            logGroupName=name,
            **given(
                kmsKeyId=planned["kms_key_id"] or None,
                logGroupClass=planned["log_group_class"],
                tags=planned["tags_all"] or None,
            ),
        )
        return name

    def after_create(self, identifier: str, planned: Object) -> None:
        if planned["retention_in_days"]:
            self._retain(identifier, planned)

    def _retain(self, name: str, planned: Object) -> None:
        if planned["retention_in_days"]:
            days = int(planned["retention_in_days"])
            self.api.put_retention_policy(logGroupName=name, retentionInDays=days)
        else:
            self.api.delete_retention_policy(logGroupName=name)

    def read(self, identifier: str, state: Object) -> Object | None:
        pages = self.api.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=identifier)
        group = next((g for page in pages for g in page["logGroups"] if g["logGroupName"] == identifier), None)
        if group is None:
            return None
        arn = group["arn"].removesuffix(":*")
        return {
            "arn": arn,
            "deletion_protection_enabled": group.get("deletionProtectionEnabled", False),
            "kms_key_id": group.get("kmsKeyId") or state["kms_key_id"],
            "log_group_class": group.get("logGroupClass", "STANDARD"),
            "name": identifier,
            "retention_in_days": group.get("retentionInDays", 0),
            "tags_all": self.api.list_tags_for_resource(resourceArn=arn)["tags"],
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        if old["retention_in_days"] != new["retention_in_days"]:
            self._retain(identifier, new)

    def delete(self, identifier: str, state: Object) -> None:
        if not state["skip_destroy"]:
            self.api.delete_log_group(logGroupName=identifier)

    def import_state(self, identifier: str) -> Object:
        return {"id": identifier, "name": identifier}
