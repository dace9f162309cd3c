"""The pipeline's own KMS key (requirements, 1.2) and who may use it for what."""

from collections.abc import Sequence

from constructs import Construct

from modules import aws
from modules.environments.environment import Environment
from modules.policy import WRITE, Statement, allow, document
from modules.resource_names import ALERTS_TOPIC
from modules.retention import protected

_ADMINISTRATION = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)


class Encryption(Construct):
    """Key and alias ``alias/toq-media-processing``.

    The key policy lets the account's own IAM policies grant use through the services that hold our data, and nothing
    else; AWS services that act without a role of ours (logs, alarms, events) stand in it by themselves.

    Attributes
    ----------
    key_arn, alias
        ARN and alias of the key.
    """

    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(scope, "encryption")
        self._environment = environment
        self._key = self._build_key()
        self.key_arn: str = self._key.arn
        self.alias = self._build_alias().name

    def use_through(self, service: str, actions: Sequence[str], sid: str) -> Statement:
        """A role's right to use the key, but only for requests that one service makes on its behalf.

        Parameters
        ----------
        service
            As in the service's host name: ``s3``, ``sqs``, ``secretsmanager``.
        """
        condition = {"StringEquals": {"kms:ViaService": self._host(service)}}
        return allow(sid, actions, [self.key_arn], conditions=condition)

    def _host(self, service: str) -> str:
        return f"{service}.{self._environment.region}.amazonaws.com"

    def _build_key(self) -> aws.KmsKey:
        return aws.KmsKey(
            self,
            "media",
            description="Media, messages, logs and secrets of the TOQ media pipeline",
            enable_key_rotation=True,
            rotation_period_in_days=365,
            deletion_window_in_days=7 if self._environment.local else 30,
            policy=self._key_policy(),
            lifecycle=protected(self._environment),
        )

    def _build_alias(self) -> aws.KmsAlias:
        name = self._environment.named("alias/toq-media-processing")
        return aws.KmsAlias(self, "media_alias", name=name, target_key_id=self._key.key_id)

    def _key_policy(self) -> str:
        account = {"AWS": self._environment.account_root}
        through = [self._host(service) for service in ("s3", "secretsmanager", "sqs")]
        return document(
            allow("AccountAdministersKey", _ADMINISTRATION, ["*"], principals=account),
            allow(
                "AccountUsesKeyThroughServices",
                WRITE,
                ["*"],
                principals=account,
                conditions={
                    "StringEquals": {
                        "kms:CallerAccount": self._environment.account_id,
                        "kms:ViaService": through,
                    }
                },
            ),
            self._logs_statement(),
            *self._delivery_statements(),
        )

    def _logs_statement(self) -> Statement:
        # Amazon CloudWatch Logs "Encrypt log data in CloudWatch Logs using AWS Key Management Service".
        return allow(
            "LogsEncryptsLogGroups",
            [
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:GenerateDataKeyWithoutPlaintext",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            ],
            ["*"],
            principals={"Service": self._host("logs")},
            conditions={
                "ArnLike": {"kms:EncryptionContext:aws:logs:arn": self._environment.arn("logs", "log-group:*")}
            },
        )

    def _delivery_statements(self) -> list[Statement]:
        topics = self._environment.arn("sns", self._environment.named(ALERTS_TOPIC))
        queues = self._environment.arn("sqs", self._environment.named("listing-media-*"))
        return [
            # Amazon SNS "Enable compatibility between event sources from AWS services and encrypted topics": alarms
            # carry aws:SourceArn, EventBridge carries neither that nor aws:SourceAccount, and a condition on them
            # would drop every notification in silence. The encryption context is set by SNS and SQS themselves.
            allow(
                "AlarmsEncryptNotifications",
                WRITE,
                ["*"],
                principals={"Service": "cloudwatch.amazonaws.com"},
                conditions={
                    "StringEquals": {
                        "aws:SourceAccount": self._environment.account_id,
                        "kms:EncryptionContext:aws:sns:topicArn": topics,
                    }
                },
            ),
            allow(
                "EventsEncryptNotifications",
                WRITE,
                ["*"],
                principals={"Service": "events.amazonaws.com"},
                conditions={"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": topics}},
            ),
            allow(
                "EventsEncryptMessages",
                WRITE,
                ["*"],
                principals={"Service": "events.amazonaws.com"},
                conditions={"ArnLike": {"kms:EncryptionContext:aws:sqs:arn": queues}},
            ),
        ]
