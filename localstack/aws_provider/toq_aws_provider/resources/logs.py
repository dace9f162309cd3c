"""Amazon CloudWatch Logs: log groups, metric filters and resource policies."""

from typing import Any, ClassVar

from toq_aws_provider.calls import given
from toq_aws_provider.naming import chosen_name
from toq_aws_provider.resource import Resource
from toq_aws_provider.values import Object

NOT_FOUND = ("ResourceNotFoundException",)


class LogGroup(Resource):
    """LocalStack stores the key's id but has no AssociateKmsKey: a key that changes later changes in state only."""

    type = "aws_cloudwatch_log_group"
    service = "logs"
    force_new = ("log_group_class", "name", "name_prefix")
    defaults: ClassVar = {"retention_in_days": 0, "skip_destroy": False}
    missing = NOT_FOUND

    def create(self, planned: Object) -> str:
        name = chosen_name(planned)
        self.api.create_log_group(
            logGroupName=name,
            **given(
                kmsKeyId=planned["kms_key_id"] or None,
                logGroupClass=planned["log_group_class"],
                tags=planned["tags_all"] or None,
            ),
        )
        return name

    def finish(self, identifier: str, planned: Object) -> None:
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

    def retag(self, identifier: str, new: Object, changed: dict[str, str], removed: list[str]) -> None:
        if changed:
            self.api.tag_resource(resourceArn=new["arn"], tags=changed)
        if removed:
            self.api.untag_resource(resourceArn=new["arn"], tagKeys=removed)

    def delete(self, identifier: str, state: Object) -> None:
        if not state["skip_destroy"]:
            self.api.delete_log_group(logGroupName=identifier)

    def import_state(self, identifier: str) -> Object:
        return {"id": identifier, "name": identifier}


class MetricFilter(Resource):
    type = "aws_cloudwatch_log_metric_filter"
    service = "logs"
    force_new = ("log_group_name", "name")
    defaults: ClassVar = {"metric_transformation.unit": "None"}
    unserved = ("apply_on_transformed_logs",)
    missing = NOT_FOUND

    def create(self, planned: Object) -> str:
        self._put(planned)
        return str(planned["name"])

    def _put(self, planned: Object) -> None:
        self.api.put_metric_filter(
            logGroupName=planned["log_group_name"],
            filterName=planned["name"],
            filterPattern=planned["pattern"].strip(),
            metricTransformations=[self._to_api(block) for block in planned["metric_transformation"]],
        )

    @staticmethod
    def _to_api(block: Object) -> dict[str, Any]:
        default = block["default_value"]
        return given(
            metricName=block["name"],
            metricNamespace=block["namespace"],
            metricValue=block["value"],
            defaultValue=float(default) if default else None,
            dimensions=block["dimensions"] or None,
            unit=block["unit"] or None,
        )

    def read(self, identifier: str, state: Object) -> Object | None:
        answer = self.api.describe_metric_filters(logGroupName=state["log_group_name"], filterNamePrefix=identifier)
        found = next((item for item in answer["metricFilters"] if item["filterName"] == identifier), None)
        if found is None:
            return None
        return {
            "log_group_name": state["log_group_name"],
            "name": identifier,
            "pattern": found.get("filterPattern", ""),
            "metric_transformation": [self._from_api(item, state) for item in found["metricTransformations"]],
        }

    @staticmethod
    def _from_api(item: dict[str, Any], state: Object) -> Object:
        configured = (state["metric_transformation"] or [{}])[0]
        default, spelt = item.get("defaultValue"), configured.get("default_value")
        same_default = default is not None and spelt and float(spelt) == float(default)
        return {
            "name": item["metricName"],
            "namespace": item["metricNamespace"],
            "value": item["metricValue"],
            "default_value": spelt if same_default or default is None else f"{default:g}",
            "dimensions": item.get("dimensions") or configured.get("dimensions"),
            "unit": item.get("unit") or configured.get("unit") or "None",
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        self.delete(identifier, old)  # LocalStack adds a second filter of that name where AWS replaces the first
        self._put(new)

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_metric_filter(logGroupName=state["log_group_name"], filterName=identifier)

    def import_state(self, identifier: str) -> Object:
        group, _, name = identifier.rpartition(":")
        return {"id": name, "log_group_name": group, "name": name}


class ResourcePolicy(Resource):
    type = "aws_cloudwatch_log_resource_policy"
    service = "logs"
    force_new = ("policy_name",)
    policy_documents = ("policy_document",)
    missing = NOT_FOUND

    def create(self, planned: Object) -> str:
        self.api.put_resource_policy(policyName=planned["policy_name"], policyDocument=planned["policy_document"])
        return str(planned["policy_name"])

    def read(self, identifier: str, state: Object) -> Object | None:
        for page in self.api.get_paginator("describe_resource_policies").paginate():
            for policy in page["resourcePolicies"]:
                if policy["policyName"] == identifier:
                    return {"policy_name": identifier, "policy_document": policy["policyDocument"]}
        return None

    def update(self, identifier: str, old: Object, new: Object) -> None:
        self.create(new)

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_resource_policy(policyName=identifier)
