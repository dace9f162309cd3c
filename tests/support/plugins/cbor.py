"""Calls over Smithy RPC v2 CBOR, the protocol of AWS's Go SDK for CloudWatch; boto3 itself prefers another."""

from collections.abc import Callable
from typing import Any

import boto3
import httpx
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from localstack.local_platform.localstack_process import REGION, LocalStack

PROTOCOL = "smithy-rpc-v2-cbor"


def call(emulator: LocalStack, service: str, operation: str, **members: Any) -> tuple[int, dict[str, Any]]:
    """Call an operation by its API name; gives the status and the parsed answer."""
    make: Callable[..., Any] = boto3.Session("test", "test", region_name=REGION).client
    model = make(service).meta.service_model.operation_model(operation)
    request = create_serializer(PROTOCOL).serialize_to_request(members, model)
    signature = f"AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/{model.service_model.signing_name}/aws4_request"
    answer = httpx.post(
        emulator.url + request["url_path"],
        content=request["body"],
        headers={**request["headers"], "Authorization": signature},
        timeout=30,
        trust_env=False,
    )
    response = {"status_code": answer.status_code, "headers": dict(answer.headers), "body": answer.content}
    return answer.status_code, create_parser(PROTOCOL).parse(response, model.output_shape)
