"""Faults that are asked for over HTTP strike what a function calls, not who watches, until they are taken away."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from localstack.local_platform.localstack_process import LocalStack
from tests.support.plugins.functions import Function, create_function

Client = Callable[[str], Any]
WRITE = """
import os
import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

s3 = boto3.client("s3", config=Config(retries={"total_max_attempts": 1}))

def handler(event, context):
    try:
        s3.put_object(Bucket=os.environ["BUCKET"], Key=event["key"], Body=b"content")
        return s3.get_object(Bucket=os.environ["BUCKET"], Key=event["key"])["Body"].read().decode()
    except ClientError as error:
        return error.response["Error"]["Code"]
"""
Set = Callable[..., None]


@pytest.fixture
def set_faults(emulator: LocalStack) -> Iterator[Set]:
    """Sets the only sites that are on, each to strike always."""
    url = f"{emulator.url}/_toq/faults"

    def chosen(*sites: str) -> None:
        body = {"seed": 1, "rates": dict.fromkeys(sites, 1.0), "timeFactor": 1}
        httpx.put(url, json=body, trust_env=False).raise_for_status()

    yield chosen
    httpx.delete(url, trust_env=False).raise_for_status()


@pytest.fixture
def bucket(client: Client, unique: str) -> str:
    name = unique[-40:].strip("-")
    client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def writing(client: Client, lambda_role: str, unique: str, bucket: str) -> Function:
    """A function that writes an object and reads it."""
    variables = {"Variables": {"BUCKET": bucket}}
    return create_function(client("lambda"), unique, lambda_role, {"function.py": WRITE}, Environment=variables)


def keys(client: Client, bucket: str) -> list[str]:
    return [each["Key"] for each in client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])]


@pytest.mark.parametrize(
    ("site", "code"), [("s3.500", "InternalError"), ("s3.503", "SlowDown"), ("kms.throttled", "ThrottlingException")]
)
def test_a_refused_call_of_a_function_leaves_everybody_elses_alone(
    set_faults: Set, client: Client, writing: Function, bucket: str, site: str, code: str
) -> None:
    set_faults(site)
    assert writing.invoke(key="a").payload == code
    client("s3").put_object(Bucket=bucket, Key="ours")
    assert keys(client, bucket) == ["ours"]

    set_faults()
    assert writing.invoke(key="a").payload == "content"


@pytest.mark.parametrize(
    ("end", "error"),
    [
        ("killed", "Runtime.ExitError"),
        ("out-of-memory", "Runtime.OutOfMemory"),
        ("timed-out", "Sandbox.Timedout"),
    ],
)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_function_dies_before_or_after_it_has_written(
    set_faults: Set, client: Client, writing: Function, bucket: str, end: str, error: str, moment: str
) -> None:
    set_faults(f"lambda.{end}-{moment}-write")
    assert writing.invoke(key="a").payload["errorType"] == error
    assert keys(client, bucket) == (["a"] if moment == "after" else [])

    set_faults()
    assert writing.invoke(key="b").payload == "content"


def test_a_body_that_breaks_off_is_no_answer(set_faults: Set, writing: Function) -> None:
    set_faults("s3.reset")
    assert writing.invoke(key="a").error == "Unhandled"


def test_an_answer_that_is_lost_leaves_the_object(
    set_faults: Set, client: Client, writing: Function, bucket: str
) -> None:
    set_faults("s3.answer-lost")
    assert writing.invoke(key="a").payload == "500"
    assert keys(client, bucket) == ["a"]


def test_what_has_struck_is_on_record_until_the_faults_are_taken_away(
    set_faults: Set, writing: Function, emulator: LocalStack
) -> None:
    url = f"{emulator.url}/_toq/faults"
    set_faults("s3.500")
    writing.invoke(key="a")
    [strike] = httpx.get(url, trust_env=False).json()["strikes"]
    assert (strike["site"], strike["subject"]) == ("s3.500", "PutObject a")

    httpx.delete(url, trust_env=False)
    assert httpx.get(url, trust_env=False).json() == {"strikes": []}
