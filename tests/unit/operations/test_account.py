"""Credentials that lead elsewhere, or nowhere, are refused before anything is sent."""

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from modules.environments import config
from operations.account import refuse_another_account
from tests.support.builders import REGION
from toolchain.errors import SetupError


@mock_aws
def test_another_account_than_the_environments_is_refused() -> None:
    with pytest.raises(SetupError, match=r"dev\.toml is account 111111111111, the credentials are of 123456789012"):
        refuse_another_account(config.load("dev"), boto3.Session(region_name=REGION))


def test_credentials_that_do_not_work_are_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    session = boto3.Session("key", "secret", region_name=REGION)
    sts = session.client("sts")
    monkeypatch.setattr(session, "client", lambda _: sts)
    stubber = Stubber(sts)
    stubber.add_client_error("get_caller_identity", "ExpiredToken", http_status_code=403)
    with stubber, pytest.raises(SetupError, match="log in to account 111111111111"):
        refuse_another_account(config.load("dev"), session)
