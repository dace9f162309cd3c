"""Amazon S3: encryption, access logging and CORS of a bucket."""

from typing import ClassVar

from toq_aws_provider.aws_calls import given
from toq_aws_provider.resources.s3 import NO_BUCKET, BucketSetting
from toq_aws_provider.values import Object


class ServerSideEncryption(BucketSetting):
    type = "aws_s3_bucket_server_side_encryption_configuration"
    settles: ClassVar = {"rule.bucket_key_enabled": False}
    unsupported_attributes = ("expected_bucket_owner",)
    not_found_codes = (*NO_BUCKET, "ServerSideEncryptionConfigurationNotFoundError")

    def put(self, new: Object) -> None:
        self.api.put_bucket_encryption(
            Bucket=new["bucket"],
            ServerSideEncryptionConfiguration={"Rules": [self._to_api(rule) for rule in new["rule"]]},
        )

    @staticmethod
    def _to_api(rule: Object) -> Object:
        by_default = [
            given(SSEAlgorithm=block["sse_algorithm"], KMSMasterKeyID=block["kms_master_key_id"] or None)
            for block in rule["apply_server_side_encryption_by_default"]
        ]
        return given(
            BucketKeyEnabled=rule["bucket_key_enabled"],
            BlockedEncryptionTypes=given(EncryptionType=rule["blocked_encryption_types"] or None) or None,
            ApplyServerSideEncryptionByDefault=by_default[0] if by_default else None,
        )

    def read(self, identifier: str, state: Object) -> Object | None:
        answer = self.api.get_bucket_encryption(Bucket=state["bucket"])["ServerSideEncryptionConfiguration"]
        return {"bucket": state["bucket"], "rule": [self._from_api(rule) for rule in answer["Rules"]]}

    @staticmethod
    def _from_api(rule: Object) -> Object:
        block = rule.get("ApplyServerSideEncryptionByDefault")
        by_default = (
            {"sse_algorithm": block["SSEAlgorithm"], "kms_master_key_id": block.get("KMSMasterKeyID")}
            if block
            else None
        )
        return {
            "blocked_encryption_types": (rule.get("BlockedEncryptionTypes") or {}).get("EncryptionType", []),
            "bucket_key_enabled": rule.get("BucketKeyEnabled", False),
            "apply_server_side_encryption_by_default": [by_default] if by_default else [],
        }

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_bucket_encryption(Bucket=state["bucket"])


class Logging(BucketSetting):
    type = "aws_s3_bucket_logging"
    unsupported_attributes = ("expected_bucket_owner", "target_grant", "target_object_key_format")

    def put(self, new: Object) -> None:
        enabled = {"TargetBucket": new["target_bucket"], "TargetPrefix": new["target_prefix"]}
        self.api.put_bucket_logging(Bucket=new["bucket"], BucketLoggingStatus={"LoggingEnabled": enabled})

    def read(self, identifier: str, state: Object) -> Object | None:
        enabled = self.api.get_bucket_logging(Bucket=state["bucket"]).get("LoggingEnabled")
        if not enabled:
            return None
        return {
            "bucket": state["bucket"],
            "target_bucket": enabled["TargetBucket"],
            "target_prefix": enabled["TargetPrefix"],
        }

    def delete(self, identifier: str, state: Object) -> None:
        self.api.put_bucket_logging(Bucket=state["bucket"], BucketLoggingStatus={})


class Cors(BucketSetting):
    type = "aws_s3_bucket_cors_configuration"
    unsupported_attributes = ("expected_bucket_owner",)
    not_found_codes = (*NO_BUCKET, "NoSuchCORSConfiguration")

    def put(self, new: Object) -> None:
        rules = [
            given(
                ID=rule["id"],
                AllowedHeaders=rule["allowed_headers"],
                AllowedMethods=rule["allowed_methods"],
                AllowedOrigins=rule["allowed_origins"],
                ExposeHeaders=rule["expose_headers"],
                MaxAgeSeconds=rule["max_age_seconds"],
            )
            for rule in new["cors_rule"]
        ]
        self.api.put_bucket_cors(Bucket=new["bucket"], CORSConfiguration={"CORSRules": rules})

    def read(self, identifier: str, state: Object) -> Object | None:
        rules = self.api.get_bucket_cors(Bucket=state["bucket"])["CORSRules"]
        return {
            "bucket": state["bucket"],
            "cors_rule": [
                {
                    "id": rule.get("ID"),
                    "allowed_headers": rule.get("AllowedHeaders"),
                    "allowed_methods": rule["AllowedMethods"],
                    "allowed_origins": rule["AllowedOrigins"],
                    "expose_headers": rule.get("ExposeHeaders"),
                    "max_age_seconds": rule.get("MaxAgeSeconds"),
                }
                for rule in rules
            ],
        }

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_bucket_cors(Bucket=state["bucket"])
