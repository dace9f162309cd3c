"""The secret that signs callbacks: made here, filled by people, never in Terraform's state."""

from constructs import Construct

from modules import aws
from modules.encryption import Encryption
from modules.environments.environment import Environment
from modules.policy import deny, document, refuse_plain_http
from modules.resource_names import BACKEND_ROLE, function_role
from modules.retention import protected


class CallbackSecret(Construct):
    """Secret ``toq-media-processing/callback``; its value is ``{"secrets": ["newest", "older", ...]}``.

    Readable only by the function that signs and the backend that verifies; people write it and need not read it.

    Attributes
    ----------
    arn
        ARN of the secret.
    """

    def __init__(self, scope: Construct, environment: Environment, encryption: Encryption) -> None:
        super().__init__(scope, "callback_secret")
        self._environment = environment
        secret = aws.SecretsmanagerSecret(
            self,
            "callback",
            name=environment.named("toq-media-processing/callback"),
            description="Signs callbacks to the backend; JSON with the list 'secrets', newest first",
            kms_key_id=encryption.key_arn,
            recovery_window_in_days=0 if environment.local else 30,
            lifecycle=protected(environment),
        )
        self.arn: str = secret.arn
        aws.SecretsmanagerSecretPolicy(
            self, "callback_policy", secret_arn=self.arn, block_public_policy=True, policy=self._policy()
        )

    def _policy(self) -> str:
        readers = [self._environment.role_arn(name) for name in (function_role("callback_dispatch"), BACKEND_ROLE)]
        return document(
            refuse_plain_http(["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"], [self.arn]),
            deny(
                "RefuseReadingByOthers",
                ["secretsmanager:GetSecretValue"],
                [self.arn],
                conditions={"ArnNotEquals": {"aws:PrincipalArn": readers}},
            ),
        )
