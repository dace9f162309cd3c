"""Amazon S3: lifecycle rules of a bucket."""

from typing import Any

from toq_aws_provider.aws_calls import given, tag_list, tag_map
from toq_aws_provider.resources.s3 import NO_BUCKET, BucketSetting
from toq_aws_provider.values import Object


def _integer(value: float | None) -> int | None:
    return None if value is None else int(value)


class Lifecycle(BucketSetting):
    type = "aws_s3_bucket_lifecycle_configuration"
    # Nothing of the stacks deletes an object.
    unsupported_attributes = (
        "expected_bucket_owner", "rule.expiration", "rule.noncurrent_version_expiration",
        "rule.noncurrent_version_transition", "rule.transition.date",
    )  # fmt: skip
    not_found_codes = (*NO_BUCKET, "NoSuchLifecycleConfiguration")

    def put(self, new: Object) -> None:
        self.api.put_bucket_lifecycle_configuration(
            Bucket=new["bucket"], LifecycleConfiguration={"Rules": [rule_to_api(rule) for rule in new["rule"]]}
        )

    def read(self, identifier: str, state: Object) -> Object | None:
        answer = self.api.get_bucket_lifecycle_configuration(Bucket=state["bucket"])
        size = answer.get("TransitionDefaultMinimumObjectSize") or state["transition_default_minimum_object_size"]
        return {
            "bucket": state["bucket"],
            "expected_bucket_owner": "",
            "rule": [rule_from_api(rule) for rule in answer["Rules"]],
            "transition_default_minimum_object_size": size or "all_storage_classes_128K",
        }

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_bucket_lifecycle(Bucket=state["bucket"])


def rule_to_api(rule: Object) -> dict[str, Any]:
    """A `rule` block as PutBucketLifecycleConfiguration takes it."""
    transitions = [
        given(Days=_integer(item["days"]), StorageClass=item["storage_class"]) for item in rule["transition"]
    ]
    argument = given(
        ID=rule["id"],
        Status=rule["status"],
        Prefix=rule["prefix"] or None,
        Transitions=transitions or None,
    )
    for block in rule["abort_incomplete_multipart_upload"]:
        argument["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": _integer(block["days_after_initiation"])}
    if "Prefix" not in argument:
        argument["Filter"] = _filter_to_api(rule["filter"])
    return argument


def _filter_to_api(blocks: list[Object]) -> dict[str, Any]:
    """S3 takes exactly one criterion, or several under And; no criterion is the empty prefix."""
    for block in blocks:
        for both in block["and"]:
            return {"And": {**_criteria(both), **given(Tags=tag_list(both["tags"]) or None)}}
        for tag in block["tag"]:
            return {"Tag": {"Key": tag["key"], "Value": tag["value"]}}
        return _criteria(block) or {"Prefix": ""}
    return {"Prefix": ""}


def _criteria(block: Object) -> dict[str, Any]:
    return given(
        ObjectSizeGreaterThan=_integer(block["object_size_greater_than"]),
        ObjectSizeLessThan=_integer(block["object_size_less_than"]),
        Prefix=block["prefix"],
    )


def rule_from_api(rule: dict[str, Any]) -> Object:
    """A rule of GetBucketLifecycleConfiguration as a `rule` block."""
    abort = rule.get("AbortIncompleteMultipartUpload")
    return {
        "id": rule["ID"],
        "status": rule["Status"],
        "prefix": rule.get("Prefix"),
        "filter": [_filter_from_api(rule["Filter"])] if "Filter" in rule else [],
        "abort_incomplete_multipart_upload": [{"days_after_initiation": abort["DaysAfterInitiation"]}] if abort else [],
        "transition": [
            {"days": item.get("Days"), "storage_class": item["StorageClass"]} for item in rule.get("Transitions", [])
        ],
    }


def _filter_from_api(answer: dict[str, Any]) -> Object:
    both, tag = answer.get("And"), answer.get("Tag")
    return {
        **_criteria_from_api(answer),
        "and": [{**_criteria_from_api(both), "tags": tag_map(both.get("Tags"))}] if both else [],
        "tag": [{"key": tag["Key"], "value": tag["Value"]}] if tag else [],
    }


def _criteria_from_api(answer: dict[str, Any]) -> Object:
    return {
        "object_size_greater_than": answer.get("ObjectSizeGreaterThan"),
        "object_size_less_than": answer.get("ObjectSizeLessThan"),
        "prefix": answer.get("Prefix"),
    }
