"""Roles of people and of the backend (requirements, 1.1 and 1.8)."""

from constructs import Construct

from handlers.contract.keys import Stage
from modules import aws
from modules.foundation import Foundation
from modules.policy import READ, WRITE, Statement, allow, document
from modules.resource_names import ADMIN_ROLE, BACKEND_ROLE
from modules.roles import role_with_policy


class Access(Construct):
    """Roles ``toq-media-processing-backend`` and ``-admin``, and the policy for owners' project media.

    Attributes
    ----------
    backend, admin
        The roles.
    project_policy_arn
        Managed policy that lets requests signed by the backend upload ``project/*``, and nothing else.
    """

    def __init__(self, scope: Construct, foundation: Foundation, *, callback_api_arn: str | None) -> None:
        super().__init__(scope, "access")
        self._environment = foundation.environment
        self._encryption = foundation.encryption
        self._storage = foundation.storage
        self._messaging = foundation.messaging
        self._secret_arn = foundation.callback_secret_arn
        self._callback_api_arn = callback_api_arn
        self.backend = self._build_backend()
        self.project_policy_arn: str = self._build_project_policy().arn
        self.admin = self._build_admin()

    def _build_backend(self) -> aws.IamRole:
        environment = self._environment
        trusted = []
        if environment.trusted_services:
            services = {"Service": list(environment.trusted_services)}
            trusted.append(allow("BackendRunsAs", ["sts:AssumeRole"], principals=services))
        if environment.trusted_role_arns:
            roles = {"AWS": list(environment.trusted_role_arns)}
            trusted.append(allow("BackendAssumes", ["sts:AssumeRole"], principals=roles))
        role, _ = role_with_policy(
            self,
            "backend",
            self._backend_statements(),
            name=environment.named(BACKEND_ROLE),
            description="The Go backend: presigned uploads, batches, media",
            assume_role_policy=document(*trusted),
        )
        return role

    def _backend_statements(self) -> list[Statement]:
        raw = [f"*/{Stage.RAW}/{kind}/*" for kind in ("photo", "video", "manifest")]
        return [
            # A presigned upload signs the tag stage=raw too. Project media: see the separate policy.
            allow("UploadRawMedia", ["s3:PutObject", "s3:PutObjectTagging"], self._storage.objects(*raw)),
            # HeadObject is authorised by GetObject (Service Authorization Reference "Amazon S3").
            allow("ReadMedia", ["s3:GetObject", "s3:GetObjectAttributes"], self._storage.objects("*")),
            allow("DeleteMedia", ["s3:DeleteObject"], self._storage.objects("*")),
            allow("TellMissingFromForbidden", ["s3:ListBucket"], [self._storage.media_arn]),
            allow("EnqueueBatches", ["sqs:GetQueueUrl", "sqs:SendMessage"], [self._messaging.queue.arn]),
            allow("ReadSigningSecret", ["secretsmanager:GetSecretValue"], [self._secret_arn]),
            self._encryption.use_through("s3", WRITE, "UseKeyThroughS3"),
            self._encryption.use_through("sqs", WRITE, "UseKeyThroughSqs"),
            self._encryption.use_through("secretsmanager", READ, "UseKeyThroughSecretsManager"),
            *self._callback_statements(),
        ]

    def _callback_statements(self) -> list[Statement]:
        if self._callback_api_arn is None:
            return []
        return [allow("AskForCallbackRedelivery", ["execute-api:Invoke"], [self._callback_api_arn])]

    def _build_project_policy(self) -> aws.IamPolicy:
        policy = aws.IamPolicy(
            self,
            "project_media",
            name=self._environment.named("toq-media-processing-project"),
            description="Owners upload media of development projects through requests that the backend signs",
            policy=document(
                allow(
                    "UploadProjectMedia",
                    ["s3:PutObject", "s3:PutObjectTagging"],
                    self._storage.objects(f"*/{Stage.RAW}/project/*"),
                )
            ),
        )
        aws.IamRolePolicyAttachment(self, "backend_project_media", role=self.backend.name, policy_arn=policy.arn)
        return policy

    def _build_admin(self) -> aws.IamRole:
        role, _ = role_with_policy(
            self,
            "admin",
            self._admin_statements(),
            "break-glass",
            name=self._environment.named(ADMIN_ROLE),
            description="Break-glass for bucket and queues; assuming it raises an alert",
            max_session_duration=3600,
            assume_role_policy=document(
                allow(
                    "PeopleOfThisAccountWithMfa",
                    ["sts:AssumeRole"],
                    principals={"AWS": self._environment.account_root},
                    conditions={
                        "Bool": {"aws:MultiFactorAuthPresent": "true"},
                        "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"},
                    },
                )
            ),
        )
        return role

    def _admin_statements(self) -> list[Statement]:
        queues = [
            self._messaging.queue.arn,
            self._messaging.dead_letter_queue.arn,
            self._messaging.event_queue.arn,
            self._messaging.event_dead_letter_queue.arn,
        ]
        return [
            allow(
                "InspectBucket",
                ["s3:GetBucketVersioning", "s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions"],
                [self._storage.media_arn],
            ),
            allow(
                "RepairMedia",
                [
                    "s3:AbortMultipartUpload",
                    "s3:DeleteObject",
                    "s3:DeleteObjectVersion",
                    "s3:GetObject",
                    "s3:GetObjectAttributes",
                    "s3:GetObjectTagging",
                    "s3:GetObjectVersion",
                    "s3:PutObject",
                    "s3:PutObjectTagging",
                    "s3:RestoreObject",
                ],
                self._storage.objects("*"),
            ),
            allow(
                "RepairQueues",
                [
                    "sqs:CancelMessageMoveTask",
                    "sqs:ChangeMessageVisibility",
                    "sqs:DeleteMessage",
                    "sqs:GetQueueAttributes",
                    "sqs:GetQueueUrl",
                    "sqs:ListMessageMoveTasks",
                    "sqs:PurgeQueue",
                    "sqs:ReceiveMessage",
                    "sqs:SendMessage",
                    "sqs:StartMessageMoveTask",
                ],
                queues,
            ),
            self._encryption.use_through("s3", WRITE, "UseKeyThroughS3"),
            self._encryption.use_through("sqs", WRITE, "UseKeyThroughSqs"),
            *self._callback_statements(),
        ]
