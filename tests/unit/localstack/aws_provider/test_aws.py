"""Which endpoints, accounts and settings the provider accepts."""

from typing import Any

import pytest

from toq_aws_provider import aws_calls
from toq_aws_provider.aws import UNSUPPORTED_SETTINGS, Aws, ConfigurationError, require_loopback
from toq_aws_provider.aws_calls import is_not_found, wait_until

LOCAL = "http://127.0.0.1:4566"


@pytest.fixture(autouse=True)
def _endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", LOCAL)
    monkeypatch.setattr(Aws, "account", "000000000000")


@pytest.mark.parametrize("url", [LOCAL, "http://localhost:4566", "http://[::1]:4566", "http://127.8.9.10"])
def test_this_machine_is_accepted(url: str) -> None:
    assert require_loopback(url, "it") == url


@pytest.mark.parametrize(
    "url",
    [
        "https://sqs.us-east-1.amazonaws.com",
        "http://localhost.localstack.cloud:4566",
        "http://127.0.0.1.example.org",
        "http://127.0.0.1@example.org",
        "http://192.168.0.1:4566",
        "http://0.0.0.0:4566",
        "127.0.0.1:4566",
        "",
    ],
)
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="only to an emulator on this machine"):
        require_loopback(url, "it")


def test_an_endpoint_of_one_service_is_checked_too() -> None:
    with pytest.raises(ConfigurationError, match="endpoint 'kms'"):
        Aws({"endpoints": [{"sqs": LOCAL, "kms": "https://kms.amazonaws.com"}]})


def test_without_any_endpoint_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    with pytest.raises(ConfigurationError, match="make up"):
        Aws({})


def test_a_service_without_an_endpoint_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    with pytest.raises(ConfigurationError, match="No endpoint for 'kms'"):
        Aws({"endpoints": [{"sqs": LOCAL}]}).client("kms")


def test_clients_reach_only_the_endpoint_and_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    client = Aws({}).client("sqs")
    assert client.meta.endpoint_url == LOCAL
    assert client.meta.config.proxies == {}


def test_the_users_own_profiles_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "a-profile-that-is-not-there")
    assert Aws({}).client("sqs").meta.endpoint_url == LOCAL


def test_terraforms_other_names_of_services_are_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    provider = Aws({"endpoints": [{"sfn": LOCAL, "eventbridge": LOCAL}]})
    assert provider.client("stepfunctions").meta.endpoint_url == LOCAL
    assert provider.client("events").meta.endpoint_url == LOCAL


def test_a_client_is_made_once_for_each_region() -> None:
    provider = Aws({"region": "sa-east-1"})
    assert provider.client("sqs") is provider.client("sqs")
    other = provider.in_region("eu-west-1")
    assert (other.region, other.client("sqs").meta.region_name) == ("eu-west-1", "eu-west-1")
    assert provider.in_region(None) is provider
    assert provider.client("sqs").meta.region_name == "sa-east-1"


def test_the_region_comes_from_the_block_then_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert Aws({"region": "sa-east-1"}).region == "sa-east-1"
    assert Aws({}).region == "eu-west-1"


def test_the_refusal_of_an_account_names_both() -> None:
    with pytest.raises(ConfigurationError, match=r"000000000000.*allowed_account_ids names 111111111111, 222222222222"):
        Aws({"allowed_account_ids": ["222222222222", "111111111111"]})


@pytest.mark.parametrize("name", UNSUPPORTED_SETTINGS)
def test_provider_settings_that_would_be_ignored_are_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        Aws({name: [{"role_arn": "arn:aws:iam::000000000000:role/r"}]})


def test_arns_carry_account_and_region() -> None:
    assert Aws({"region": "sa-east-1"}).arn("ec2", "vpc/v") == "arn:aws:ec2:sa-east-1:000000000000:vpc/v"
    assert Aws({}).arn("cloudwatch", "dashboard/d", region="") == "arn:aws:cloudwatch::000000000000:dashboard/d"


class Failure(Exception):
    def __init__(self, code: str, status: int) -> None:
        self.response: dict[str, Any] = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}


def test_missing_is_a_named_code_or_the_status_404() -> None:
    assert is_not_found(Failure("NoSuchBucket", 400), ("NoSuchBucket",))
    assert is_not_found(Failure("Whatever", 404), ())
    assert not is_not_found(Failure("AccessDenied", 403), ("NoSuchBucket",))
    assert not is_not_found(KeyError("NoSuchBucket"), ("NoSuchBucket",))


def test_waiting_ends_with_the_first_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_calls, "POLL_SECONDS", 0)
    answers = iter([None, None, "done"])
    assert wait_until(lambda: next(answers), "it") == "done"


def test_waiting_in_vain_names_what_was_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_calls, "POLL_SECONDS", 0)
    with pytest.raises(TimeoutError, match="function f becoming active took longer than 0 s"):
        wait_until(lambda: None, "function f becoming active", seconds=0)
