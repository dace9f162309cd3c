"""Amazon S3: buckets, and who may reach them."""

from typing import Any, ClassVar

from toq_aws_provider.aws_calls import optional, tag_list, tag_map
from toq_aws_provider.name_generation import choose_name
from toq_aws_provider.resource import Resource
from toq_aws_provider.values import Object

NO_BUCKET: tuple[str, ...] = ("NoSuchBucket",)


class Bucket(Resource):
    type = "aws_s3_bucket"
    service = "s3"
    unsupported_attributes = (
        "acceleration_status", "acl", "cors_rule", "grant", "lifecycle_rule", "logging", "object_lock_configuration",
        "policy", "replication_configuration", "request_payer", "server_side_encryption_configuration", "versioning",
        "website",
    )  # fmt: skip
    not_found_codes = NO_BUCKET

    def create(self, planned: Object) -> str:
        name = choose_name(planned, "bucket")
        arguments: dict[str, Any] = {"Bucket": name}
        if planned["object_lock_enabled"]:
            arguments["ObjectLockEnabledForBucket"] = True
        if self.aws.region != "us-east-1":  # the one region that S3 does not accept as a constraint
            arguments["CreateBucketConfiguration"] = {"LocationConstraint": self.aws.region}
        self.api.create_bucket(**arguments)
        return name

    def after_create(self, identifier: str, planned: Object) -> None:
        if planned["tags_all"]:
            self.update_tags(identifier, planned, planned["tags_all"], [])

    def read(self, identifier: str, state: Object) -> Object | None:
        self.api.head_bucket(Bucket=identifier)
        region = self.api.get_bucket_location(Bucket=identifier).get("LocationConstraint") or "us-east-1"
        tags = optional(self.api.get_bucket_tagging, "NoSuchTagSet", Bucket=identifier) or {}
        policy = optional(self.api.get_bucket_policy, "NoSuchBucketPolicy", Bucket=identifier) or {}
        lock = optional(
            self.api.get_object_lock_configuration, "ObjectLockConfigurationNotFoundError", Bucket=identifier
        )
        return {
            "arn": f"arn:aws:s3:::{identifier}",
            "bucket": identifier,
            "bucket_domain_name": f"{identifier}.s3.amazonaws.com",
            "bucket_region": region,
            "bucket_regional_domain_name": f"{identifier}.s3.{region}.amazonaws.com",
            "hosted_zone_id": "Z3AQBSTGFYJSTF",
            "object_lock_enabled": lock is not None,
            "policy": policy.get("Policy", ""),
            "request_payer": "BucketOwner",
            "tags_all": tag_map(tags.get("TagSet")),
        }

    def update_tags(self, identifier: str, new: Object, changed: dict[str, str], removed: list[str]) -> None:
        if new["tags_all"]:
            self.api.put_bucket_tagging(Bucket=identifier, Tagging={"TagSet": tag_list(new["tags_all"])})
        else:
            self.api.delete_bucket_tagging(Bucket=identifier)

    def delete(self, identifier: str, state: Object) -> None:
        if state["force_destroy"]:
            self._empty(identifier)
        self.api.delete_bucket(Bucket=identifier)

    def _empty(self, bucket: str) -> None:
        """Remove every version: the local environment is thrown away whole; a real one never sets force_destroy."""
        for page in self.api.get_paginator("list_object_versions").paginate(Bucket=bucket):
            entries = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            objects = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in entries]
            if objects:
                self.api.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})


class BucketSetting(Resource):
    """A setting of a bucket that has a resource type of its own: put, get, delete by the bucket's name."""

    service = "s3"
    not_found_codes: ClassVar[tuple[str, ...]] = NO_BUCKET

    def put(self, new: Object) -> None:
        """Replace the setting as a whole."""
        raise TypeError(f"{self.type} cannot be put")

    def create(self, planned: Object) -> str:
        self.put(planned)
        return str(planned["bucket"])

    def update(self, identifier: str, old: Object, new: Object) -> None:
        self.put(new)

    def import_state(self, identifier: str) -> Object:
        return {"id": identifier, "bucket": identifier}


class Versioning(BucketSetting):
    type = "aws_s3_bucket_versioning"
    unsupported_attributes = ("expected_bucket_owner", "mfa")

    def put(self, new: Object) -> None:
        status = new["versioning_configuration"][0]["status"]
        if status != "Disabled":  # what a bucket is before its first setting, and can never be again
            self.api.put_bucket_versioning(Bucket=new["bucket"], VersioningConfiguration={"Status": status})

    def read(self, identifier: str, state: Object) -> Object | None:
        answer = self.api.get_bucket_versioning(Bucket=state["bucket"])
        configuration = {"status": answer.get("Status", "Disabled"), "mfa_delete": answer.get("MFADelete", "Disabled")}
        return {"bucket": state["bucket"], "versioning_configuration": [configuration]}

    def delete(self, identifier: str, state: Object) -> None:
        """A bucket that was versioned once can only be suspended; one that never was stays as it is."""
        if state["versioning_configuration"][0]["status"] != "Disabled":
            self.api.put_bucket_versioning(Bucket=state["bucket"], VersioningConfiguration={"Status": "Suspended"})


class PublicAccessBlock(BucketSetting):
    type = "aws_s3_bucket_public_access_block"
    not_found_codes = (*NO_BUCKET, "NoSuchPublicAccessBlockConfiguration")

    def put(self, new: Object) -> None:
        self.api.put_public_access_block(
            Bucket=new["bucket"],
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": new["block_public_acls"],
                "BlockPublicPolicy": new["block_public_policy"],
                "IgnorePublicAcls": new["ignore_public_acls"],
                "RestrictPublicBuckets": new["restrict_public_buckets"],
            },
        )

    def read(self, identifier: str, state: Object) -> Object | None:
        block = self.api.get_public_access_block(Bucket=state["bucket"])["PublicAccessBlockConfiguration"]
        return {
            "bucket": state["bucket"],
            "block_public_acls": block["BlockPublicAcls"],
            "block_public_policy": block["BlockPublicPolicy"],
            "ignore_public_acls": block["IgnorePublicAcls"],
            "restrict_public_buckets": block["RestrictPublicBuckets"],
        }

    def delete(self, identifier: str, state: Object) -> None:
        if not state["skip_destroy"]:
            self.api.delete_public_access_block(Bucket=state["bucket"])


class Policy(BucketSetting):
    type = "aws_s3_bucket_policy"
    policy_documents = ("policy",)
    not_found_codes = (*NO_BUCKET, "NoSuchBucketPolicy")

    def put(self, new: Object) -> None:
        self.api.put_bucket_policy(Bucket=new["bucket"], Policy=new["policy"])

    def read(self, identifier: str, state: Object) -> Object | None:
        return {
            "bucket": state["bucket"],
            "policy": self.api.get_bucket_policy(Bucket=state["bucket"])["Policy"],
        }

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_bucket_policy(Bucket=state["bucket"])


class OwnershipControls(BucketSetting):
    type = "aws_s3_bucket_ownership_controls"
    not_found_codes = (*NO_BUCKET, "OwnershipControlsNotFoundError")

    def put(self, new: Object) -> None:
        rules = [{"ObjectOwnership": new["rule"][0]["object_ownership"]}]
        self.api.put_bucket_ownership_controls(Bucket=new["bucket"], OwnershipControls={"Rules": rules})

    def read(self, identifier: str, state: Object) -> Object | None:
        rules = self.api.get_bucket_ownership_controls(Bucket=state["bucket"])["OwnershipControls"]["Rules"]
        return {
            "bucket": state["bucket"],
            "rule": [{"object_ownership": rule["ObjectOwnership"]} for rule in rules],
        }

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_bucket_ownership_controls(Bucket=state["bucket"])
