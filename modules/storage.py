"""The media bucket and the bucket of its access logs (requirements, 1.1 and section 4)."""

from cdktf import Postcondition, TerraformResourceLifecycle
from constructs import Construct

from handlers.contract.keys import Stage
from modules import aws
from modules.encryption import Encryption
from modules.environments.environment import Environment
from modules.policy import Statement, allow, deny, document, refuse_plain_http
from modules.resource_names import ADMIN_ROLE, BACKEND_ROLE
from modules.retention import protected


class Storage(Construct):
    """Buckets ``toq-listing-medias`` and ``toq-logs``, each created or adopted.

    Attributes
    ----------
    media_bucket, media_arn
        Name and ARN of the media bucket.
    log_bucket
        Name of the bucket of access logs.
    """

    def __init__(self, scope: Construct, environment: Environment, encryption: Encryption) -> None:
        super().__init__(scope, "storage")
        self._environment = environment
        self._settings = environment.media_bucket
        self._key_arn = encryption.key_arn
        self._logs = self._build_log_bucket()
        self._media = self._build_media_bucket()
        self.media_bucket: str = self._media.bucket
        self.media_arn: str = self._media.arn
        self.log_bucket: str = self._logs.bucket

    def objects(self, *patterns: str) -> list[str]:
        """ARNs of the media bucket's objects whose keys match, e.g. ``*/raw/*``."""
        return [f"{self.media_arn}/{pattern}" for pattern in patterns]

    def stage(self, *stages: Stage) -> list[str]:
        """ARNs of all objects in some stages, whatever the listing."""
        return self.objects(*(f"*/{stage}/*" for stage in stages))

    def allow_reading(self, sid: str, *patterns: str, versions: bool = False) -> Statement:
        """A role's right to read objects; `versions` lets it choose the version."""
        actions = ["s3:GetObject", "s3:GetObjectVersion"] if versions else ["s3:GetObject"]
        return allow(sid, actions, self.objects(*patterns))

    def allow_writing(self, sid: str, *patterns: str) -> Statement:
        """A role's right to write objects."""
        return allow(sid, ["s3:PutObject"], self.objects(*patterns))

    def allow_telling_missing_from_forbidden(self) -> Statement:
        """Without ListBucket S3 answers 403 for an object that is not there (Amazon S3 API "GetObject").

        It is also what listing takes, by which manifests and earlier outputs are found.
        """
        return allow("TellMissingFromForbidden", ["s3:ListBucket"], [self.media_arn])

    def _build_media_bucket(self) -> aws.S3Bucket:
        bucket = aws.S3Bucket(
            self,
            "media",
            bucket=self._settings.name,
            force_destroy=self._environment.local,
            lifecycle=self._lifecycle("name", self._settings.name, existing=self._settings.existing),
        )
        if self._settings.existing:
            bucket.import_from(self._settings.name)
        self._guard(bucket, "media")
        self._encrypt(bucket, "media_encryption", "aws:kms", kms_master_key_id=self._key_arn)
        self._build_logging(bucket)
        self._build_lifecycle(bucket)
        if self._settings.cors_origins:
            self._build_cors(bucket)
        aws.S3BucketPolicy(self, "media_policy", bucket=bucket.bucket, policy=self._media_policy(bucket.arn))
        return bucket

    def _lifecycle(self, key: str, name: str, *, existing: bool) -> TerraformResourceLifecycle | None:
        """A created bucket is protected; an adopted one also has to stand in the configured region."""
        if not existing:
            return protected(self._environment)
        here = Postcondition(
            condition='${self.bucket_region == "' + self._environment.region + '"}',
            error_message=(
                f"{self._environment.file}: media_bucket.{key}: {name} is not in "
                f"{self._environment.region}; name a bucket of that region, or correct region."
            ),
        )
        return TerraformResourceLifecycle(prevent_destroy=True, postcondition=[here])

    def _guard(self, bucket: aws.S3Bucket, name: str) -> None:
        """What both buckets have: versions, one owner, no public access."""
        aws.S3BucketVersioningA(
            self,
            f"{name}_versioning",
            bucket=bucket.id,
            versioning_configuration=aws.S3BucketVersioningVersioningConfiguration(status="Enabled"),
        )
        aws.S3BucketPublicAccessBlock(
            self,
            f"{name}_public_access",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        aws.S3BucketOwnershipControls(
            self,
            f"{name}_ownership",
            bucket=bucket.id,
            rule=aws.S3BucketOwnershipControlsRule(object_ownership="BucketOwnerEnforced"),
        )

    def _encrypt(self, bucket: aws.S3Bucket, name: str, algorithm: str, **key: str) -> None:
        """A bucket's default encryption; customers' own keys (SSE-C) are blocked.

        S3 blocks them in new buckets by itself and reports that, so that a configuration without it would differ from
        the bucket in every plan (Amazon S3 "Default SSE-C setting for new buckets FAQ").
        """
        default = aws.S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA
        rule = aws.S3BucketServerSideEncryptionConfigurationRuleA(
            apply_server_side_encryption_by_default=default(sse_algorithm=algorithm, **key),
            blocked_encryption_types=["SSE-C"],
            bucket_key_enabled=True if key else None,
        )
        aws.S3BucketServerSideEncryptionConfigurationA(self, name, bucket=bucket.id, rule=[rule])

    def _build_logging(self, bucket: aws.S3Bucket) -> None:
        aws.S3BucketLoggingA(
            self,
            "media_logging",
            bucket=bucket.id,
            target_bucket=self._logs.bucket,
            target_prefix=f"{self._settings.name}/",
            depends_on=[self._logs_policy],  # from the first delivery on, S3 may write
        )

    def _build_lifecycle(self, bucket: aws.S3Bucket) -> None:
        """Nothing here removes an object: raw media change their storage class, unfinished uploads are none."""
        rules = []
        if self._settings.glacier_after_days:
            rules.append(self._glacier_rule(self._settings.glacier_after_days))
        if self._settings.abort_uploads_after_days:
            rules.append(self._abandoned_upload_rule(self._settings.abort_uploads_after_days))
        if rules:
            aws.S3BucketLifecycleConfiguration(self, "media_lifecycle", bucket=bucket.id, rule=rules)

    def _glacier_rule(self, days: int) -> aws.S3BucketLifecycleConfigurationRule:
        # Keys begin with the listing, so no prefix means "raw": presigned uploads set this tag.
        tag = aws.S3BucketLifecycleConfigurationRuleFilterTag(key="stage", value=Stage.RAW.value)
        return aws.S3BucketLifecycleConfigurationRule(
            id="raw-to-glacier",
            status="Enabled",
            filter=[aws.S3BucketLifecycleConfigurationRuleFilter(tag=[tag])],
            transition=[aws.S3BucketLifecycleConfigurationRuleTransition(days=days, storage_class="GLACIER")],
        )

    def _abandoned_upload_rule(self, days: int) -> aws.S3BucketLifecycleConfigurationRule:
        """For uploads whose sender died: listing-media-zip in the middle of a bundle, or a client.

        For the whole bucket, since this action takes no tag, and no prefix means "zip" ("Configuring a bucket lifecycle
        configuration to delete incomplete multipart uploads"). Presigned URLs are good for seven days at most, so none
        of ours can still be under way after that.
        """
        abort = aws.S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(days_after_initiation=days)
        return aws.S3BucketLifecycleConfigurationRule(
            id="abandoned-uploads",
            status="Enabled",
            filter=[aws.S3BucketLifecycleConfigurationRuleFilter(prefix="")],
            abort_incomplete_multipart_upload=[abort],
        )

    def _build_cors(self, bucket: aws.S3Bucket) -> None:
        aws.S3BucketCorsConfiguration(
            self,
            "media_cors",
            bucket=bucket.id,
            cors_rule=[
                aws.S3BucketCorsConfigurationCorsRule(
                    id="browser-uploads",
                    allowed_methods=["PUT"],
                    allowed_origins=list(self._settings.cors_origins),
                    # What a presigned upload signs: type, checksum, tags.
                    allowed_headers=[
                        "content-type",
                        "x-amz-checksum-sha256",
                        "x-amz-sdk-checksum-algorithm",
                        "x-amz-tagging",
                    ],
                    expose_headers=["ETag", "x-amz-checksum-sha256", "x-amz-version-id"],
                    max_age_seconds=3600,
                )
            ],
        )

    def _media_policy(self, bucket_arn: str) -> str:
        return document(
            refuse_plain_http(["s3:*"], [bucket_arn, f"{bucket_arn}/*"]),
            *self._encryption_statements(f"{bucket_arn}/*"),
            *self._role_statements(bucket_arn),
        )

    def _encryption_statements(self, objects: str) -> list[Statement]:
        """Uploads that name no encryption get the bucket's own key; any that name another way are refused."""
        named = {"s3:x-amz-server-side-encryption": "false"}
        return [
            deny(
                "RefuseOtherEncryption",
                ["s3:PutObject"],
                [objects],
                conditions={"Null": named, "StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}},
            ),
            deny(
                # Without IfExists a request for aws:kms that names no key would slip through to the key aws/s3.
                "RefuseOtherKeys",
                ["s3:PutObject"],
                [objects],
                conditions={
                    "Null": named,
                    "ArnNotEqualsIfExists": {"s3:x-amz-server-side-encryption-aws-kms-key-id": self._key_arn},
                },
            ),
            deny(
                "RefuseCustomerKeys",
                ["s3:PutObject"],
                [objects],
                conditions={"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}},
            ),
        ]

    def _role_statements(self, bucket_arn: str) -> list[Statement]:
        # By name: a principal element would have to exist already, and the roles' policies name this bucket.
        backend, admin = self._environment.role_arn(BACKEND_ROLE), self._environment.role_arn(ADMIN_ROLE)
        return [
            deny(
                "RefuseDeletionByOthers",
                ["s3:DeleteObject"],
                [f"{bucket_arn}/*"],
                conditions={"ArnNotEquals": {"aws:PrincipalArn": [backend, admin]}},
            ),
            deny(
                "RefuseVersionDeletionByOthers",
                ["s3:DeleteObjectVersion"],
                [f"{bucket_arn}/*"],
                conditions={"ArnNotEquals": {"aws:PrincipalArn": [admin]}},
            ),
            deny(
                "RefuseProjectUploadsByOthers",
                ["s3:PutObject"],
                [f"{bucket_arn}/*/{Stage.RAW}/project/*"],
                conditions={"ArnNotEquals": {"aws:PrincipalArn": [backend]}},
            ),
        ]

    def _build_log_bucket(self) -> aws.S3Bucket:
        """Server access logs; SSE-S3, since log delivery cannot write to a bucket with a KMS default.

        Amazon S3 "Enabling Amazon S3 server access logging".
        """
        bucket = aws.S3Bucket(
            self,
            "logs",
            bucket=self._settings.log_bucket,
            force_destroy=self._environment.local,
            lifecycle=self._lifecycle(
                "log_bucket", self._settings.log_bucket, existing=self._settings.log_bucket_existing
            ),
        )
        if self._settings.log_bucket_existing:
            bucket.import_from(self._settings.log_bucket)
        self._guard(bucket, "logs")
        self._encrypt(bucket, "logs_encryption", "AES256")
        self._logs_policy = aws.S3BucketPolicy(
            self, "logs_policy", bucket=bucket.bucket, policy=self._log_policy(bucket.arn)
        )
        return bucket

    def _log_policy(self, bucket_arn: str) -> str:
        return document(
            refuse_plain_http(["s3:*"], [bucket_arn, f"{bucket_arn}/*"]),
            allow(
                "S3WritesAccessLogs",
                ["s3:PutObject"],
                [f"{bucket_arn}/{self._settings.name}/*"],
                principals={"Service": "logging.s3.amazonaws.com"},
                conditions={
                    "ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{self._settings.name}"},
                    "StringEquals": {"aws:SourceAccount": self._environment.account_id},
                },
            ),
        )
