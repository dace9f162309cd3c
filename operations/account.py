"""Whose account the current credentials lead to."""

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from modules.environments.environment import Environment
from toolchain.errors import SetupError


def refuse_another_account(environment: Environment, session: boto3.Session) -> None:
    """As Terraform does by ``allowed_account_ids``: nothing is sent to an account that is not the environment's.

    Raises
    ------
    SetupError
        The credentials lead elsewhere, or nowhere.
    """
    try:
        account = session.client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise SetupError(
            f"no AWS credentials that work ({error}): log in to account {environment.account_id}"
        ) from error
    if account != environment.account_id:
        raise SetupError(
            f"{environment.file} is account {environment.account_id}, the credentials are of {account}: use its own"
        )
