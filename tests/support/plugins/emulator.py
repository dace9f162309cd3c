"""Clients of a LocalStack under test, and roles in it."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from localstack.local_platform.localstack_process import REGION, LocalStack


def clients_of(emulator: LocalStack, **settings: Any) -> Callable[[str], Any]:
    """Clients by service name; calls are not repeated, so that a failure shows as itself."""
    make: Callable[..., Any] = boto3.Session("test", "test", region_name=REGION).client
    config = Config(retries={"total_max_attempts": 1}, read_timeout=120, proxies={}, **settings)

    @cache
    def client(service: str) -> Any:
        return make(service, endpoint_url=emulator.url, config=config)

    return client


def create_role(iam: Any, name: str, service: str) -> str:
    """A role that a service may assume; gives its ARN."""
    statement = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"])
