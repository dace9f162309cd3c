"""The account under test, seen by two: the operator who calls, and the role that the backend runs as."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from modules.environments.environment import Environment
from operations.account import refuse_another_account
from operations.outputs import read_outputs
from operations.terraform import load_config
from toolchain.errors import SetupError

_SESSION_NAME: Final = "acceptance"  # stands in CloudTrail beside every call that is made as the backend


@dataclass(frozen=True, slots=True)
class Account:
    """One environment's account.

    Parameters
    ----------
    outputs
        Terraform's outputs by name.
    operator_session
        Whoever calls: reads settings, alarms, logs and executions.
    backend_session
        Role ``toq-media-processing-backend``: uploads, sends the message, reads media.
    """

    environment: Environment
    outputs: Mapping[str, Any]
    operator_session: boto3.Session
    backend_session: boto3.Session
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    @property
    def local(self) -> bool:
        """Whether it is the local platform."""
        return self.environment.local

    def operator(self, service: str) -> Any:
        """A boto3 client of the operator."""
        return self._client("operator", self.operator_session, service)

    def backend(self, service: str) -> Any:
        """A boto3 client of the backend's role."""
        return self._client("backend", self.backend_session, service)

    def _client(self, who: str, session: boto3.Session, service: str) -> Any:
        if (who, service) not in self._clients:
            options = {"config": s3_config(local=self.local)} if service == "s3" else {}
            client = session.client(service, **options)  # type: ignore[call-overload]
            self._clients[who, service] = client
        return self._clients[who, service]


def s3_config(*, local: bool) -> Config:
    """How presigned uploads are signed (docs/backend.md).

    Signature Version 4 puts the headers into the signature; no checksum but the client's own SHA-256 is added. Unless
    the bucket's name is said to be in the host, botocore presigns for the global endpoint, which answers uploads to
    other regions with a redirect for as long as the bucket is new (Amazon S3 "Making requests using the REST API").
    """
    addressing = {} if local else {"s3": {"addressing_style": "virtual"}}
    return Config(signature_version="s3v4", request_checksum_calculation="when_required", **addressing)  # type: ignore[arg-type]


def open_account(name: str) -> Account:
    """Open the account of an environment.

    Raises
    ------
    SetupError
        No such environment, no credentials, another account than the environment's, no outputs, or the caller may not
        become the backend.
    """
    environment = load_config(name)
    operator = boto3.Session(region_name=environment.region)
    refuse_another_account(environment, operator)
    outputs = read_outputs(name)
    return Account(environment, outputs, operator, become_backend(environment, operator, outputs))


def become_backend(environment: Environment, operator: boto3.Session, outputs: Mapping[str, Any]) -> boto3.Session:
    """A session of the backend's role.

    Raises
    ------
    SetupError
        The role does not trust the caller; the message says where it is made to.
    """
    try:
        role = outputs["backend_role_arn"]
    except KeyError as error:
        raise SetupError(f"the Terraform outputs of {environment.name} lack {error}: deploy again") from None
    try:
        given = operator.client("sts").assume_role(RoleArn=role, RoleSessionName=_SESSION_NAME)["Credentials"]
    except (BotoCoreError, ClientError) as error:
        raise SetupError(
            f"cannot become {role} ({error}): put your role into trusted_role_arns of {environment.file} and deploy"
        ) from error
    return boto3.Session(
        given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region_name=environment.region
    )
